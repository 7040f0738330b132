"""Softplus: a rectifier without a corner."""

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("softplus")
class Softplus(Activation):
    """y = log(1 + exp(z)), so ∂L/∂z = ∂L/∂y · σ(z), and σ(z) = 1 - exp(-y) (Dugas et al., 2001).

    Computed as max(z, 0) + log(1 + exp(-|z|)), the same function, which cannot overflow.
    """

    def forward(self, z: Floats) -> Floats:
        rest = np.abs(z, out=self._scratch("rest", z))
        np.negative(rest, out=rest)
        np.exp(rest, out=rest)
        np.log1p(rest, out=rest)
        self._y = np.maximum(z, self._workspace.zeros(z.shape, z.dtype), out=z)
        self._y += rest
        return self._y

    def backward(self, grad: Floats) -> Floats:
        slope = np.negative(self._y, out=self._scratch("rest", grad))
        np.expm1(slope, out=slope)
        grad *= slope
        return np.negative(grad, out=grad)
