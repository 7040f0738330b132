"""Stochastic gradient descent."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import LearningRate, Momentum
from nn_engine.types import Floats


@register("sgd", label="SGD")
class SGD(Optimizer):
    """Steps against the gradient, with momentum if wanted: v ← momentum·v + g, w ← w - learning_rate·v.

    Nesterov's form looks ahead along the velocity: w ← w - learning_rate·(g + momentum·v) with the new v (Sutskever et
    al., 2013, in the arrangement of PyTorch).
    """

    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    follows_momentum: ClassVar[bool] = True
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.1
    momentum: Momentum = 0.0
    nesterov: Annotated[bool, Setting("Look ahead along the momentum before stepping.", live=True)] = False

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        momentum = self.momentum if context.momentum is None else context.momentum
        velocity = slots["velocity"]
        if momentum:
            velocity *= momentum
            velocity += gradients
        if not momentum:
            velocity.fill(0)  # switched off while training, it must not come back with what it had gathered
            np.multiply(gradients, context.learning_rate, out=change)
        elif self.nesterov:
            np.multiply(velocity, momentum, out=change)
            change += gradients
            change *= context.learning_rate
        else:
            np.multiply(velocity, context.learning_rate, out=change)
        parameters -= change
