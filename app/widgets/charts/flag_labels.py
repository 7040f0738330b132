"""The labels of changes along a chart's upper edge: none over another, none beyond the plot.

Where there is no room for all of them neighbours become one, "3 changes", which tells each of them on pointing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect

from app.widgets.charts.content import Content, Wording
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink
from app.widgets.charts.overlay import Label, Pennant, text_width

_HEIGHT, _ROWS, _PADDING = 18, 3, 8
_PENNANT = 9
_MERGED_WITHIN = (6, 24, 48, 96, 192, 384)
"""Pixels within which flags become one, tried in turn until all labels have room."""

Flag = tuple[int, str]
"""Where on the widget, and what."""


def flag_pieces(frame: Frame, content: Content, ink: Ink, wording: Wording) -> list[Label | Pennant]:
    """A label for each change in sight, or for several that lie close together; or small flags, where they suffice."""
    plot = frame.rect
    last = plot.left() + plot.width() - 1
    seen = [(step, text) for step, text in content.flags if frame.x.low <= step <= frame.x.high]
    flags = [(min(round(frame.px(step)), last), text) for step, text in seen]
    flags.sort(key=lambda flag: flag[0])
    if wording.flag_texts:
        for distance in _MERGED_WITHIN:
            labels = _labels(_groups(flags, distance), plot, ink)
            if labels is not None:
                return [*labels]
    return [_pennant(group, plot, ink) for group in _groups(flags, _MERGED_WITHIN[0])]


def flags_at(frame: Frame, content: Content, x: float, reach: float = 4) -> list[str]:
    """The changes whose lines lie at a place."""
    return [
        text for step, text in content.flags if abs(frame.px(step) - x) <= reach and frame.x.low <= step <= frame.x.high
    ]


def _groups(flags: Sequence[Flag], distance: int) -> list[list[Flag]]:
    """Neighbours that begin less than a distance from the first of them."""
    groups: list[list[Flag]] = []
    for flag in flags:
        if groups and flag[0] - groups[-1][0][0] < distance:
            groups[-1].append(flag)
        else:
            groups.append([flag])
    return groups


def _labels(groups: list[list[Flag]], plot: QRect, ink: Ink) -> list[Label] | None:
    """A label for each group; none if one of them finds no place. The latest change has the first choice."""
    placed: list[Label] = []
    for group in reversed(groups):
        label = _place(group, plot, placed, ink)
        if label is None:
            return None
        placed.append(label)
    return placed[::-1]


def _place(group: list[Flag], plot: QRect, placed: list[Label], ink: Ink) -> Label | None:
    x = group[0][0]
    text = group[0][1] if len(group) == 1 else f"{len(group)} changes"
    width = text_width(text) + 2 * _PADDING + 2
    for row in range(_ROWS):
        for left in (x, x - width + 1):
            rect = QRect(left, plot.top() + row * (_HEIGHT + 2), width, _HEIGHT)
            inside = left >= plot.left() and left + width <= plot.left() + plot.width()
            if inside and not any(rect.adjusted(-4, 0, 4, 0).intersects(other.rect) for other in placed):
                tip = "\n".join(text for _, text in group)
                return Label(rect, text, ink.text, ink.raised, ink.secondary, bar_right=left != x, tip=tip)
    return None


def _pennant(group: list[Flag], plot: QRect, ink: Ink) -> Pennant:
    x, tip = group[0][0], "\n".join(text for _, text in group)
    leftward = x + 1 + _PENNANT > plot.left() + plot.width()
    left = x - _PENNANT if leftward else x + 1
    return Pennant(QRect(left, plot.top() + 1, _PENNANT, 8), ink.secondary, tip, leftward)
