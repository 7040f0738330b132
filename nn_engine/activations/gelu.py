"""The Gaussian error linear unit: each value by the chance that a normal number is below it."""

import math
from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.activations.normal_tail import normal_tail
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("gelu", label="GELU")
class GELU(Activation):
    """y = z · Φ(z) with the normal distribution Φ, so ∂L/∂z = ∂L/∂y · (Φ(z) + z · φ(z)) (Hendrycks and Gimpel, 2016).

    Exact, not the approximation by tanh. With the tail Q(a) = 1 - Φ(a) and a = |z| both sides are one formula without
    cancellation: y = max(z, 0) - a · Q(a), and the slope is 1/2 ± (1/2 - Q(a) + a · φ(a)) with the sign of z.
    """

    FARTHEST: ClassVar[float] = 40.0
    """exp(-40²/2) is zero in every type: no need to square anything larger, which might overflow."""

    def forward(self, z: Floats) -> Floats:
        self._positive = np.greater(z, 0.0, out=self._scratch("positive", z, np.bool_))
        self._a = np.abs(z, out=self._scratch("a", z))
        np.clip(self._a, 0.0, self.FARTHEST, out=self._a)
        self._gauss = np.multiply(self._a, self._a, out=self._scratch("gauss", z))
        self._gauss *= -0.5
        np.exp(self._gauss, out=self._gauss)
        more = self._scratch("more", z)
        self._tail = normal_tail(self._a, self._gauss, self._scratch("tail", z), more)
        np.maximum(z, self._workspace.zeros(z.shape, z.dtype), out=z)
        z -= np.multiply(self._a, self._tail, out=more)
        return z

    def backward(self, grad: Floats) -> Floats:
        half = np.multiply(self._a, self._gauss, out=self._scratch("more", grad))
        half *= 1 / math.sqrt(2 * math.pi)
        half -= self._tail
        half += 0.5
        slope = np.multiply(half, self._positive, out=self._scratch("slope", grad))
        slope *= 2
        slope -= half  # now it is half where z > 0, and -half elsewhere
        slope += 0.5
        grad *= slope
        return grad
