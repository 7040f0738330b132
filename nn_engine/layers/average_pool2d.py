"""Average pooling: of each window of an image, the mean."""

from collections.abc import Sequence

import numpy as np

from nn_engine.declarations import register
from nn_engine.layers.layer import Site
from nn_engine.layers.pool2d import Pool2DLayer
from nn_engine.layers.sliding import Slide
from nn_engine.types import Floats


@register("average_pool2d", label="average pooling")
class AveragePool2DLayer(Pool2DLayer):
    """Replaces every window by its mean, a smaller and softer image.

    y = Σ_i x_i / n over the n pixels of a window that lie inside the image, so ∂L/∂x_i = ∂L/∂y / n (LeCun et al.,
    1998).
    """

    def bind(self, site: Site) -> None:
        super().bind(site)
        inside = np.outer(_inside(self._down), _inside(self._across))
        self._shares = (1 / inside).astype(site.dtype)[:, :, np.newaxis]

    def pool(self, places: Sequence[Floats], y: Floats, can_go_back: bool) -> None:
        np.copyto(y, places[0])
        for pixel in places[1:]:
            y += pixel
        y *= self._shares

    def unpool(self, grad: Floats, places: Sequence[Floats], add: bool) -> None:
        grad *= self._shares
        for pixel in places:
            if add:
                pixel += grad
            else:
                pixel[...] = grad


def _inside(axis: Slide) -> Floats:
    """How many pixels of each window along an axis lie inside the image."""
    starts = np.arange(axis.steps) * axis.stride - axis.before
    counts: Floats = np.minimum(starts + axis.size, axis.length) - np.maximum(starts, 0)
    return counts
