"""RMSprop: steps by the gradient over its recent size."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import Epsilon, LearningRate, Momentum
from nn_engine.types import Floats


@register("rmsprop", label="RMSprop")
class RMSprop(Optimizer):
    """With v the running mean of g²: u ← momentum·u + g / (√v + epsilon), w ← w - learning_rate·u.

    Hinton's lecture (2012), with the momentum of PyTorch's arrangement.
    """

    slots: ClassVar[tuple[str, ...]] = ("square_mean", "velocity")
    follows_momentum: ClassVar[bool] = True
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.001
    rho: Annotated[float, Setting("How slowly the mean squared gradient forgets.", low=0, high=1, high_open=True)] = (
        0.99
    )
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-8

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        square_mean, velocity = slots["square_mean"], slots["velocity"]
        momentum = self.momentum if context.momentum is None else context.momentum
        square_mean *= self.rho
        np.multiply(gradients, gradients, out=change)
        change *= 1 - self.rho
        square_mean += change
        np.sqrt(square_mean, out=change)
        change += self.epsilon
        np.divide(gradients, change, out=change)
        velocity *= momentum
        velocity += change
        np.multiply(velocity, context.learning_rate, out=change)
        parameters -= change
