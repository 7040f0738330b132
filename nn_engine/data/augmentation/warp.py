"""Moving the pixels of many images at once, each in its own way, with bilinear interpolation.

For every target pixel q the inverse motion says where it comes from: p = L⁻¹(q + Σₖ cₖ φₖ(q) - t), for the affine map
q = L·p + t and a field of smooth modes φₖ. This is linear in everything that differs from image to image, so one matrix
product of (2·images, 3 + modes) with (3 + modes, pixels) gives all places of a block of images. Images get a frame of
background, so that places beyond the edge need no special case, and the four pixels around each place are blended.

Blocks of 128 small images keep everything in the processor's cache. That the four neighbours are taken from shifted
views of one row, with ``mode="wrap"`` (which never wraps here), and that places are cut to whole numbers by way of
int32 is for speed: each of these is measurably the fastest way NumPy offers.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nn_engine.types import Floats, Shape
from nn_engine.workspace import Workspace

_FRAME = 1
"""Pixels of background on each side."""
_MOST_IMAGES = 128
_MOST_PIXELS = 128 * 28 * 28
"""In one block, unless a single image has more."""
_LARGEST = 2**24
"""Pixels of an image with its frame: up to here float32 counts them exactly."""
_MOST_NUMBERS = 2**26
"""Of all modes together: half a gigabyte while they are worked out."""


def check_size(shape: Shape, modes: int = 0) -> None:
    """Raise ValueError where images of this shape are too large to be moved, or to be bent by so many modes."""
    if _framed_size(shape) > _LARGEST:
        raise ValueError(f"Expected images of at most {_LARGEST:,} pixels to be moved; received {shape}.")
    numbers = modes * math.prod(shape[:2])
    if numbers > _MOST_NUMBERS:
        raise ValueError(
            f"Expected smaller images or a greater smoothness: to bend images of the shape {shape} takes up to "
            f"{numbers:,} numbers, {modes:,} for each pixel; at most {_MOST_NUMBERS:,}."
        )


def _framed_size(shape: Shape) -> int:
    return (shape[0] + 2 * _FRAME) * (shape[1] + 2 * _FRAME)


class Warp:
    """Warps images of one shape, (height, width) or (height, width, channels).

    Args:
        shape: of an image.
        modes: the fields that images can be bent by, in groups, (modes, height · width) each.
        fill: what comes in from outside: "background", or the "edge" drawn out.
        background: its value.
    """

    def __init__(
        self, shape: Shape, modes: Sequence[Floats] = (), fill: str = "background", background: float = 0.0
    ) -> None:
        check_size(shape, sum(map(len, modes)))
        self._height, self._width = shape[:2]
        self._framed_width = self._width + 2 * _FRAME
        self._framed_size = _framed_size(shape)
        self._channels = math.prod(shape[2:])
        pixels = self._height * self._width
        self._block = min(_MOST_IMAGES, max(1, _MOST_PIXELS // pixels))
        y, x = np.mgrid[: self._height, : self._width]
        from_centre = (x.ravel() - (self._width - 1) / 2, y.ravel() - (self._height - 1) / 2, np.ones(pixels))
        self._grid = np.concatenate((from_centre, *modes)).astype(np.float32)  # (3 + modes, pixels)
        self._groups = np.cumsum([3, *map(len, modes)]).tolist()
        # At most onto the frame, whose pixels are all background, or to where the outermost pixel counts alone.
        self._margin = 0 if fill == "background" else _FRAME
        self._background = background
        self._starts = (np.arange(self._block, dtype=np.float32) * self._framed_size)[:, np.newaxis]
        self._sources: dict[np.dtype[np.generic], Floats] = {}
        self._workspace = Workspace()

    def __call__(
        self, images: Floats, matrices: Floats, bends: Sequence[Floats] = (), out: Floats | None = None
    ) -> Floats:
        """Images (n, *shape) moved as ``matrices``, (n, 2, 3), and bent as ``bends``, (n, 2, modes) a group, say.

        Written into ``out``, which may be the images themselves, or into an array of its own.
        """
        out = np.empty(images.shape, images.dtype) if out is None else out
        rows = (len(images), self._height * self._width, self._channels)
        source, target = images.reshape(rows), out.reshape(rows)
        for start in range(0, len(images), self._block):
            part = slice(start, start + self._block)
            places = self._places(matrices[part], [group[part] for group in bends])
            self._read(source[part], target[part], *places)
        return out

    def _places(self, matrices: Floats, bends: Sequence[Floats]) -> Floats:
        """Where each target pixel comes from in the framed image, x and y: (2, n, pixels)."""
        count, columns = len(matrices), len(self._grid)
        rows = self._workspace.array("rows", (2, count, columns), np.float32)
        (a, b, right), (c, d, down) = matrices.transpose(1, 2, 0)
        determinant = a * d - b * c
        inverse = np.array(((d, -b), (-c, a))) / determinant  # (2, 2, n)
        centre = ((self._width - 1) / 2 + _FRAME, (self._height - 1) / 2 + _FRAME)
        for axis, (along_x, along_y) in enumerate(inverse):
            rows[axis, :, 0], rows[axis, :, 1] = along_x, along_y
            rows[axis, :, 2] = centre[axis] - along_x * right - along_y * down
        columns_x, columns_y = inverse.astype(np.float32).swapaxes(0, 1)[..., np.newaxis]  # (2, n, 1) each
        for (first, last), group in zip(pairwise(self._groups), bends, strict=True):
            product = self._workspace.array("product", (2, count, last - first), np.float32)
            np.multiply(group[:, 0], columns_x, out=rows[..., first:last])
            np.multiply(group[:, 1], columns_y, out=product)
            rows[..., first:last] += product
        places = self._workspace.array("places", (2 * count, self._grid.shape[1]), np.float32)
        np.matmul(rows.reshape(2 * count, columns), self._grid, out=places)
        both = places.reshape(2, count, -1)
        for axis, size in enumerate((self._width, self._height)):
            highest = np.float32(size + 2 * _FRAME - 1 - self._margin)
            np.clip(both[axis], np.float32(self._margin), highest, out=both[axis])
        return both

    def _read(self, images: Floats, out: Floats, x: Floats, y: Floats) -> None:
        """Blend the four pixels around each place, channel by channel: (n, pixels, channels)."""
        count, pixels = x.shape
        whole = self._workspace.array("whole", (2, count, pixels), np.float32)
        for shares, floor in zip((x, y), whole, strict=True):
            np.floor(shares, out=floor)
            np.subtract(shares, floor, out=shares)  # how far to the right, and how far down
        column, row = whole
        row *= np.float32(self._framed_width)
        row += column
        short = self._workspace.array("short", x.shape, np.int32)
        place = self._workspace.array("place", x.shape, np.intp)
        row += self._starts[:count]
        np.copyto(short, row, casting="unsafe")
        np.copyto(place, short)

        flat = self._source(images.dtype)
        framed = flat[: count * self._framed_size].reshape(count, -1, self._framed_width)
        inside = framed[:, _FRAME:-_FRAME, _FRAME:-_FRAME]
        steps = (0, 1, self._framed_width, self._framed_width + 1)
        names = ("upper left", "upper right", "lower left", "lower right")
        corners = [self._workspace.array(name, x.shape, images.dtype) for name in names]
        for channel in range(self._channels):
            inside[...] = images[..., channel].reshape(inside.shape)
            for step, corner in zip(steps, corners, strict=True):
                np.take(flat[step:], place, out=corner, mode="wrap")
            upper, lower = corners[1], corners[3]
            _blend(corners[0], upper, x, out=upper)
            _blend(corners[2], lower, x, out=lower)
            _blend(upper, lower, y, out=out[..., channel])

    def _source(self, dtype: np.dtype[np.generic]) -> Floats:
        """Room for a block of framed images in one row, and for the steps beyond the last; only insides are written."""
        if dtype not in self._sources:
            size = self._block * self._framed_size + self._framed_width + 2
            self._sources[dtype] = np.full(size, self._background, dtype)
        return self._sources[dtype]


def _blend(first: Floats, second: Floats, share: Floats, out: Floats) -> None:
    """Interpolate: first + share · (second - first); ``second`` is used up."""
    second -= first
    second *= share
    np.add(second, first, out=out)
