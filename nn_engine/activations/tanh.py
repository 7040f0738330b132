"""The hyperbolic tangent: like the sigmoid, but centred on zero."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("tanh")
class Tanh(Activation):
    """y = tanh(z), so ∂L/∂z = ∂L/∂y · (1 - y²) (LeCun et al., 1998)."""

    never_decreases: ClassVar[bool] = True

    def forward(self, z: Floats) -> Floats:
        self._y = np.tanh(z, out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        slope = np.multiply(self._y, self._y, out=self._scratch("slope", grad))
        np.subtract(1, slope, out=slope)
        grad *= slope
        return grad
