"""Rectifiers: the identity for positive values, nothing or little for negative ones."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("relu")
class ReLU(Activation):
    """y = max(z, 0), so ∂L/∂z = ∂L/∂y where z > 0, else 0 (Nair and Hinton, 2010)."""

    never_decreases: ClassVar[bool] = True

    def forward(self, z: Floats) -> Floats:
        # An array of zeros, not the number: NumPy's maximum of two arrays is three times as fast. Those of a large
        # array, of maps, need not be as many, which would cost the processor's cache.
        shape = z.shape[1:] if z.ndim > 2 else z.shape
        self._y = np.maximum(z, self._workspace.zeros(shape, z.dtype), out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        # A mask and a product; choosing by the mask (np.where, grad[mask] = 0) takes five to ten times as long.
        positive = np.greater(self._y, 0.0, out=self._scratch("positive", grad, np.bool_))
        return np.multiply(grad, positive, out=grad)


@register("leaky_relu")
class LeakyReLU(Activation):
    """y = z where z > 0, else 0.01·z, so that a unit that is off still learns a little (Maas et al., 2013).

    ∂L/∂z = ∂L/∂y where z > 0, else 0.01 · ∂L/∂y.
    """

    never_decreases: ClassVar[bool] = True
    SLOPE: ClassVar[float] = 0.01

    def forward(self, z: Floats) -> Floats:
        small = np.multiply(z, self.SLOPE, out=self._scratch("small", z))
        self._y = np.maximum(z, small, out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        slope = np.greater(self._y, 0.0, out=self._scratch("slope", grad))
        slope *= 1 - self.SLOPE
        slope += self.SLOPE
        grad *= slope
        return grad
