"""Probabilities as painted bars, one row a class; a change repaints only the rows that look different."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
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


_PERCENT = ("0 %", *(f"{tenths / 10:.1f} %" for tenths in range(1, 1000)), "100 %")


def percent(share: float) -> str:
    """A share of 1 as it is written beside a bar: 98.9 %, and 0 % or 100 % where it rounds to these."""
    return _PERCENT[_tenths(share)]


def _tenths(share: float) -> int:
    """Tenths of a percent; answers of a network that does not end in a softmax may leave the range of a share."""
    return min(1000, max(0, round(share * 1000)))


def percent_in_words(share: float) -> str:
    """The same in a sentence, where 0 % and 100 % would claim too much: under 0.1 %, over 99.9 %."""
    tenths = _tenths(share)
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
            self._place_rows()
            self._shown = self._looks()
            self.updateGeometry()
            self.update()

    def values(self) -> list[float] | None:
        """The probabilities shown."""
        return self._values

    def set_values(self, values: Sequence[float] | None) -> None:
        """Show probabilities, one a name, or none."""
        self._values = None if values is None else list(values)
        self._winner = -1 if not self._values else self._values.index(max(self._values))
        before, self._shown = self._shown, self._looks()
        for row, look in enumerate(self._shown):
            if look != before[row]:
                self.update(self._row_rects[row])

    def describe(self) -> None:
        """Tell those who cannot see the bars what they show; it takes longer than showing it."""
        self.setAccessibleDescription(self._in_words())

    def _looks(self) -> list[tuple[int, str, bool]]:
        """What each row looks like: the bar's length, the figure and whether it has won."""
        if self._values is None:
            return [(0, "", False)] * len(self._names)
        room = self._bar_rects[0].width() if self._bar_rects else 0
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

    def _place_rows(self) -> None:
        """Where each row and its bar lie: worked out once, for a pen has them painted a hundred times a second."""
        height, left = self.row_height(), self._name_width + _GAP
        room = max(8, self.width() - self._figure_width - _GAP_BEFORE_FIGURES - left)
        tops = range(0, height * len(self._names), height)
        self._row_rects = [QRect(0, top, self.width(), height) for top in tops]
        self._bar_rects = [QRect(left, top + (height - _BAR) // 2, room, _BAR) for top in tops]

    def resizeEvent(self, event: object) -> None:
        self._place_rows()
        self._shown = self._looks()

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        region = event.region()
        for name, (length, figure, won), box, bar in zip(
            self._names, self._shown, self._row_rects, self._bar_rects, strict=True
        ):
            if region.intersects(box):
                height, behind = box.height(), bar.right() + 1
                painter.drawPixmap(bar.topLeft(), self._bar_stamp(length, won, bar.width()))
                painter.drawPixmap(box.topLeft(), self._text_stamp(name, won, _LEFT, bar.left(), height))
                if figure:
                    stamp = self._text_stamp(figure, won, _RIGHT, box.width() - behind, height)
                    painter.drawPixmap(behind, box.top(), stamp)
        painter.end()

    def _retint(self) -> None:
        self._stamps.clear()
        self.update()

    def _text_stamp(self, text: str, won: bool, alignment: Qt.AlignmentFlag, width: int, height: int) -> QPixmap:
        def draw(painter: QPainter) -> None:
            shown = text
            painter.setPen(theme().color("text" if won else "text_secondary"))
            painter.setFont(font("text", "title") if won else font())
            if alignment == _LEFT and self._name_width == _WIDEST_NAME:
                shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, _WIDEST_NAME)
            painter.drawText(QRect(0, 0, width, height), alignment, shown)

        return self._stamp((text, won, alignment, width, height), width, height, draw)

    def _bar_stamp(self, length: int, won: bool, width: int) -> QPixmap:
        def draw(painter: QPainter) -> None:
            radius = measure("radius", "bar")
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("raised" if theme().dark else "window"))
            painter.drawRoundedRect(QRect(0, 0, width, _BAR), radius, radius)
            if length:
                painter.setBrush(theme().color("accent_fill" if won else "text_secondary"))
                painter.drawRoundedRect(QRectF(0, 0, length, _BAR), min(radius, length / 2), radius)

        return self._stamp((length, won, width), width, _BAR, draw)

    def _stamp(self, look: tuple[object, ...], width: int, height: int, draw: Callable[[QPainter], None]) -> QPixmap:
        """A picture of a part of a row: drawing it costs far more than copying it, and looks come back again."""
        ratio = self.devicePixelRatioF()
        stamp = self._stamps.get((look, ratio))
        if stamp is None:
            if len(self._stamps) >= _MOST_STAMPS:
                self._stamps.clear()
            stamp = QPixmap(round(width * ratio), round(height * ratio))
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(theme().color("panel"))
            painter = QPainter(stamp)
            draw(painter)
            painter.end()
            self._stamps[look, ratio] = stamp
        return stamp


def _length(value: float, room: int) -> int:
    """A bar's length in whole pixels; what is shown as more than 0 % has at least two."""
    length = round(min(1.0, max(0.0, value)) * room)
    return max(length, 2) if round(value * 1000) else length
