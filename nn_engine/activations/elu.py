"""Exponential linear units: the identity for positive values, an exponential that levels off for negative ones."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("elu", label="ELU")
class ELU(Activation):
    """y = z where z > 0, else exp(z) - 1, so ∂L/∂z = ∂L/∂y where z > 0, else ∂L/∂y · (y + 1) (Clevert et al., 2016).

    Since exp(z) - 1 ≥ z, this is y = max(z, exp(min(z, 0)) - 1); and the slope is min(y, 0) + 1.
    """

    def forward(self, z: Floats) -> Floats:
        below = np.minimum(z, self._workspace.zeros(z.shape, z.dtype), out=self._scratch("below", z))
        np.expm1(below, out=below)
        self._y = np.maximum(z, below, out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        zeros = self._workspace.zeros(grad.shape, grad.dtype)
        slope = np.minimum(self._y, zeros, out=self._scratch("below", grad))
        slope += 1
        grad *= slope
        return grad


@register("selu", label="SELU")
class SELU(Activation):
    """y = λz where z > 0, else λα(exp(z) - 1), so ∂L/∂z = ∂L/∂y · λ where z > 0, else ∂L/∂y · (y + λα).

    λ and α are such that values of mean 0 and variance 1 keep both from layer to layer, with weights that start by
    ``lecun_initialization`` (Klambauer et al., 2017).
    """

    SCALE: ClassVar[float] = 1.0507009873554804934193349852946
    ALPHA: ClassVar[float] = 1.6732632423543772848170429916717

    def forward(self, z: Floats) -> Floats:
        zeros = self._workspace.zeros(z.shape, z.dtype)
        below = np.minimum(z, zeros, out=self._scratch("below", z))
        np.expm1(below, out=below)
        below *= self.SCALE * self.ALPHA
        self._y = np.maximum(z, zeros, out=z)
        self._y *= self.SCALE
        self._y += below
        return self._y

    def backward(self, grad: Floats) -> Floats:
        zeros = self._workspace.zeros(grad.shape, grad.dtype)
        slope = np.minimum(self._y, zeros, out=self._scratch("below", grad))
        slope += self.SCALE * self.ALPHA
        # Where z > 0 this is λα by now, and has to be λ.
        excess = np.greater(self._y, 0.0, out=self._scratch("excess", grad))
        excess *= self.SCALE * (self.ALPHA - 1)
        slope -= excess
        grad *= slope
        return grad
