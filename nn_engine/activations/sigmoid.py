"""The logistic function, which turns any number into a probability."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("sigmoid")
class Sigmoid(Activation):
    """y = 1 / (1 + exp(-z)), so ∂L/∂z = ∂L/∂y · y · (1 - y) (Rumelhart, Hinton and Williams, 1986)."""

    never_decreases: ClassVar[bool] = True

    def forward(self, z: Floats) -> Floats:
        self._y = sigmoid(z, out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        slope = np.subtract(1, self._y, out=self._scratch("slope", grad))
        slope *= self._y
        grad *= slope
        return grad


def sigmoid(z: Floats, out: Floats) -> Floats:
    """σ(z) into ``out``, which may be z itself: as (1 + tanh(z/2)) / 2, the same function, which cannot overflow.

    Exact to the last places of 1, not of itself: in float32 it is 2.6 % off at z = -15, and 0 below about -20. A loss
    that needs the logarithm of so small a probability works on z instead.
    """
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out
