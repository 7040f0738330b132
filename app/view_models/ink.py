"""Strokes of a round brush and the ink they leave: points in pixels of the pad, ink as an array, no window needed.

Each piece of a stroke is drawn over a small part of the array and depends on nothing but its two ends, so ink that grew
while the pen moved equals, bit for bit, ink drawn from the finished strokes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

SIDE = 280
"""The pad's side in pixels: ten for each of the 28 that a network sees."""

Tool = Literal["pen", "eraser"]
Ink = np.ndarray[Any, np.dtype[np.uint8]]


class Point(NamedTuple):
    """A place of the pen, x to the right and y down, and how wide the brush is there."""

    x: float
    y: float
    width: float


class Area(NamedTuple):
    """A rectangle of the pad in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Where it lies in an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def united(self, other: Area) -> Area:
        """The smallest area that holds both."""
        if not self.width or not self.height:
            return other
        if not other.width or not other.height:
            return self
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Area(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)


NOWHERE = Area(0, 0, 0, 0)
WHOLE = Area(0, 0, SIDE, SIDE)


@dataclass
class Stroke:
    """What was drawn between putting the pen down and lifting it."""

    tool: Tool
    points: list[Point] = field(default_factory=list)


_COLUMNS = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)
_ROWS = _COLUMNS[:, np.newaxis]


def draw_piece(ink: Ink, tool: Tool, start: Point, end: Point) -> Area:
    """Draw the brush moving from one point to the next; returns the area that may have changed.

    A pixel's share of ink falls from 1 to 0 within one pixel around the brush's rim. The pen deepens ink, the eraser
    thins it, so drawing the same piece twice changes nothing.
    """
    radius = max(start.width, end.width) / 2 + 1
    left = max(0, math.floor(min(start.x, end.x) - radius))
    top = max(0, math.floor(min(start.y, end.y) - radius))
    right = min(SIDE, math.ceil(max(start.x, end.x) + radius))
    bottom = min(SIDE, math.ceil(max(start.y, end.y) + radius))
    if left >= right or top >= bottom:
        return NOWHERE
    area = Area(left, top, right - left, bottom - top)
    part = ink[area.slices]
    share = _coverage(_COLUMNS[left:right], _ROWS[top:bottom], start, end)
    if tool == "pen":
        np.maximum(part, share, out=part)
    else:
        np.minimum(part, 255 - share, out=part)
    return area


def _coverage(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], start: Point, end: Point) -> Ink:
    """How much of each pixel, of 255, lies under a brush that moves from start to end and changes its width evenly."""
    dx, dy = end.x - start.x, end.y - start.y
    length2 = dx * dx + dy * dy
    x, y = x - np.float32(start.x), y - np.float32(start.y)
    rim: Any = np.float32(start.width / 2 + 0.5)
    if length2 > 1e-6:  # else a dot, within a thousandth of a pixel
        along = x * np.float32(dx / length2) + y * np.float32(dy / length2)  # 0 at the start, 1 at the end
        np.clip(along, 0, 1, out=along)
        distance = np.hypot(x - along * np.float32(dx), y - along * np.float32(dy))
        if end.width != start.width:
            rim = rim + along * np.float32((end.width - start.width) / 2)
    else:
        distance = np.hypot(x, y)
    share = np.subtract(rim, distance, out=distance)
    np.clip(share, 0, 1, out=share)
    share *= 255
    whole: Ink = np.rint(share, out=share).astype(np.uint8)
    return whole


def draw_stroke(ink: Ink, stroke: Stroke) -> Area:
    """Draw a whole stroke, a dot first, as when the pen went down; returns the area that may have changed."""
    area = NOWHERE
    for start, end in zip([stroke.points[0], *stroke.points], stroke.points, strict=False):
        area = area.united(draw_piece(ink, stroke.tool, start, end))
    return area


def ink_of(strokes: Iterable[Stroke]) -> Ink:
    """The ink that strokes leave on an empty pad."""
    ink = np.zeros((SIDE, SIDE), np.uint8)
    for stroke in strokes:
        draw_stroke(ink, stroke)
    return ink
