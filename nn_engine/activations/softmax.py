"""Softmax: scores to probabilities that sum to one."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.activation import Activation
from nn_engine.declarations import register
from nn_engine.types import Floats


@register("softmax")
class Softmax(Activation):
    """y_i = exp(z_i) / Σ_j exp(z_j), so ∂L/∂z_i = y_i · (g_i - Σ_j g_j y_j) with g = ∂L/∂y (Bridle, 1990).

    The largest score is subtracted first, which changes nothing but keeps exp from overflowing. Where softmax ends a
    network that is trained with cross-entropy, training works on the scores (see ``losses/cross_entropy.py``) and this
    Jacobian is not needed.
    """

    elementwise: ClassVar[bool] = False

    def forward(self, z: Floats) -> Floats:
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
        self._y = z
        return z

    def backward(self, grad: Floats) -> Floats:
        weighted = np.multiply(grad, self._y, out=self._scratch("weighted", grad))
        grad -= weighted.sum(axis=1, keepdims=True)
        grad *= self._y
        return grad
