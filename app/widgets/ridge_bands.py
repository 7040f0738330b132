"""Drawing bands: between which values which share of a layer's numbers lay, epoch by epoch."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from app.theme import font
from app.widgets.charts.ink import Ink, faint, line
from app.widgets.charts.scale import linear_ticks, tick_texts
from app.widgets.ridge_painting import TOP, Place

Numbers = NDArray[Any]

_VALUES = 34
"""Room for the values at the left."""
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class BandLayer(Protocol):
    """One layer's percentiles over time."""

    @property
    def title(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def not_finite(self) -> int: ...
    @property
    def moments(self) -> Numbers: ...
    @property
    def values(self) -> Numbers: ...
    @property
    def percentiles(self) -> tuple[float, ...]: ...


class BandPlot:
    """Places of moments and values of one layer."""

    def __init__(self, layer: BandLayer, place: Place) -> None:
        self.layer, self.place = layer, place
        self.left, self.right = place.start + _VALUES, place.end - 6
        self.top, self.bottom = TOP + 4.0, place.base
        moments, values = layer.moments, layer.values[np.isfinite(layer.values)]
        self.first, self.last = float(moments[0]), float(max(moments[-1], moments[0] + 1))
        low, high = (float(values.min()), float(values.max())) if len(values) else (-1.0, 1.0)
        room = (high - low) * 0.04 or max(abs(high), 1e-6) * 0.5
        self.low, self.high = low - room, high + room

    def x(self, moment: float) -> float:
        """Where a moment lies."""
        return self.left + (moment - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value lies."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def moment_at(self, x: float) -> int:
        """The number of the moment nearest to a place."""
        wanted = self.first + (x - self.left) / (self.right - self.left) * (self.last - self.first)
        return int(np.argmin(np.abs(self.layer.moments - wanted)))

    def percentile_at(self, moment: int, y: float) -> int:
        """The number of the percentile nearest to a place at a moment."""
        return int(np.nanargmin([abs(self.y(value) - y) for value in self.layer.values[moment].tolist()]))

    def read(self, x: float, y: float) -> str:
        """What is to be read at a place."""
        moment = self.moment_at(x)
        row = self.layer.values[moment]
        if not np.isfinite(row).all():
            return f"Epoch {self.layer.moments[moment]:.3g}: none of the values is a number."
        place = self.percentile_at(moment, y)
        share, value = self.layer.percentiles[place], f"{row[place]:.4g}".replace("-", "−")
        what = {0.0: f"the smallest is {value}", 100.0: f"the largest is {value}"}.get(
            share, f"{share:g} % lie below {value}"
        )
        return f"Epoch {self.layer.moments[moment]:.3g}: {what}"


def paint_bands(painter: QPainter, layer: BandLayer, place: Place, ink: Ink) -> None:
    """Axes, bands, the middle and the extremes, and at the right what each line is."""
    plot = BandPlot(layer, place)
    _paint_axes(painter, plot, ink)
    known = np.isfinite(layer.values).all(axis=1)
    moments, values = layer.moments[known], layer.values[known]
    if not len(values):
        return
    xs = [plot.x(moment) for moment in moments.tolist()]
    if len(xs) == 1:
        xs, values = [xs[0], xs[0] + 8], np.repeat(values, 2, axis=0)
    ys = [[plot.y(value) for value in column] for column in values.T.tolist()]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    count = len(ys)
    for depth in range(1, count // 2):
        painter.setBrush(faint(ink.training, 0.16 + 0.06 * depth))
        under = [QPointF(x, y) for x, y in zip(xs, ys[depth], strict=True)]
        over = [QPointF(x, y) for x, y in zip(reversed(xs), reversed(ys[count - 1 - depth]), strict=True)]
        painter.drawPolygon(QPolygonF(under + over))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for index, column in enumerate(ys):
        middle, extreme = index == count // 2, index in (0, count - 1)
        painter.setPen(line(ink.training if middle else faint(ink.training, 0.35 if extreme else 0.55)))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs, column, strict=True)]))
    _paint_shares(painter, plot, [column[-1] for column in ys], ink)


def _paint_shares(painter: QPainter, plot: BandPlot, ends: list[float], ink: Ink) -> None:
    painter.setFont(font("axis"))
    painter.setPen(ink.secondary)
    names = {0.0: "min", 100.0: "max"}
    taken: list[float] = []
    shares = plot.layer.percentiles
    # The middle first, then outwards from the extremes, as long as they do not touch.
    order = sorted(range(len(shares)), key=lambda index: (shares[index] != 50, -abs(shares[index] - 50)))
    for index in order:
        if all(abs(ends[index] - other) >= 12 for other in taken):
            taken.append(ends[index])
            text = names.get(shares[index], f"{shares[index]:g} %")
            painter.drawText(QRectF(plot.right + 3, ends[index] - 8, 32, 16), _MIDDLE, text)


def _paint_axes(painter: QPainter, plot: BandPlot, ink: Ink) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font("axis"))
    painter.setPen(ink.secondary)
    rows = linear_ticks(plot.low, plot.high, max(1.0, (plot.bottom - plot.top) / 36))
    for value, text in zip(rows, tick_texts(rows, narrow=True), strict=True):
        y = plot.y(value)
        painter.fillRect(QRectF(plot.left, round(y), plot.right - plot.left, 1), ink.rows)
        box = QRectF(plot.place.left, y - 8, plot.left - plot.place.left - 7, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, text)
    columns = linear_ticks(plot.first, plot.last, max(1.0, (plot.right - plot.left) / 30))
    whole = [value for value in columns if math.isclose(value, round(value), abs_tol=1e-6)]
    for value, text in zip(whole, tick_texts(whole), strict=True):
        x = round(plot.x(value))
        painter.fillRect(QRectF(x, plot.top, 1, plot.bottom - plot.top), ink.columns)
        painter.drawText(QRectF(x - 20, plot.bottom + 5, 40, 16), Qt.AlignmentFlag.AlignCenter, text)
