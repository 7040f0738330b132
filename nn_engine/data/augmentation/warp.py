"""Moving the pixels of many images at once, each along its own affine map, with bilinear interpolation.

For every target pixel the inverse map says where it comes from; one matrix product gives these places for all pixels of
all images. Images get a frame of background, so that places beyond the edge need no special case, and the four pixels
around each place are blended.
"""

import math
from typing import Any

import numpy as np

from nn_engine.types import Array, Floats, Shape
from nn_engine.workspace import Workspace

_FRAME = 1
"""Pixels of background on each side."""


class AffineWarp:
    """Warps images of one shape, (height, width) or (height, width, channels)."""

    def __init__(self, shape: Shape) -> None:
        self._height, self._width = shape[:2]
        self._channels = math.prod(shape[2:])
        y, x = np.mgrid[: self._height, : self._width]
        from_centre = (x.ravel() - (self._width - 1) / 2, y.ravel() - (self._height - 1) / 2, np.ones(x.size))
        self._grid = np.stack(from_centre).astype(np.float32)  # (3, pixels)
        self._workspace = Workspace()

    def __call__(self, images: Floats, matrices: Floats) -> Floats:
        """Images (n, *shape) moved as ``matrices``, (n, 3, 3), say; background is 0. Holds until the next call."""
        count, pixels = len(images), self._grid.shape[1]
        x, y = self._source_places(matrices, count, pixels)
        framed_width = self._width + 2 * _FRAME
        column = np.floor(x, out=self._scratch("column", (count, pixels)))
        row = np.floor(y, out=self._scratch("row", (count, pixels)))
        x -= column
        y -= row
        row *= framed_width
        row += column
        place = self._scratch("place", (count, pixels), np.intp)
        np.copyto(place, row, casting="unsafe")
        place += (np.arange(count) * (self._framed_size()))[:, np.newaxis]

        source = self._framed(images)
        corners = []
        for name, step in (("00", 0), ("01", 1), ("10", framed_width - 1), ("11", 1)):
            place += step
            corner = self._scratch(name, (count, pixels, self._channels), images.dtype)
            np.take(source, place, axis=0, out=corner, mode="clip")
            corners.append(corner)
        right, down = x[..., np.newaxis], y[..., np.newaxis]
        top = _blend(corners[0], corners[1], right)
        bottom = _blend(corners[2], corners[3], right)
        return _blend(top, bottom, down).reshape(images.shape)

    def _source_places(self, matrices: Floats, count: int, pixels: int) -> tuple[Floats, Floats]:
        """Where each target pixel comes from in the framed image, x and y, (n, pixels) each."""
        inverse = np.linalg.inv(matrices)[:, :2]  # (n, 2, 3)
        inverse[:, 0, 2] += (self._width - 1) / 2 + _FRAME
        inverse[:, 1, 2] += (self._height - 1) / 2 + _FRAME
        rows = np.ascontiguousarray(inverse.transpose(1, 0, 2), np.float32).reshape(2 * count, 3)
        places = np.matmul(rows, self._grid, out=self._scratch("places", (2 * count, pixels)))
        x, y = places[:count], places[count:]
        # Onto the frame at the farthest. There the pixel to the right or below is the next row's or the next image's
        # frame: nothing, as it should be.
        np.clip(x, 0, self._width + 2 * _FRAME - 1, out=x)
        np.clip(y, 0, self._height + 2 * _FRAME - 1, out=y)
        return x, y

    def _framed_size(self) -> int:
        return (self._height + 2 * _FRAME) * (self._width + 2 * _FRAME)

    def _framed(self, images: Floats) -> Floats:
        """The pixels of all images, each with its frame of zeros, in one row: (n · framed pixels, channels)."""
        shape = (len(images), self._height + 2 * _FRAME, self._width + 2 * _FRAME, self._channels)
        framed = self._scratch("framed", shape, images.dtype)  # new memory is zero and the frame is never written to
        inner = framed[:, _FRAME:-_FRAME, _FRAME:-_FRAME]
        inner[...] = images.reshape(inner.shape)
        return framed.reshape(-1, self._channels)

    def _scratch(self, name: str, shape: Shape, dtype: type | np.dtype[Any] = np.float32) -> Array:
        return self._workspace.array(name, shape, dtype)


def _blend(first: Floats, second: Floats, share: Floats) -> Floats:
    """Interpolate: first + share · (second - first), written over ``second``."""
    second -= first
    second *= share
    second += first
    return second
