"""Adam that looks ahead along its momentum."""

import functools
import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import Epsilon, GradientMemory, LearningRate, SquareMemory
from nn_engine.types import Floats

DECAY = 0.004
"""How fast the momentum's warm-up passes (Dozat: 0.96 to the power of step/250)."""


@register("nadam", label="NAdam")
class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016, with his schedule that warms the momentum up).

    With μ_t = beta_1·(1 - 0.96^(0.004·t)/2) and m, v the running means of g and g²:
    m̂ = μ_{t+1}·m / (1 - Π_{i≤t+1} μ_i) + (1 - μ_t)·g / (1 - Π_{i≤t} μ_i), v̂ = v / (1 - beta_2ᵗ), and
    w ← w - learning_rate · m̂ / (√v̂ + epsilon). A schedule's momentum takes beta_1's place in m alone.
    """

    slots: ClassVar[tuple[str, ...]] = ("gradient_mean", "square_mean")
    follows_momentum: ClassVar[bool] = True
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.002
    beta_1: GradientMemory = 0.9
    beta_2: SquareMemory = 0.999
    epsilon: Epsilon = 1e-8

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        ahead = context.workspace.array("ahead", parameters.shape, parameters.dtype)
        mean, square_mean, t = slots["gradient_mean"], slots["square_mean"], context.number
        beta_1 = self.beta_1 if context.momentum is None else context.momentum
        mean *= beta_1
        np.multiply(gradients, 1 - beta_1, out=change)
        mean += change
        square_mean *= self.beta_2
        np.multiply(gradients, gradients, out=change)
        change *= 1 - self.beta_2
        square_mean += change
        np.sqrt(square_mean, out=change)
        change /= math.sqrt(1 - self.beta_2**t)
        change += self.epsilon
        # Both parts of m̂ share one division.
        np.multiply(mean, _warmed(self.beta_1, t + 1) / (1 - _product(self.beta_1, t + 1)), out=ahead)
        np.divide(ahead, change, out=ahead)
        np.divide(gradients, change, out=change)
        change *= (1 - _warmed(self.beta_1, t)) / (1 - _product(self.beta_1, t))
        change += ahead
        change *= context.learning_rate
        parameters -= change


def _warmed(beta_1: float, step: int) -> float:
    return beta_1 * float(1 - 0.5 * 0.96 ** (step * DECAY))


def _product(beta_1: float, step: int) -> float:
    """Π μ_i for i up to this step. Beyond the table's end it is too small to change 1 - Π."""
    table = _products(beta_1)
    return float(table[step - 1]) if step <= len(table) else 0.0


@functools.lru_cache(maxsize=8)
def _products(beta_1: float) -> Floats:
    steps = 1 if beta_1 == 0 else min(1_000_000, math.ceil(40 / -math.log(beta_1)))
    return np.cumprod(beta_1 * (1 - 0.5 * 0.96 ** (np.arange(1, steps + 1) * DECAY)))
