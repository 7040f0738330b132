"""Spatial dropout: learning with whole maps switched off."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.dropout import draw_kept, kept_factor
from nn_engine.layers.elementwise import ElementwiseLayer
from nn_engine.layers.sliding import refuse_no_image
from nn_engine.types import Floats, Shape


@register("spatial_dropout")
class SpatialDropoutLayer(ElementwiseLayer):
    """Switches off whole channels of a sample in each training step, since neighbouring pixels tell the same story.

    y[:, :, c] = x[:, :, c]·m[c] / (1 - rate), each m[c] 0 with probability ``rate``, else 1 (Tompson et al., 2015).
    ``rate`` stands for the multiple of 1/65536 next to it, as in DropoutLayer.
    """

    group: ClassVar[str] = "regularization"

    rate: Annotated[
        float,
        Setting(
            "The share of channels set to zero while training.", low=0, high=1, high_open=True, live=True, suggested=0.1
        ),
    ] = 0.5

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            refuse_no_image(input_shape)
        return input_shape

    def forward(self, x: Floats, training: bool) -> Floats:
        self._dropped = training and self.rate > 0
        if not self._dropped:
            return x
        site = self.site
        # One number for each channel of each sample; the axes of the pixels have length one.
        shape = site.taken.array_shape((*site.taken.window, site.input_shape[2]), site.taken.count(x))
        shape = (1, *shape[1:]) if len(shape) == 5 else shape
        self._factors = np.multiply(
            draw_kept(site, shape, self.rate), kept_factor(self.rate), out=site.scratch("factors", shape)
        )
        return np.multiply(x, self._factors, out=site.scratch("y", x.shape))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if self._dropped:
            grad *= self._factors
        return grad
