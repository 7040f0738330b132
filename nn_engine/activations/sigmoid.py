"""The logistic function, which turns any number into a probability."""

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("sigmoid")
class Sigmoid(Activation):
    """y = 1 / (1 + exp(-z)), so ∂L/∂z = ∂L/∂y · y · (1 - y).

    Computed as (1 + tanh(z/2)) / 2, the same function, which cannot overflow.
    """

    def forward(self, z: Floats) -> Floats:
        z *= 0.5
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5
        self._y = z
        return z

    def backward(self, grad: Floats) -> Floats:
        slope = np.subtract(1, self._y, out=self._scratch("slope", grad))
        slope *= self._y
        grad *= slope
        return grad
