"""The patches of an image that a convolution looks at, gathered into the columns of a matrix (im2col).

A convolution is then one matrix product. The images lie batch last, (channels, height, width, batch), so that one row
of one patch position is a long run of memory. Steps wider than a pixel would cut these runs short; so the image is
first dealt out by phase: pixel (i, j) goes to plane (i mod S, j mod S), and within a plane every step is one pixel. The
edge that padding adds is put around it in the same copy.
"""

import itertools
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from nn_engine.layers.sliding import Slide
from nn_engine.types import Floats

Place = tuple[int | slice, ...]


@dataclass(frozen=True)
class Axis:
    """Patches along one axis: ``size`` pixels each, one every ``step``, ``count`` of them."""

    length: int
    size: int
    step: int
    before: int
    count: int

    @classmethod
    def of(cls, slide: Slide, window: int) -> "Axis":
        """The patches that together hold all that ``window`` neighbouring steps of a sliding kernel see."""
        size, step, count = slide.size + slide.stride * (window - 1), slide.stride * window, slide.steps // window
        if count == 1:
            step = min(step, size)  # one patch takes no steps, and wide ones would ask for planes that it never sees
        return cls(slide.length, size, step, slide.before, count)

    @cached_property
    def reach(self) -> int:
        """How many pixels of one phase a patch holds at most."""
        return -(-self.size // self.step)

    @cached_property
    def plane(self) -> int:
        """The length of a plane of one phase."""
        return self.count - 1 + self.reach

    @cached_property
    def plain(self) -> bool:
        """Whether the image is its only plane as it stands."""
        return self.step == 1 and self.plane == self.length

    @cached_property
    def padded(self) -> bool:
        """Whether some place in a plane lies outside the image."""
        return self.before > 0 or self.plane * self.step > self.length

    @cached_property
    def complete(self) -> bool:
        """Whether every pixel of the image stands in some plane."""
        return self.plane * self.step - self.before >= self.length

    def cut(self, phase: int) -> tuple[slice, slice]:
        """Which pixels of the image a plane holds, and where in it they stand."""
        first = max(0, -((phase - self.before) // self.step))
        start = phase - self.before + self.step * first
        count = max(0, min(self.plane - first, -(-(self.length - start) // self.step)))
        return slice(start, start + count * self.step, self.step), slice(first, first + count)


@dataclass(frozen=True)
class Patches:
    """The patches of images with so many channels."""

    down: Axis
    across: Axis
    channels: int

    @cached_property
    def size(self) -> int:
        """How many numbers a patch has."""
        return self.down.size * self.across.size * self.channels

    @cached_property
    def plain(self) -> bool:
        """Whether images need no dealing out."""
        return self.down.plain and self.across.plain

    def planes_shape(self, count: int) -> tuple[int, ...]:
        """(phases down, phases across, channels, plane height, plane width, batch)"""
        down, across = self.down, self.across
        return (down.step, across.step, self.channels, down.plane, across.plane, count)

    def deal(self, images: Floats, planes: Floats) -> Floats:
        """Images (channels, height, width, batch) by phase, with zeros around them."""
        if self.down.padded or self.across.padded:
            planes.fill(0)
        for in_image, in_planes in self._cuts:
            np.copyto(planes[in_planes], images[in_image])
        return planes

    def collect(self, planes: Floats, images: Floats) -> Floats:
        """The inverse of ``deal``; what no plane holds is zero."""
        if not (self.down.complete and self.across.complete):
            images.fill(0)
        for in_image, in_planes in self._cuts:
            np.copyto(images[in_image], planes[in_planes])
        return images

    @cached_property
    def _cuts(self) -> list[tuple[Place, Place]]:
        """For each phase, which pixels of the images it has, and where they stand among the planes."""
        found: list[tuple[Place, Place]] = []
        for i, j in itertools.product(range(self.down.step), range(self.across.step)):
            (rows, in_rows), (columns, in_columns) = self.down.cut(i), self.across.cut(j)
            found.append(((slice(None), rows, columns), (i, j, slice(None), in_rows, in_columns)))
        return found

    def blocks(self, count: int, most: int) -> list["Block"]:
        """All patches of so many images in blocks of about so many numbers: some rows, or else a part of one."""
        return _blocks(self, count, most)

    def unfolded(self, columns: Floats, block: "Block") -> Floats:
        """A view of a matrix: (patch height, patch width, channels, rows, across, batch)."""
        count = columns.shape[1] // (block.rows * block.wide)
        return columns.reshape(self.down.size, self.across.size, self.channels, block.rows, block.wide, count)

    def gather(self, planes: Floats, block: "Block", columns: Floats) -> None:
        """Fill a matrix, (patch size, patches), with the patches of a block."""
        down, across, channels, row, pixel, count = planes.strides
        unfolded = self.unfolded(columns, block)
        for i, j in itertools.product(range(self.down.step), range(self.across.step)):
            target = unfolded[i :: self.down.step, j :: self.across.step]
            if target.size:
                # A view in which each number stands wherever a patch sees it: all patches of a phase in one copy.
                start = i * down + j * across + block.top * row + block.left * pixel
                strides = (row, pixel, channels, row, pixel, count)
                np.copyto(target, np.ndarray(target.shape, planes.dtype, planes, start, strides))

    def scatter(self, columns: Floats, block: "Block", planes: Floats) -> None:
        """The transpose of ``gather``: add every number of the matrix to where it came from."""
        unfolded = self.unfolded(columns, block)
        for i, j in itertools.product(range(self.down.reach), range(self.across.reach)):
            first, second = i * self.down.step, j * self.across.step
            part = unfolded[first : first + self.down.step, second : second + self.across.step]
            top, left = block.top + i, block.left + j
            seen = planes[: part.shape[0], : part.shape[1], :, top : top + block.rows, left : left + block.wide]
            np.add(seen, part, out=seen)


@dataclass(frozen=True)
class Block:
    """Some patches: ``rows`` rows from ``top`` on, and in them ``wide`` from ``left`` on; all, unless it is one row."""

    top: int
    rows: int
    left: int
    wide: int


@lru_cache(maxsize=100)
def _blocks(patches: Patches, count: int, most: int) -> list[Block]:
    fitting = max(1, most // max(1, patches.size * count))
    rows, wide = max(1, fitting // patches.across.count), min(fitting, patches.across.count)
    return [
        Block(top, min(rows, patches.down.count - top), left, min(wide, patches.across.count - left))
        for top in range(0, patches.down.count, rows)
        for left in range(0, patches.across.count, wide)
    ]
