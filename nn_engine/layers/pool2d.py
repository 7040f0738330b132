"""What the pooling layers share: the windows that slide over an image, each answered by one number."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting
from nn_engine.layers.layer import Layer, Site
from nn_engine.layers.sliding import Padding, slides
from nn_engine.layouts import BATCH_LAST, Layout, in_windows
from nn_engine.types import Floats, Shape


class Pool2DLayer(Layer):
    """Answers every window of an image, channel by channel, with one number.

    The pixels of all windows are held as a list of views, one for each place in a window: blocks where the image comes
    in windows (see ``nn_engine/layouts.py``), else rows and columns of it in strides.
    """

    group: ClassVar[str] = "convolution"
    outside: ClassVar[float] = 0
    """What stands where a window reaches beyond the edge."""

    pool_size: Annotated[
        tuple[int, int], Setting("The height and width of a window.", label="window", suggested=(2, 2))
    ] = (2, 2)
    strides: Annotated[
        tuple[int, int] | None,
        Setting("How far the window moves at a time; none moves it by its size.", none="as the window"),
    ] = None
    padding: Padding = "valid"

    def output_shape(self, input_shape: Shape) -> Shape:
        down, across = slides(input_shape, self.pool_size, self.strides or self.pool_size, self.padding)
        return (down.steps, across.steps, input_shape[2])

    def wishes(self, input_shape: Shape) -> tuple[Layout, ...]:
        """See Layer: windows, where each pixel belongs to one at most."""
        down, across = slides(input_shape, self.pool_size, self.strides or self.pool_size, self.padding)
        return (in_windows(*self.pool_size),) if down.tiles and across.tiles else ()

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """See Layer. Blocks are worked through at twice the pace of scattered pixels."""
        height, width, channels = self.output_shape(input_shape)
        compared = height * width * channels * self.pool_size[0] * self.pool_size[1]
        if given == BATCH_LAST and taken == BATCH_LAST:
            return 2 * compared
        return compared if given == BATCH_LAST and taken in self.wishes(input_shape) else None

    def bind(self, site: Site) -> None:
        super().bind(site)
        both = slides(site.input_shape, self.pool_size, self.strides or self.pool_size, self.padding)
        self._down, self._across = (axis.trimmed() for axis in both)
        self._in_blocks = site.taken != BATCH_LAST
        height, width = (
            max(axis.length, (axis.steps - 1) * axis.stride + axis.size) for axis in (self._down, self._across)
        )
        self._padded = None if (height, width) == site.input_shape[:2] else (height, width)

    def forward(self, x: Floats, training: bool) -> Floats:
        y = self._room(x)
        self.pool(self._places(self._with_edge(x)), y, can_go_back=True)
        return y

    def infer(self, x: Floats) -> Floats:
        y = self._room(x)
        self.pool(self._places(self._with_edge(x)), y, can_go_back=False)
        return y

    def _room(self, x: Floats) -> Floats:
        return self.site.scratch("y", BATCH_LAST.array_shape(self.site.output_shape, x.shape[-1]))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if not need_input_grad:
            return None
        count = grad.shape[-1]
        back = self.site.scratch("input_grad", self.site.taken.array_shape(self.site.input_shape, count))
        if self._in_blocks:
            self.unpool(grad, self._places(back), add=False)
            return back
        edged = back if self._padded is None else self.site.scratch("edged_grad", self._edged_shape(count))
        edged.fill(0)
        self.unpool(grad, self._places(edged), add=True)
        if edged is not back:
            np.copyto(back, self._inside(edged))
        return back

    @abstractmethod
    def pool(self, places: Sequence[Floats], y: Floats, can_go_back: bool) -> None:
        """Fill y with the answers to all windows; ``places[i]`` holds the i-th pixel of each of them.

        What ``unpool`` needs is only to be remembered where it can follow.
        """

    @abstractmethod
    def unpool(self, grad: Floats, places: Sequence[Floats], add: bool) -> None:
        """Write, or add, ∂L/∂pixel for each place in a window from ``grad`` = ∂L/∂y, which may be overwritten."""

    def _places(self, x: Floats) -> Sequence[Floats]:
        if self._in_blocks:
            return list(x)
        return [x[:, rows, columns] for rows in self._down.pixels() for columns in self._across.pixels()]

    # -- the edge that padding adds -------------------------------------------------------------------------------

    def _edged_shape(self, count: int) -> tuple[int, ...]:
        assert self._padded is not None
        return (self.site.input_shape[2], *self._padded, count)

    def _inside(self, edged: Floats) -> Floats:
        height, width, _ = self.site.input_shape
        down, across = self._down.before, self._across.before
        return edged[:, down : down + height, across : across + width]

    def _with_edge(self, x: Floats) -> Floats:
        if self._in_blocks or self._padded is None:
            return x
        edged = self.site.scratch("edged", self._edged_shape(x.shape[-1]))
        edged.fill(self.outside)
        np.copyto(self._inside(edged), x)
        return edged
