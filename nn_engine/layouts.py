"""How a batch of images lies in memory, and the way from one layout to another.

Publicly a batch comes first: images are (batch, height, width, channels). That is not what a convolution computes
fastest in. Inside a network there are three layouts, and every layer says which it works in:

- ``BATCH_FIRST``: (batch, height, width, channels), or (batch, …) for samples of any other shape.
- ``BATCH_LAST``: (channels, height, width, batch). All samples' values of one pixel lie side by side, so that moving a
  pixel moves a long contiguous run of memory, however small the image is.
- ``in_windows(h, w)``: batch last, cut into windows of h × w pixels that tile the map, with the place in the window
  leading: (h·w, channels, height // h, width // w, batch). What pooling compares then lies in h·w large blocks, and
  the maximum of each window is the maximum of whole blocks. Rows and columns that do not fill a window are left out, as
  the pooling behind would leave them out.

``nn_engine/layers/chain.py`` chooses between them once, when a network is made, and converts where neighbours differ.
"""

import math
from dataclasses import dataclass

import numpy as np

from nn_engine.types import Floats, Shape


@dataclass(frozen=True)
class Layout:
    """One way to lay out a batch."""

    batch_last: bool
    window: tuple[int, int] = (1, 1)

    def holds(self, shape: Shape) -> bool:
        """Whether samples of this shape can be laid out like this."""
        return not self.batch_last or (len(shape) == 3 and shape[0] >= self.window[0] and shape[1] >= self.window[1])

    def holds_all(self, shape: Shape) -> bool:
        """Whether no value of such a sample is left out."""
        return not self.batch_last or (
            len(shape) == 3 and shape[0] % self.window[0] == 0 and shape[1] % self.window[1] == 0
        )

    def array_shape(self, shape: Shape, count: int) -> tuple[int, ...]:
        """The shape of the array that holds so many samples."""
        if not self.batch_last:
            return (count, *shape)
        height, width, channels = shape
        rows, columns = self.window
        plain = (channels, height // rows, width // columns, count)
        return plain if self.window == (1, 1) else (rows * columns, *plain)

    def count(self, x: Floats) -> int:
        """How many samples an array holds."""
        return x.shape[-1] if self.batch_last else len(x)

    def channels_in_the_middle(self, x: Floats) -> Floats:
        """A view (before, channels, after) in which one index of the middle axis picks all values of one channel.

        Where samples are no images, the last axis of a sample stands for the channels.
        """
        if not self.batch_last:
            return x.reshape(-1, x.shape[-1], 1)
        return x.reshape(-1, x.shape[-4], math.prod(x.shape[-3:]))


BATCH_FIRST = Layout(batch_last=False)
BATCH_LAST = Layout(batch_last=True)


def in_windows(rows: int, columns: int) -> Layout:
    """See the module."""
    return Layout(batch_last=True, window=(rows, columns))


def convertible(source: Layout, target: Layout, shape: Shape) -> bool:
    """Whether all that ``target`` holds of such samples can be had from ``source``."""
    if source == target:
        return True
    return target.holds(shape) and source.holds_all(shape) and (1, 1) in (source.window, target.window)


def convert(x: Floats, source: Layout, target: Layout, out: Floats) -> Floats:
    """Copy a batch of images from one layout into an array of another; what ``source`` left out becomes zero.

    One of the two has no windows.
    """
    if source == target:
        np.copyto(out, x)
        return out
    window = max(source.window, target.window)
    given, taken = _split(x, source, window), _split(out, target, window)
    if taken.size != out.size:
        out.fill(0)
    np.copyto(taken, given)
    return out


def _split(x: Floats, layout: Layout, window: tuple[int, int]) -> Floats:
    """A view of whole windows: (batch, windows down, rows, windows across, columns, channels)."""
    rows, columns = window
    if layout.window != (1, 1):
        return x.reshape(rows, columns, *x.shape[1:]).transpose(5, 3, 0, 4, 1, 2)
    if layout.batch_last:
        x = x.transpose(3, 1, 2, 0)
    count, height, width, channels = x.shape
    down, across = height // rows, width // columns
    whole = x[:, : down * rows, : across * columns]
    return whole.reshape(count, down, rows, across, columns, channels)
