"""Max pooling: of each window of an image, the strongest."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.layers.pool2d import Pool2DLayer
from nn_engine.types import Array, Floats


@register("max_pool2d", label="max pooling")
class MaxPool2DLayer(Pool2DLayer):
    """Keeps the largest value of every window, so that what was found counts and not exactly where.

    y = max_i x_i over the pixels i of a window; ∂L/∂y goes to the largest pixel, to the first of them where several are
    equal (as in PyTorch), and all others get nothing (Ranzato et al., 2007).
    """

    keeps_the_largest: ClassVar[bool] = True
    outside: ClassVar[float] = float(np.finfo(np.float32).min)

    def pool(self, places: Sequence[Floats], y: Floats, can_go_back: bool) -> None:
        """See Pool2DLayer. Remembers for each pixel after the first whether it was larger than all before it.

        The sign bit of (largest before - pixel) says so; shifted to the right it becomes a mask of all ones, so that
        the way back needs neither a comparison nor a choice.
        """
        self._bits = np.dtype(f"i{y.itemsize}")
        self._larger: list[Array] = []
        best = places[0]
        for number, pixel in enumerate(places[1:]):
            if can_go_back:
                difference = np.subtract(best, pixel, out=self.site.scratch(f"larger.{number}", y.shape))
                bits = difference.view(self._bits)
                self._larger.append(np.right_shift(bits, 8 * y.itemsize - 1, out=bits))
            best = np.maximum(best, pixel, out=y)
        if best is not y:
            np.copyto(y, best)

    def unpool(self, grad: Floats, places: Sequence[Floats], add: bool) -> None:
        rest = grad.view(self._bits)
        for pixel, larger in zip(places[:0:-1], reversed(self._larger), strict=True):
            # The last pixel that was larger than all before it takes the gradient; then nothing is left of it.
            share = self.site.scratch("share", grad.shape) if add else pixel
            np.bitwise_and(rest, larger, out=share.view(self._bits))
            np.bitwise_xor(rest, share.view(self._bits), out=rest)
            if add:
                np.add(pixel, share, out=pixel)
        if add:
            np.add(places[0], grad, out=places[0])
        else:
            np.copyto(places[0], grad)
