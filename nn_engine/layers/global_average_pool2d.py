"""Global average pooling: from maps to one number each."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.layers.layer import Layer
from nn_engine.layers.sliding import refuse_no_image
from nn_engine.layouts import BATCH_FIRST, BATCH_LAST, Layout
from nn_engine.types import Floats, Shape


@register("global_average_pool2d", label="global average pooling")
class GlobalAveragePool2DLayer(Layer):
    """Replaces each map by its mean, so that a sample becomes one row with a value for each channel.

    y[c] = Σ_{i, j} x[i, j, c] / n over the n pixels, so ∂L/∂x[i, j, c] = ∂L/∂y[c] / n (Lin, Chen and Yan, 2013).
    """

    group: ClassVar[str] = "convolution"

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            refuse_no_image(input_shape)
        return (input_shape[2],)

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        return 0.0 if given == BATCH_FIRST and taken in (BATCH_FIRST, BATCH_LAST) else None

    def forward(self, x: Floats, training: bool) -> Floats:
        y = self.site.scratch("y", (self.site.taken.count(x), self.site.input_shape[2]))
        if self.site.taken.batch_last:
            # Products with a row of ones sum in a seventh of the time that a sum over these axes takes.
            channels, height, width, count = x.shape
            sums = self.site.scratch("sums", (channels, count))
            np.matmul(self.site.ones(height * width), x.reshape(channels, height * width, count), out=sums)
            np.multiply(sums.T, 1 / (height * width), out=y)
        else:
            np.mean(x, axis=(1, 2), out=y)
        return y

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if not need_input_grad:
            return None
        height, width, _ = self.site.input_shape
        back = self.site.scratch("input_grad", self.site.taken.array_shape(self.site.input_shape, len(grad)))
        grad *= 1 / (height * width)
        share = grad.T if self.site.taken.batch_last else grad
        np.copyto(back, share[:, np.newaxis, np.newaxis])
        return back
