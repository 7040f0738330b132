"""The labels on a chart: those of changes first, then the best point's, on no curve and no flag if it can be."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRect

from app.widgets.charts.content import TRAINING, VALIDATION, Content, Floats, Wording
from app.widgets.charts.flag_labels import flag_pieces
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink, faint
from app.widgets.charts.overlay import Label, Piece, Ring, text_width

_HEIGHT, _CLEAR = 16, 3
"""How tall the label is, and how far from it lines should stay."""
_ACROSS_LINE, _ACROSS_RAW, _PIXELS_AWAY = 1000.0, 60.0, 0.25
"""What it costs to lie on a line, to lie wholly on raw values, and to lie a pixel farther from the ring."""
_DOWN = 6
"""The distance of the heights that are tried."""


def best_pieces(
    frame: Frame, content: Content, ink: Ink, hidden: Collection[str], avoid: Sequence[QRect]
) -> list[Piece]:
    """The ring about the best point and its label."""
    best = content.best
    if best is None or not math.isfinite(best.value) or not frame.x.low <= best.step <= frame.x.high:
        return []
    content = _until_last_point(content)
    x, y, plot = frame.px(best.step), frame.py(best.value), frame.rect
    if not plot.top() - 1 <= y <= plot.top() + plot.height() + 1:
        return []
    ring = QRect(math.floor(x) - 7, math.floor(y) - 7, 15, 15)
    place = _best_place(frame, content, hidden, ring, text_width(best.text) + 8, avoid)
    label = Label(place, best.text, ink.text, faint(ink.panel, 0.85))
    return [Ring(ring, QPointF(x, y), ink.validation), label]


def _until_last_point(content: Content) -> Content:
    """The data up to the end of the last epoch: the label looks for a place then, and stays there until the next."""
    if not len(content.points):
        return content
    count = int(np.searchsorted(content.steps, content.point_steps[-1], side="right"))
    return replace(content, steps=content.steps[:count], raw=content.raw[:count], smooth=content.smooth[:count])


def _best_place(
    frame: Frame, content: Content, hidden: Collection[str], ring: QRect, width: int, avoid: Sequence[QRect]
) -> QRect:
    """Of all places the cheapest. Nothing right of the newest step: there the curves are still to come."""
    lines, raw = _lines(frame, content, hidden), _raw(frame, content, hidden)
    costs: list[tuple[float, int, QRect]] = []
    for number, rect in enumerate(_places(frame, content, ring, width)):
        if rect.intersects(ring) or any(rect.intersects(other) for other in avoid):
            continue
        columns = slice(max(0, rect.left() - frame.left), max(0, rect.left() - frame.left) + width)
        low, high = rect.top() - _CLEAR, rect.top() + _HEIGHT + _CLEAR
        crossed = sum(float(np.any((line[columns] > low) & (line[columns] < high))) for line in lines)
        covered = float(np.mean((raw[columns] > low) & (raw[columns] < high)))
        apart = (rect.center() - ring.center()).manhattanLength()
        costs.append((_ACROSS_LINE * crossed + _ACROSS_RAW * covered + _PIXELS_AWAY * apart, number, rect))
    return min(costs)[2] if costs else next(_places(frame, content, ring, width))


def _places(frame: Frame, content: Content, ring: QRect, width: int) -> Iterator[QRect]:
    plot, x = frame.rect, ring.center().x()
    newest = round(frame.px(float(content.steps[-1]))) if len(content.steps) else x
    end = min(plot.left() + plot.width(), max(newest, x + 2, plot.left() + width))
    lefts = (x + 2 - width, x - width // 2, ring.left() - 2 - width, ring.right() + 3, plot.left() + 2, end - width)
    for left in dict.fromkeys(min(max(left, plot.left() + 2), end - width) for left in lefts):
        for top in range(plot.top() + 1, plot.top() + plot.height() - _HEIGHT, _DOWN):
            yield QRect(left, top, width, _HEIGHT)


def _lines(frame: Frame, content: Content, hidden: Collection[str]) -> list[Floats]:
    """For each curve that is drawn, its height in every column of the plot."""
    curves = []
    if TRAINING not in hidden:
        curves.append((content.steps, content.smooth))
    if VALIDATION not in hidden:
        curves.append((content.point_steps, content.points))
    return [_heights(frame, steps, values) for steps, values in curves]


def _raw(frame: Frame, content: Content, hidden: Collection[str]) -> Floats:
    """One raw value in every column: enough to tell where many of them lie."""
    nothing = np.empty(0)
    return _heights(frame, *((nothing, nothing) if TRAINING in hidden else (content.steps, content.raw)))


def _heights(frame: Frame, steps: Floats, values: Floats) -> Floats:
    columns = frame.x.low + (np.arange(frame.width) + 0.5) / frame.width * (frame.x.high - frame.x.low)
    first, last = np.searchsorted(steps, (frame.x.low, frame.x.high))
    seen = slice(max(0, int(first) - 1), int(last) + 1)
    steps, values = steps[seen], values[seen]
    known = np.isfinite(values)
    if not known.any():
        return np.full(frame.width, np.nan)
    found = np.interp(columns, steps[known], values[known], left=np.nan, right=np.nan)
    return frame.ys(found)


def pieces(frame: Frame, content: Content, ink: Ink, wording: Wording, hidden: Collection[str]) -> list[Piece]:
    """Everything that stays in place while the view stays: the labels of changes and the best point."""
    flags = flag_pieces(frame, content, ink, wording)
    best = [] if VALIDATION in hidden else best_pieces(frame, content, ink, hidden, [flag.rect for flag in flags])
    return [*flags, *best]
