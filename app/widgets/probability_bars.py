"""Probabilities as painted bars, one row a class; a change repaints only the rows that look different."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme
from app.theme.tokens import measure

ROW = measure("height", "probability_row")
SMALLEST_ROW = 16
_BAR = 8
_GAP, _GAP_BEFORE_FIGURES = 16, 12
_FIGURES = "100.0 %"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WIDEST_NAME = 96
_MOST_STAMPS = 1024


def percent(share: float) -> str:
    """A share of 1 as it is written beside a bar: 98.9 %, and 0 % or 100 % where it rounds to these."""
    tenths = round(share * 1000)
    return f"{tenths // 10} %" if tenths in (0, 1000) else f"{tenths / 10:.1f} %"


def percent_in_words(share: float) -> str:
    """The same in a sentence, where 0 % and 100 % would claim too much: under 0.1 %, over 99.9 %."""
    tenths = round(share * 1000)
    return "under 0.1 %" if tenths == 0 else "over 99.9 %" if tenths == 1000 else percent(share)


class ProbabilityBars(QWidget):
    """Ten bars, or as many as there are names. The row of ``winner`` is bold and in the accent colour."""

    def __init__(self, names: Sequence[str] = tuple("0123456789"), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._values: list[float] | None = None
        self._shown: list[tuple[int, str, bool]] = []
        self._winner = -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._stamps: dict[tuple[object, ...], QPixmap] = {}
        theme().changed.connect(self._retint)
        self.set_names(names)

    def names(self) -> tuple[str, ...]:
        """What the rows are called."""
        return self._names

    def set_names(self, names: Sequence[str]) -> None:
        """Call the rows otherwise; their values are forgotten."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            widest = max((QFontMetrics(font("text", "button")).horizontalAdvance(name) for name in names), default=8)
            self._name_width = min(_WIDEST_NAME, max(8, widest))
            self._figure_width = QFontMetrics(font("text", "title")).horizontalAdvance(_FIGURES)
            self._values, self._winner = None, -1
            self._shown = self._looks()
            self.updateGeometry()
            self.update()

    def values(self) -> list[float] | None:
        """The probabilities shown."""
        return self._values

    def set_values(self, values: Sequence[float] | None) -> None:
        """Show probabilities, one a name, or none."""
        self._values = None if values is None else [float(value) for value in values]
        self._winner = -1 if not self._values else max(range(len(self._values)), key=self._values.__getitem__)
        before, self._shown = self._shown, self._looks()
        for row, look in enumerate(self._shown):
            if look != before[row]:
                self.update(self._row_rect(row))
        if before != self._shown:
            self.setAccessibleDescription(self._in_words())

    def _looks(self) -> list[tuple[int, str, bool]]:
        """What each row looks like: the bar's length, the figure and whether it has won."""
        if self._values is None:
            return [(0, "", False)] * len(self._names)
        room = self._bar_rect(0).width()
        return [(_length(value, room), percent(value), row == self._winner) for row, value in enumerate(self._values)]

    def _in_words(self) -> str:
        return ", ".join(f"{name}: {look[1]}" for name, look in zip(self._names, self._shown, strict=True) if look[1])

    # -- geometry -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(measure("width", "pad"), ROW * len(self._names))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, SMALLEST_ROW * len(self._names))

    def row_height(self) -> int:
        """How high a row is now: from 16 to 20 pixels."""
        return max(SMALLEST_ROW, min(ROW, self.height() // max(1, len(self._names))))

    def _row_rect(self, row: int) -> QRect:
        height = self.row_height()
        return QRect(0, row * height, self.width(), height)

    def _bar_rect(self, row: int) -> QRect:
        left = self._name_width + _GAP
        box = self._row_rect(row)
        right = self.width() - self._figure_width - _GAP_BEFORE_FIGURES
        return QRect(left, box.top() + (box.height() - _BAR) // 2, max(8, right - left), _BAR)

    def resizeEvent(self, event: object) -> None:
        self._shown = self._looks()

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        color = theme().color
        painter = QPainter(self)
        painter.fillRect(event.rect(), color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        region = event.region()
        radius = measure("radius", "bar")
        track = color("raised" if theme().dark else "window")
        for row, (length, figure, won) in enumerate(self._shown):
            box = self._row_rect(row)
            if not region.intersects(box):
                continue
            bar = self._bar_rect(row)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track)
            painter.drawRoundedRect(bar, radius, radius)
            if length:
                painter.setBrush(color("accent_fill" if won else "text_secondary"))
                painter.drawRoundedRect(QRectF(bar.left(), bar.top(), length, _BAR), min(radius, length / 2), radius)
            painter.drawPixmap(box.topLeft(), self._stamp(self._names[row], won, _LEFT, bar.left(), box.height()))
            if figure:
                width = box.right() - bar.right()
                place = box.topRight() - QPoint(width - 1, 0)
                painter.drawPixmap(place, self._stamp(figure, won, _RIGHT, width, box.height()))
        painter.end()

    def _retint(self) -> None:
        self._stamps.clear()
        self.update()

    def _stamp(self, text: str, won: bool, alignment: Qt.AlignmentFlag, width: int, height: int) -> QPixmap:
        """Text as a picture: drawing it costs far more than copying it, and figures come back again and again."""
        ratio = self.devicePixelRatioF()
        key = (text, won, alignment, width, height, ratio)
        stamp = self._stamps.get(key)
        if stamp is None:
            if len(self._stamps) >= _MOST_STAMPS:
                self._stamps.clear()
            stamp = QPixmap(round(width * ratio), round(height * ratio))
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(theme().color("panel"))
            painter = QPainter(stamp)
            painter.setPen(theme().color("text" if won else "text_secondary"))
            painter.setFont(font("text", "title") if won else font())
            if alignment == _LEFT and self._name_width == _WIDEST_NAME:
                text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, _WIDEST_NAME)
            painter.drawText(QRect(0, 0, width, height), alignment, text)
            painter.end()
            self._stamps[key] = stamp
        return stamp


def _length(value: float, room: int) -> int:
    """A bar's length in whole pixels; what is shown as more than 0 % has at least two."""
    length = round(min(1.0, max(0.0, value)) * room)
    return max(length, 2) if round(value * 1000) else length
