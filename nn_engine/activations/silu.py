"""The sigmoid linear unit, also called swish: each value by its own sigmoid."""

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.activations.sigmoid import sigmoid
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("silu", aliases=("swish",), label="SiLU")
class SiLU(Activation):
    """y = z · σ(z), so ∂L/∂z = ∂L/∂y · (σ(z) + y · (1 - σ(z))) (Elfwing, Uchibe and Doya, 2018)."""

    def forward(self, z: Floats) -> Floats:
        self._gate = sigmoid(z, out=self._scratch("gate", z))
        self._y = np.multiply(z, self._gate, out=z)
        return self._y

    def backward(self, grad: Floats) -> Floats:
        slope = np.subtract(1, self._gate, out=self._scratch("slope", grad))
        slope *= self._y
        slope += self._gate
        grad *= slope
        return grad
