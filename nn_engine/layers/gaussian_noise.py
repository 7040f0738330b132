"""Noise: learning from inputs that are never twice the same."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.elementwise import ElementwiseLayer
from nn_engine.types import Floats


@register("gaussian_noise", label="noise")
class GaussianNoiseLayer(ElementwiseLayer):
    """Adds random noise in each training step, so that small differences cannot be learned by heart.

    y = x + σ·ε with ε normally distributed, new for every value, so ∂L/∂x = ∂L/∂y (Sietsma and Dow, 1991).
    """

    group: ClassVar[str] = "regularization"

    deviation: Annotated[
        float, Setting("The standard deviation σ of the noise.", low=0, high=10, usual=(0, 1), live=True)
    ] = 0.1

    def forward(self, x: Floats, training: bool) -> Floats:
        if not training or self.deviation == 0:
            return x
        # Drawn in float32 whatever the network computes in, so that both add the same noise.
        noise = self.site.scratch("noise", x.shape, np.float32)
        self.site.generator().standard_normal(out=noise, dtype=np.float32)
        noise *= self.deviation
        return np.add(x, noise, out=self.site.scratch("y", x.shape))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return grad
