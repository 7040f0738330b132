"""Histograms of several layers over time, as ridges or as bands of percentiles, painted by hand.

Titles, axes and older slices lie in a pixmap. A tick draws only the front slices over it and asks for only their place
on the screen. Where not all layers fit side by side there are pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import font, theme
from app.widgets import ridge_painting as ridges
from app.widgets.buttons import IconButton
from app.widgets.charts.ink import ink
from app.widgets.focus_ring import focus_ring
from app.widgets.ridge_bands import BandLayer, BandPlot, paint_bands
from app.widgets.ridge_painting import Numbers, Place, RidgeLayer

NARROWEST = 140
"""A layer is at least so wide."""
_PAGER = 22
_NO_WORDS = ("", "")


@dataclass(frozen=True)
class Reading:
    """A bin of a slice of a layer; ``layer`` counts all layers, not those of the page."""

    layer: int
    index: int
    bin: int


class Ridgeline(QWidget):
    """Give it layers whenever something is new; nothing is drawn while it is hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ridges: tuple[RidgeLayer, ...] = ()
        self._bands: tuple[BandLayer, ...] | None = None
        self._moments: tuple[float, ...] = ()
        self._words = _NO_WORDS
        self._key: object = None
        self._page = 0
        self._reading: Reading | None = None
        self._told_beyond: list[tuple[int, int]] = []
        self._ink = ink()
        self._base = QPixmap()
        self._stale = True
        self.redraws = 0
        """How often everything was drawn."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Histograms")
        self.back = IconButton("chevron-left", "Show the layers before these.", self, size=20, icon_size=14)
        self.forth = IconButton("chevron-right", "Show the layers after these.", self, size=20, icon_size=14)
        self.back.clicked.connect(lambda: self.turn_to(self._page - 1))
        self.forth.clicked.connect(lambda: self.turn_to(self._page + 1))
        self._place_pager()
        theme().changed.connect(self._take_theme)

    # -- what is shown --------------------------------------------------------------------------------------------

    def set_ridges(
        self, layers: Sequence[RidgeLayer], moments: Sequence[float], words: tuple[str, str] = _NO_WORDS
    ) -> None:
        """Show slices taken at these moments (in epochs), the last of them in front.

        ``words`` are a heading and a sentence for a place that is empty or waits for more.
        """
        bad = tuple(layer.not_finite for layer in layers)
        key = (tuple(layer.generation for layer in layers), tuple(moments[:-1]), words, bad)
        anew = self._bands is not None or key != self._key or not layers
        self._ridges, self._bands, self._moments, self._words = tuple(layers), None, tuple(moments), words
        self._key = key
        if anew:
            self.redraw()
        elif self.isVisible():
            for place in self.places():
                self.update(place.front.toAlignedRect())
            self._tell_reading()

    def refresh_notes(self) -> None:
        """Tell anew how many values lie beyond the axis; for a slower rhythm than that of the ridges."""
        if self._stale or self._bands is not None or self._beyond() == self._told_beyond:
            return
        self._told_beyond = self._beyond()
        painter = QPainter(self._base)
        for number, place in zip(self.shown(), self.places(), strict=True):
            painter.fillRect(place.notes, self._ink.panel)
            ridges.paint_beyond(painter, self._ridges[number], place, self._ink)
            self.update(place.notes.toAlignedRect())
        painter.end()

    def _beyond(self) -> list[tuple[int, int]]:
        return [(layer.below, layer.above) for layer in self._ridges]

    def set_bands(self, layers: Sequence[BandLayer], words: tuple[str, str] = _NO_WORDS) -> None:
        """Show bands of percentiles."""
        self._ridges, self._bands, self._moments, self._words = (), tuple(layers), (), words
        self._reading = None
        self.redraw()

    @property
    def count(self) -> int:
        """How many layers there are."""
        return len(self._ridges if self._bands is None else self._bands)

    @property
    def beside(self) -> int:
        """How many layers stand side by side."""
        return max(1, min(self.count, self.width() // NARROWEST))

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.count // self.beside))

    @property
    def page(self) -> int:
        """The page in sight."""
        return min(self._page, self.pages - 1)

    def turn_to(self, page: int) -> None:
        """Show another page."""
        page = min(max(page, 0), self.pages - 1)
        if page != self._page:
            self._page, self._reading = page, None
            QToolTip.hideText()
            self.redraw()

    def shown(self) -> range:
        """The numbers of the layers on this page."""
        first = min(self.page * self.beside, max(self.count - self.beside, 0))
        return range(first, first + min(self.beside, self.count))

    def places(self) -> list[Place]:
        """Where the layers of this page are drawn."""
        return self._places(self.width(), self.height())

    def _places(self, width: int, height: int) -> list[Place]:
        pager = _PAGER if self.pages > 1 else 0
        return ridges.places(len(self.shown()), width, height - pager, max(len(self._moments), 1))

    # -- drawing --------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw everything anew, as soon as it can be seen."""
        self._stale = True
        self._place_pager()
        if self.isVisible():
            self.update()

    def _draw_base(self) -> None:
        self._stale = False
        self._told_beyond = self._beyond()
        self.redraws += 1
        ratio = self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        if self._base.size() != size:
            self._base = QPixmap(size)
        self._base.setDevicePixelRatio(ratio)
        painter = QPainter(self._base)
        self._paint_base(painter, self.width(), self.height())
        painter.end()

    def _paint_base(self, painter: QPainter, width: int, height: int) -> None:
        painter.fillRect(QRect(0, 0, width, height), self._ink.panel)
        error = theme().color("error")
        for number, place in zip(self.shown(), self._places(width, height), strict=True):
            if self._bands is not None:
                ridges.paint_title(painter, self._bands[number], place, self._ink, "epoch", error)
                paint_bands(painter, self._bands[number], place, self._ink)
                continue
            layer = self._ridges[number]
            ridges.paint_title(painter, layer, place, self._ink, "epoch" if place.slices > 1 else "", error)
            if place.slices == 1:
                ridges.paint_future(painter, place, self._ink)
            ridges.paint_older(painter, layer, place, self._ink)
            ridges.paint_axis(painter, layer, place, self._ink)
            ridges.paint_beyond(painter, layer, place, self._ink)
            ridges.paint_marks(painter, self._moments, place, self._ink)
        if self._words[0]:
            top = 0.15 * height if self.count else height / 2 - 30
            ridges.paint_words(painter, *self._words, QRectF(16, top, width - 32, 60), self._ink)

    def _paint_front(self, painter: QPainter, width: int, height: int, clip: QRect | None = None) -> None:
        if self._bands is not None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, place in zip(self.shown(), self._places(width, height), strict=True):
            if clip is None or place.front.intersects(QRectF(clip)):
                layer = self._ridges[number]
                ridges.paint_slice(painter, layer, layer.front, place, place.slices - 1, self._ink)

    def paint(self, painter: QPainter, width: int, height: int) -> None:
        """Draw all of it at a size, for a picture that is saved."""
        self._paint_base(painter, width, height)
        self._paint_front(painter, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale or self._base.devicePixelRatio() != self.devicePixelRatioF():
            self._draw_base()
        rect, ratio = event.rect(), self._base.devicePixelRatio()
        painter = QPainter(self)
        source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        painter.drawPixmap(QRectF(rect), self._base, source)
        self._paint_front(painter, self.width(), self.height(), rect)
        if self._reading is not None:
            self._paint_reading(painter, self._reading)
        if self.pages > 1:
            self._paint_pager(painter)
        painter.end()

    def _paint_reading(self, painter: QPainter, at: Reading) -> None:
        if at.layer not in self.shown() or self._counts(at) is None:
            return
        place, layer = self._place_of(at.layer), self._ridges[at.layer]
        counts = self._counts(at)
        assert counts is not None
        points = ridges.outline(layer, counts, place, place.base_of(at.index))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._ink.text)
        painter.drawPolyline(points)
        painter.setBrush(self._ink.panel)
        painter.drawEllipse(points[at.bin + 1], 3, 3)

    def _paint_pager(self, painter: QPainter) -> None:
        painter.setFont(font("caption"))
        painter.setPen(self._ink.secondary)
        layers = self.shown()
        text = (
            f"{layers[0] + 1}–{layers[-1] + 1} of {self.count}"
            if len(layers) > 1
            else f"{layers[0] + 1} of {self.count}"
        )
        box = QRect(0, self.height() - _PAGER - 4, self.width(), 20)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _place_pager(self) -> None:
        several = self.pages > 1
        middle, top = self.width() // 2, self.height() - _PAGER - 4
        self.back.move(middle - 62, top)
        self.forth.move(middle + 42, top)
        for button in (self.back, self.forth):
            button.setVisible(several)
        self.back.setEnabled(self.page > 0)
        self.forth.setEnabled(self.page < self.pages - 1)

    def _take_theme(self) -> None:
        self._ink = ink()
        self.redraw()

    # -- reading --------------------------------------------------------------------------------------------------

    def _place_of(self, layer: int) -> Place:
        return self.places()[layer - self.shown()[0]]

    def _counts(self, at: Reading) -> Numbers | None:
        layer = self._ridges[at.layer] if at.layer < len(self._ridges) else None
        if layer is None or at.index > len(layer.older) or at.bin >= len(layer.front):
            return None
        return layer.front if at.index == len(layer.older) else layer.older[at.index]

    def reading_at(self, point: QPointF) -> Reading | None:
        """The bin of the foremost slice that is seen at a place."""
        if self._bands is not None or not self._ridges:
            return None
        for number, place in zip(self.shown(), self.places(), strict=True):
            if place.start <= point.x() <= place.end:
                layer = self._ridges[number]
                share = (point.x() - place.start) / (place.end - place.start)
                column = min(int(share * len(layer.front)), len(layer.front) - 1)
                for index in range(place.slices - 1, -1, -1):
                    at = Reading(number, index, column)
                    counts = self._counts(at)
                    if counts is None:
                        return None
                    top = place.base_of(index) - ridges.heights(counts[column], layer.top, place)
                    if top - 3 <= point.y() <= place.base_of(index) + 3:
                        return at
        return None

    def describe(self, at: Reading) -> str:
        """A reading in words."""
        layer, counts = self._ridges[at.layer], self._counts(at)
        if counts is None:
            return ""
        low, high = (_number(layer.low + (at.bin + end) * layer.width) for end in (0, 1))
        values = "value" if counts[at.bin] == 1 else "values"
        return f"{layer.title}, epoch {self._moments[at.index]:.3g}: {counts[at.bin]:,} {values} from {low} to {high}"

    def _beyond_at(self, point: QPointF) -> str:
        """What the figures below an axis mean, if there are some at this place."""
        for number, place in zip(self.shown(), self.places(), strict=True):
            layer = self._ridges[number]
            if place.notes.contains(point) and (layer.below or layer.above):
                low, high = (_number(layer.low + bins * layer.width) for bins in (0, len(layer.front)))
                return (
                    f"Of all {layer.count:,} values {layer.below:,} lie below {low} and {layer.above:,} above {high}."
                )
        return ""

    def _read(self, at: Reading | None) -> None:
        if at != self._reading:
            self._reading = at
            self.update()
            self._tell_reading()

    def _tell_reading(self, where: QPoint | None = None) -> None:
        if self._reading is None or self._reading.layer not in self.shown():
            return
        at, place = self._reading, self._place_of(self._reading.layer)
        x = place.start + (at.bin + 0.5) * (place.end - place.start) / len(self._ridges[at.layer].front)
        corner = QPoint(round(x), round(place.base_of(at.index)))
        if self.hasFocus() or self.underMouse():
            QToolTip.showText(self.mapToGlobal(where or corner), self.describe(at), self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._bands is None:
            self._read(self.reading_at(point))
            if self._reading is None:
                QToolTip.showText(event.globalPosition().toPoint(), self._beyond_at(point), self)
            return
        for number, place in zip(self.shown(), self.places(), strict=True):
            if place.left <= point.x() < place.left + place.width:
                text = BandPlot(self._bands[number], place).read(point.x(), point.y())
                QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        self._read(None)
        QToolTip.hideText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.turn_to(self.page + (1 if key == Qt.Key.Key_PageDown else -1))
        elif key == Qt.Key.Key_Escape and self._reading is not None:
            self._read(None)
            QToolTip.hideText()
        elif not self._ridges or not self._move_reading(key):
            super().keyPressEvent(event)

    def _move_reading(self, key: int) -> bool:
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        back = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        if not sideways and not back:
            return False
        at = self._reading
        if at is None or at.layer not in self.shown():
            number = self.shown()[0]
            self._read(Reading(number, len(self._ridges[number].older), len(self._ridges[number].front) // 2))
            return True
        number, column, last = at.layer, at.bin + sideways, len(self._ridges[at.layer].front) - 1
        if (column < 0 or column > last) and number + sideways in self.shown():
            number += sideways
            column = 0 if sideways > 0 else len(self._ridges[number].front) - 1
        index = min(max(at.index + back, 0), len(self._ridges[number].older))
        self._read(Reading(number, index, min(max(column, 0), len(self._ridges[number].front) - 1)))
        return True

    # -- events ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reading = None
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.redraw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)

    def sizeHint(self) -> QSize:
        return QSize(416, 300)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
