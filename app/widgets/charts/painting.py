"""Drawing a chart: its paper (axes and grid) once, and any strip of columns of its curves.

A full drawing is one strip as wide as the plot, so what a tick adds and what a redraw makes are the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPolygonF

from app.theme import font
from app.widgets.charts.columns import extents, strokes
from app.widgets.charts.content import TRAINING, VALIDATION, Content, Floats
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink, faint, line
from app.widgets.charts.scale import Axis, tick_texts, ticks

_ROW_DISTANCE, _COLUMN_DISTANCE = 32, 36
_LABEL_GAP, _LEAST_LABEL_GAP = 9, 4
_SMALLEST_LABEL = 7
_DOT = 2.5
_REACH = 4
"""A smooth line darkens pixels up to so many columns beside it."""


# -- paper ------------------------------------------------------------------------------------------------------------


def paint_paper(painter: QPainter, frame: Frame, ink: Ink, empty: bool = False) -> None:
    """Grid and labels; of an empty chart only the grid and the horizontal axis."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font("axis"))
    rect = frame.rect
    right = rect.left() + rect.width()
    if empty:
        rows = [(rect.top() + round(index * rect.height() / 4), "") for index in range(5)]
    else:
        values = ticks(frame.y, frame.height / _ROW_DISTANCE)
        rows = [
            (round(frame.py(value)), text)
            for value, text in zip(values, tick_texts(values, frame.percent, narrow=True), strict=True)
        ]
    face, gap = _fitting([text for _, text in rows], rect.left())
    painter.setFont(face)
    for y, text in rows:
        painter.fillRect(QRectF(rect.left(), y, rect.width(), 1), ink.rows)
        if text:
            painter.setPen(ink.secondary)
            box = QRectF(0, y - 8, rect.left() - gap, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    painter.setFont(font("axis"))
    _paint_x_axis(painter, frame, ink, right, empty)


def _fitting(texts: list[str], room: int) -> tuple[QFont, int]:
    """A font in which all these have room beside the plot, and how far from it they end.

    Deep in a picture numbers need many digits to be told apart; a number that is cut would be another one.
    """
    face = font("axis")
    needed = max((QFontMetricsF(face).horizontalAdvance(text) for text in texts), default=0.0)
    if needed <= room - _LABEL_GAP:
        return face, _LABEL_GAP
    tight = room - _LEAST_LABEL_GAP
    if needed > tight:
        face = QFont(face)
        face.setPixelSize(max(_SMALLEST_LABEL, math.floor(face.pixelSize() * tight / needed)))
    return face, _LEAST_LABEL_GAP


def _paint_x_axis(painter: QPainter, frame: Frame, ink: Ink, right: int, empty: bool) -> None:
    unit = frame.steps_per_epoch if frame.x_unit == "epoch" else 1
    axis = Axis(frame.x.low / unit, frame.x.high / unit)
    widest = len(f"{axis.high:,.0f}") * 7 + 20
    values = ticks(axis, frame.width / max(_COLUMN_DISTANCE, widest))
    metrics = painter.fontMetrics()
    bottom = frame.top + frame.height
    free = right + 12.0
    if not empty:
        width = metrics.horizontalAdvance(frame.x_unit)
        painter.setPen(ink.secondary)
        box = QRectF(right - width - 1, bottom + 5, width + 1, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, frame.x_unit)
        free = right - width - 6
    for value, text in zip(values, tick_texts(values), strict=True):
        x = round(frame.px(value * unit))
        if empty or x < right - 1:
            painter.fillRect(QRectF(x, frame.top, 1, frame.height), ink.columns)
        width = metrics.horizontalAdvance(text)
        if x + width / 2 <= free:
            painter.setPen(ink.secondary)
            box = QRectF(x - width / 2 - 2, bottom + 5, width + 4, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_expectation(painter: QPainter, frame: Frame, ink: Ink, rises: bool) -> None:
    """The way a curve usually takes, dashed: what an empty chart promises."""
    shares = np.linspace(0.01, 1, 60)
    falls = 0.121 + 0.76 * np.exp(-7.2 * shares)
    heights = 0.902 - 0.76 * np.exp(-8.4 * shares) if rises else falls
    points = [
        QPointF(frame.left + share * frame.width, frame.top + (1 - height) * frame.height)
        for share, height in zip(shares.tolist(), heights.tolist(), strict=True)
    ]
    pen = line(ink.expected)
    pen.setDashPattern([4, 4])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF(points))


# -- curves -----------------------------------------------------------------------------------------------------------


def paint_strip(
    painter: QPainter, frame: Frame, content: Content, ink: Ink, hidden: Collection[str], first: int, last: int
) -> None:
    """The curves on the columns ``first`` to ``last``. The painter must be clipped to them."""
    if TRAINING not in hidden and len(content.steps):
        if frame.dense:
            _paint_dense(painter, frame, content, ink, first, last)
        else:
            _paint_sparse(painter, frame, content, ink, first, last)
    _paint_flag_lines(painter, frame, content, ink, first, last)
    if VALIDATION not in hidden and len(content.points):
        _paint_points(painter, frame, content, ink, first, last)


def _paint_dense(painter: QPainter, frame: Frame, content: Content, ink: Ink, first: int, last: int) -> None:
    # Nothing lies beyond the last step: a strip at the end of the data is as narrow as what is new.
    last = min(last, frame.columns - 1 - _REACH, math.ceil(frame.column(float(content.steps[-1])))) + _REACH
    low, high = max(0, first - 1), min(last + 1, frame.columns - 1)
    raw = extents(content.steps, content.raw, frame.x.low, frame.steps_per_column, low, high)
    # Rows are counted in device pixels, so that a column is as sharp as the surface.
    tall, pixel = frame.height * frame.ratio, 1 / frame.ratio
    rows = replace(raw, low=_rows(frame, raw.high, tall), high=_rows(frame, raw.low, tall))
    columns, tops, bottoms = strokes(rows)
    drawn = np.isfinite(tops) & np.isfinite(bottoms)
    lefts = frame.left + (columns[drawn] + 0.5) * pixel
    tops = frame.top + np.floor(tops[drawn]) * pixel
    bottoms = frame.top + (np.floor(bottoms[drawn]) + 1) * pixel
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(line(ink.raw_dense, pixel))
    # As lines, since rectangles take a hundred times as long.
    painter.drawLines(
        [
            QLineF(x, top, x, bottom)
            for x, top, bottom in zip(lefts.tolist(), tops.tolist(), bottoms.tolist(), strict=True)
        ]
    )
    # The smoothed curve has two bins to a column: half a pixel can still be seen in a smooth line.
    first = max(0, first - _REACH)
    smooth = extents(content.steps, content.smooth, frame.x.low, frame.steps_per_column / 2, 2 * first, 2 * last + 1)
    xs = frame.left + (smooth.bins + 0.5) * (pixel / 2)
    near = np.where(smooth.rising, smooth.low, smooth.high)
    far = np.where(smooth.rising, smooth.high, smooth.low)
    _paint_line(painter, np.repeat(xs, 2), frame.ys(np.column_stack([near, far]).ravel()), ink.training)


def _rows(frame: Frame, values: Floats, tall: float) -> Floats:
    rows: Floats = np.clip((1 - frame.y.fractions(values)) * tall, -1, tall + 1)
    return rows


def _paint_sparse(painter: QPainter, frame: Frame, content: Content, ink: Ink, first: int, last: int) -> None:
    start, end = _slice(frame, content.steps, first, last)
    xs = frame.xs(content.steps[start:end])
    _paint_line(painter, xs, frame.ys(content.raw[start:end]), ink.raw_sparse)
    ys = frame.ys(content.smooth[start:end])
    if len(content.steps) == 1:
        _paint_dots(painter, xs, ys, ink.training)
    _paint_line(painter, xs, ys, ink.training)


def _paint_points(painter: QPainter, frame: Frame, content: Content, ink: Ink, first: int, last: int) -> None:
    start, end = _slice(frame, content.point_steps, first - 4 * round(frame.ratio), last + 4 * round(frame.ratio))
    xs, ys = frame.xs(content.point_steps[start:end]), frame.ys(content.points[start:end])
    _paint_line(painter, xs, ys, ink.validation)
    # Where epochs lie so close that their dots would be all there is to see, the line alone says more.
    if _dots_apart(frame, content) >= 6:
        _paint_dots(painter, xs, ys, ink.validation)


def _dots_apart(frame: Frame, content: Content) -> float:
    return content.steps_per_epoch / frame.steps_per_column / frame.ratio


def _paint_flag_lines(painter: QPainter, frame: Frame, content: Content, ink: Ink, first: int, last: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    pen = line(faint(ink.secondary, 0.65))
    pen.setDashPattern([2, 2])
    painter.setPen(pen)
    for step, _ in content.flags:
        if first - 2 <= frame.column(step) <= last + 2 and frame.x.low <= step <= frame.x.high:
            x = round(frame.px(step)) + 0.5
            painter.drawLine(QLineF(x, frame.top, x, frame.top + frame.height))


def _slice(frame: Frame, steps: Floats, first: int, last: int) -> tuple[int, int]:
    """The items on and about these columns, with two more on either side for the lines that lead there."""
    low = frame.x.low + (first - _REACH) * frame.steps_per_column
    high = frame.x.low + (last + _REACH) * frame.steps_per_column
    start, end = np.searchsorted(steps, (low, high))
    return max(0, int(start) - 2), int(end) + 2


def _paint_line(painter: QPainter, xs: Floats, ys: Floats, color: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(line(color))
    for run in _runs(np.isfinite(ys)):
        part = zip(xs[run].tolist(), ys[run].tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in part]))


def _paint_dots(painter: QPainter, xs: Floats, ys: Floats, color: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if np.isfinite(y):
            painter.drawEllipse(QPointF(x, y), _DOT, _DOT)


def _runs(good: NDArray[np.bool_]) -> list[slice]:
    """The stretches in which all are good."""
    if good.all():
        return [slice(0, len(good))] if len(good) else []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
