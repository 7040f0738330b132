"""Adagrad: the more a parameter has moved, the smaller its steps."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.types import Floats


@register("adagrad", label="Adagrad")
class Adagrad(Optimizer):
    """With s the sum of all g² so far, w ← w - learning_rate · g / (√s + epsilon) (Duchi, Hazan and Singer, 2011)."""

    slots: ClassVar[tuple[str, ...]] = ("square_sum",)

    learning_rate: Annotated[
        float,
        Setting(
            "How far each step goes.", low=0, high=1e6, low_open=True, live=True, logarithmic=True, usual=(1e-5, 10)
        ),
    ] = 0.01
    epsilon: Annotated[float, Setting("Keeps the division from zero.", low=1e-30, high=1, logarithmic=True)] = 1e-10

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        square_sum = slots["square_sum"]
        np.multiply(gradients, gradients, out=change)
        square_sum += change
        np.sqrt(square_sum, out=change)
        change += self.epsilon
        np.divide(gradients, change, out=change)
        change *= context.learning_rate
        parameters -= change
