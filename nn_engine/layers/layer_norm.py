"""Layer normalization: the values of every sample brought to the same mean and spread."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import Layer, Parameter
from nn_engine.layouts import Layout
from nn_engine.types import Floats, Shape


@register("layer_norm", label="layer normalization")
class LayerNormLayer(Layer):
    """Gives the values of each sample, in images those of each pixel, mean zero and spread one, then scale and shift.

    y = γ·x̂ + β with x̂ = (x - μ) / √(σ² + ε), μ and σ² over the last axis (Ba, Kiros and Hinton, 2016). No sample
    depends on another, so training and prediction do the same. With h = γ·∂L/∂y and means over the last axis:
    ∂L/∂x = (h - mean(h) - x̂·mean(h·x̂)) / √(σ² + ε), ∂L/∂γ = Σ ∂L/∂y·x̂, ∂L/∂β = Σ ∂L/∂y.
    """

    group: ClassVar[str] = "normalization"

    epsilon: Annotated[
        float, Setting("What is added to the variance, so that nothing is divided by zero.", low=1e-12, high=1)
    ] = 1e-5

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        count = input_shape[-1]
        return (
            Parameter("scale", (count,), "ones", count, count),
            Parameter("shift", (count,), "zeros", count, count),
        )

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """See Layer: any layout, since every pixel is normalized on its own."""
        return 0.0 if taken == given else None

    def forward(self, x: Floats, training: bool) -> Floats:
        site = self.site
        y, hat = site.scratch("y", x.shape), site.scratch("hat", x.shape)
        x3, y3, hat3 = (site.given.channels_in_the_middle(each) for each in (x, y, hat))
        mean = self._mean_of(x3, "mean")
        np.subtract(x3, mean, out=hat3)
        np.multiply(hat3, hat3, out=y3)
        inverse = self._mean_of(y3, "inverse")
        inverse += self.epsilon
        np.sqrt(inverse, out=inverse)
        np.divide(1, inverse, out=inverse)
        hat3 *= inverse
        np.multiply(hat3, site.state["scale"][:, np.newaxis], out=y3)
        y3 += site.state["shift"][:, np.newaxis]
        self._hat, self._inverse = hat3, inverse
        return y

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        site = self.site
        g = site.given.channels_in_the_middle(grad)
        product = site.given.channels_in_the_middle(site.scratch("product", grad.shape))
        np.multiply(g, self._hat, out=product)
        np.add.reduce(product, axis=(0, 2), out=site.gradients["scale"])
        np.add.reduce(g, axis=(0, 2), out=site.gradients["shift"])
        if not need_input_grad:
            return None
        scale = site.state["scale"][:, np.newaxis]
        g *= scale
        product *= scale
        np.multiply(self._hat, self._mean_of(product, "slope"), out=product)
        g -= self._mean_of(g, "level")
        g -= product
        g *= self._inverse
        return g.reshape(grad.shape)

    def _mean_of(self, values: Floats, what: str) -> Floats:
        """The mean over the channels, (before, 1, after)."""
        before, channels, after = values.shape
        mean = self.site.scratch(what, (before, 1, after))
        np.add.reduce(values, axis=1, keepdims=True, out=mean)
        mean *= 1 / channels
        return mean
