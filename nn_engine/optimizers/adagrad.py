"""Adagrad: the more a parameter has moved, the smaller its steps."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import Epsilon, LearningRate
from nn_engine.types import Floats


@register("adagrad", label="Adagrad")
class Adagrad(Optimizer):
    """With s the sum of all g² so far, w ← w - learning_rate · g / (√s + epsilon) (Duchi, Hazan and Singer, 2011)."""

    slots: ClassVar[tuple[str, ...]] = ("square_sum",)
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.01
    epsilon: Epsilon = 1e-10

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
