"""Adadelta: steps in the units of the parameters, without a rate to choose."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import LearningRate
from nn_engine.types import Floats


@register("adadelta", label="Adadelta")
class Adadelta(Optimizer):
    """Each step is as large, relative to the gradient, as steps have been relative to gradients (Zeiler, 2012).

    With E the running mean at rate rho: d = g · √(E[d²] + epsilon) / √(E[g²] + epsilon), w ← w - learning_rate · d.
    """

    slots: ClassVar[tuple[str, ...]] = ("square_mean", "step_mean")
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 1.0
    rho: Annotated[float, Setting("How slowly both means forget.", low=0, high=1, high_open=True)] = 0.9
    epsilon: Annotated[
        float,
        Setting("Lets the first step begin, and keeps the division from zero.", low=1e-8, high=1, logarithmic=True),
    ] = 1e-6

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        square = context.workspace.array("square", parameters.shape, parameters.dtype)
        square_mean, step_mean = slots["square_mean"], slots["step_mean"]
        square_mean *= self.rho
        np.multiply(gradients, gradients, out=square)
        square *= 1 - self.rho
        square_mean += square
        np.add(square_mean, self.epsilon, out=square)
        np.add(step_mean, self.epsilon, out=change)
        change /= square
        np.sqrt(change, out=change)
        change *= gradients
        step_mean *= self.rho
        np.multiply(change, change, out=square)
        square *= 1 - self.rho
        step_mean += square
        change *= context.learning_rate
        parameters -= change
