"""Drawing ridges: a layer's histograms over time, the past behind and the present in front.

Places are worked out by ``Place``; what is drawn seldom (titles, axis, older slices) and what is drawn often (the front
slice) are separate functions, and both are also used for saved pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPolygonF

from app.theme import font
from app.widgets.charts.ink import Ink, line
from app.widgets.charts.scale import linear_ticks, nice_step, tick_texts

Numbers = NDArray[Any]

LEFT, RIGHT, TOP, BOTTOM = 16, 29, 20, 36
_TITLE_HEIGHT = 16
_DEEPEST, _PITCH = 0.69, 0.058
"""Shares of the plot's height: how far back slices may reach, the widest step between two."""
_HIGHEST, _ALONE = 0.56, 0.43
"""The highest ridge, in the same measure; and the only one, which leaves room for words."""
_MARK_DISTANCE, _TICK_DISTANCE = 22, 44
FUTURE = 9
"""Base lines that wait behind the only slice."""

_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class RidgeLayer(Protocol):
    """What is shown of one layer; all counts are of the shown bins."""

    @property
    def title(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def not_finite(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def older(self) -> Numbers: ...
    @property
    def front(self) -> Numbers: ...
    @property
    def top(self) -> float: ...
    @property
    def below(self) -> int: ...
    @property
    def above(self) -> int: ...
    @property
    def generation(self) -> int: ...


class Titled(Protocol):
    """What the line above a plot tells."""

    @property
    def title(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def not_finite(self) -> int: ...


@dataclass(frozen=True)
class Place:
    """Where one layer is drawn."""

    left: float
    width: float
    height: float
    slices: int = 1
    """How many slices there are, the front one among them."""

    @property
    def start(self) -> float:
        """The plot's left edge."""
        return round(self.left + LEFT)

    @property
    def end(self) -> float:
        """The plot's right edge."""
        return round(self.left + self.width - RIGHT)

    @property
    def base(self) -> float:
        """Where the front slice stands."""
        return self.height - BOTTOM

    @property
    def _plot(self) -> float:
        return max(self.base - TOP, 20.0)

    @property
    def pitch(self) -> float:
        """How far apart the base lines of two slices are."""
        return min(_PITCH * self._plot, _DEEPEST * self._plot / max(self.slices - 1, 1))

    @property
    def highest(self) -> float:
        """How high the highest ridge is."""
        most = _HIGHEST if self.slices > 1 else _ALONE
        return min(most * self._plot, self._plot - self.pitch * (self.slices - 1))

    def base_of(self, index: int) -> float:
        """Where the slice with this number stands; 0 is the oldest."""
        return self.base - (self.slices - 1 - index) * self.pitch

    @property
    def front(self) -> QRectF:
        """All that the front slice may touch."""
        top = self.base - self.highest
        return QRectF(self.start - 1, top - 2, self.end - self.start + 2, self.highest + 4)

    @property
    def notes(self) -> QRectF:
        """Below the axis, where it is told what lies beyond it."""
        return QRectF(self.start, self.base + 20, self.end - self.start, 14)


def places(count: int, width: float, height: float, slices: int) -> list[Place]:
    """Layers side by side."""
    each = width / max(count, 1)
    return [Place(index * each, each, height, slices) for index in range(count)]


def heights(counts: Numbers, top: float, place: Place) -> Numbers:
    """How far above its base line a slice is drawn in each bin."""
    shares: Numbers = np.minimum(counts / top, 1.0) * place.highest
    return shares


def outline(layer: RidgeLayer, counts: Numbers, place: Place, base: float) -> list[QPointF]:
    """The ridge from the plot's left edge to its right one."""
    step = (place.end - place.start) / len(counts)
    tops = (base - heights(counts, layer.top, place)).tolist()
    first, last = place.start, place.end
    middles = [QPointF(first + (index + 0.5) * step, top) for index, top in enumerate(tops)]
    return [QPointF(first, tops[0]), *middles, QPointF(last, tops[-1])]


def mix(back: QColor, front: QColor, share: float) -> QColor:
    """A colour between two."""
    return QColor.fromRgbF(
        back.redF() + (front.redF() - back.redF()) * share,
        back.greenF() + (front.greenF() - back.greenF()) * share,
        back.blueF() + (front.blueF() - back.blueF()) * share,
    )


def paint_slice(
    painter: QPainter, layer: RidgeLayer, counts: Numbers, place: Place, index: int, ink: Ink, lit: bool = False
) -> None:
    """One ridge, which hides what is behind it."""
    base = place.base_of(index)
    age = index / (place.slices - 1) if place.slices > 1 else 1.0
    points = outline(layer, counts, place, base)
    fill = mix(ink.panel, ink.training, 0.05 + 0.3 * age)
    # The line that follows covers the edge, so the fill needs no smoothing, which costs more than all the rest.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon(QPolygonF([*points, QPointF(place.end, base), QPointF(place.start, base)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line(ink.text if lit else mix(ink.panel, ink.training, 0.32 + 0.68 * age)))
    painter.drawPolyline(QPolygonF(points))


def paint_older(painter: QPainter, layer: RidgeLayer, place: Place, ink: Ink) -> None:
    """Everything behind the front slice, and the lines of the axis between."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for value in _ticks(layer, place):
        top = place.base_of(0)
        painter.fillRect(QRectF(round(_x(layer, place, value)), top, 1, place.base - top), ink.columns)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, counts in enumerate(layer.older):
        paint_slice(painter, layer, counts, place, index, ink)


def paint_future(painter: QPainter, place: Place, ink: Ink) -> None:
    """Base lines where slices will stand."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for index in range(1, FUTURE + 1):
        y = round(place.base - index * place.pitch)
        painter.fillRect(QRectF(place.start, y, place.end - place.start, 1), ink.columns)


def paint_axis(painter: QPainter, layer: RidgeLayer, place: Place, ink: Ink) -> None:
    """The values below."""
    painter.setFont(font("axis"))
    painter.setPen(ink.secondary)
    values = _ticks(layer, place)
    for value, text in zip(values, tick_texts(values), strict=True):
        x = _x(layer, place, value)
        painter.drawText(QRectF(x - 40, place.base + 5, 80, 16), Qt.AlignmentFlag.AlignCenter, text)


def paint_beyond(painter: QPainter, layer: RidgeLayer, place: Place, ink: Ink) -> None:
    """How many values lie beyond either end of the axis, in a line below it."""
    painter.setFont(font("axis"))
    painter.setPen(ink.secondary)
    box = place.notes
    if layer.below:
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | _MIDDLE, f"‹ {layer.below:,}")
    if layer.above:
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, f"{layer.above:,} ›")


def paint_marks(painter: QPainter, moments: Sequence[float], place: Place, ink: Ink) -> None:
    """The epochs of some slices, at the right."""
    if place.slices < 2:
        return
    painter.setFont(font("axis"))
    painter.setPen(ink.secondary)
    span = moments[-1] - moments[0]
    most = max(1.0, place.pitch * (place.slices - 1) / _MARK_DISTANCE)
    step = max(1.0, nice_step(span, most)) if span > 0 else 1.0
    free = -1e9
    for index, moment in enumerate(moments):
        whole = math.floor(moment + 1e-6)
        y = place.base_of(index)
        # The front slice moves on, and what is written here stays: it has a mark only where an epoch ends.
        if moment - whole < 1e-6 and whole % step == 0 and y - free >= _MARK_DISTANCE - 1:
            painter.drawText(QRectF(place.end + 6, y - 8, RIGHT - 6, 16), _MIDDLE, f"{whole}")
            free = y


def paint_title(painter: QPainter, layer: Titled, place: Place, ink: Ink, caption: str, error: QColor) -> None:
    """Which layer, how many values, and what is not a number among them."""
    box = QRectF(place.start, 0, place.width - LEFT - 10, _TITLE_HEIGHT)
    painter.setFont(font("caption", "button"))
    metrics = QFontMetrics(painter.font())
    title = metrics.elidedText(layer.title, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.setPen(ink.text)
    painter.drawText(box, _MIDDLE, title)
    used = metrics.horizontalAdvance(title) + 6
    painter.setFont(font("caption"))
    metrics = QFontMetrics(painter.font())
    texts = [(f"{layer.count:,}", ink.secondary)]
    if layer.not_finite:  # what is wrong comes first, should there be no room for both
        texts.insert(0, (f"{layer.not_finite:,} not finite", error))
    for text, color in texts:
        width = metrics.horizontalAdvance(text)
        if used + width <= box.width():
            painter.setPen(color)
            painter.drawText(box.adjusted(used, 0, 0, 0), _MIDDLE, text)
            used += width + 6
    if used + metrics.horizontalAdvance(caption) <= box.width():
        painter.setPen(ink.secondary)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, caption)


def paint_words(painter: QPainter, heading: str, note: str, box: QRectF, ink: Ink) -> None:
    """Two centred lines: what is here and what will come."""
    painter.setFont(font("text", "button"))
    painter.setPen(ink.text)
    top = QRectF(box.x(), box.y(), box.width(), 20)
    painter.drawText(top, Qt.AlignmentFlag.AlignCenter, heading)
    painter.setFont(font())
    painter.setPen(ink.secondary)
    painter.drawText(
        QRectF(box.x(), box.y() + 20, box.width(), 40),
        Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap,
        note,
    )


def _x(layer: RidgeLayer, place: Place, value: float) -> float:
    return place.start + (value - layer.low) / (layer.width * len(layer.front)) * (place.end - place.start)


def _ticks(layer: RidgeLayer, place: Place) -> list[float]:
    length = layer.width * len(layer.front)
    edge, room = 0.05 * length, place.end - place.start
    for closer in (1.0, 1.5, 2.2):
        ticks = linear_ticks(layer.low, layer.low + length, max(1.0, closer * room / _TICK_DISTANCE))
        found = [value for value in ticks if layer.low + edge <= value <= layer.low + length - edge]
        if len(found) >= 3:
            break
    return found
