"""Adam: momentum, and a step size of its own for every parameter."""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import Epsilon, GradientMemory, LearningRate, SquareMemory
from nn_engine.types import Floats


@register("adam")
class Adam(Optimizer):
    """Steps by the mean gradient over the root of the mean squared gradient (Kingma and Ba, 2015).

    With m and v the running means of g and g², w ← w - learning_rate · m̂ / (√v̂ + epsilon), where m̂ = m / (1 - beta_1ᵗ)
    and v̂ = v / (1 - beta_2ᵗ) correct for their start at zero.

    The slots hold m / (1 - beta_1) and v / (1 - beta_2), which are updated by one product and one sum each; the factors
    and both corrections then fall on single numbers instead of on whole vectors.
    """

    slots: ClassVar[tuple[str, ...]] = ("gradient_sum", "square_sum")
    follows_momentum: ClassVar[bool] = True
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.001
    beta_1: GradientMemory = 0.9
    beta_2: SquareMemory = 0.999
    epsilon: Epsilon = 1e-8

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        gradient_sum, square_sum = slots["gradient_sum"], slots["square_sum"]
        beta_1 = self.beta_1 if context.momentum is None else context.momentum
        gradient_sum *= beta_1
        if beta_1 == self.beta_1:
            gradient_sum += gradients
        else:  # the slot stays m / (1 - self.beta_1), whatever the schedule makes of beta_1
            np.multiply(gradients, (1 - beta_1) / (1 - self.beta_1), out=change)
            gradient_sum += change
        square_sum *= self.beta_2
        np.multiply(gradients, gradients, out=change)
        square_sum += change
        # √v̂ = √square_sum · root, m̂ = gradient_sum · mean
        root = math.sqrt((1 - self.beta_2) / (1 - self.beta_2**context.number))
        mean = (1 - self.beta_1) / (1 - beta_1**context.number)
        np.sqrt(square_sum, out=change)
        change += self.epsilon / root
        np.divide(gradient_sum, change, out=change)
        change *= context.learning_rate * mean / root
        parameters -= change
