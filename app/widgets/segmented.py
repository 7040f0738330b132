"""A choice of few: all of them in sight, the chosen one raised."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.focus_ring import focus_ring
from app.widgets.tooltip import explainer

_FRAME = 3
_PADDING = 8
_ICON_WIDTH = 29


class Segmented(QWidget):
    """A painted row of words or icons, of which one is chosen; by mouse, or with the arrow keys.

    ``choices`` are words; with ``icons`` (names, one a choice) icons are shown and the words say what they mean.
    """

    chosen = Signal(int)
    """A person has chosen another; its place in the row."""

    def __init__(
        self,
        choices: Sequence[str],
        index: int = 0,
        *,
        icons: Sequence[str] = (),
        tips: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._choices, self._icons, self._tips = tuple(choices), tuple(icons), tuple(tips)
        self._index, self._pointed = index, -1
        self.setFont(font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(measure("height", "control"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._say()
        theme().changed.connect(self.update)

    def index(self) -> int:
        """The place of what is chosen."""
        return self._index

    def text(self) -> str:
        """The words of what is chosen."""
        return self._choices[self._index]

    def set_index(self, index: int) -> None:
        """Choose without telling anyone."""
        if 0 <= index < len(self._choices) and index != self._index:
            self._index = index
            self._say()
            self.update()

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._choices) and index != self._index:
            self.set_index(index)
            self.chosen.emit(index)

    def _say(self) -> None:
        self.setAccessibleDescription(f"{self.text()}, {self._index + 1} of {len(self._choices)}")

    def _widths(self) -> list[int]:
        if self._icons:
            return [_ICON_WIDTH] * len(self._icons)
        metrics = QFontMetrics(self.font())
        return [metrics.horizontalAdvance(words) + 2 * _PADDING for words in self._choices]

    def segment(self, index: int) -> QRectF:
        """Where a choice is drawn."""
        widths = self._widths()
        return QRectF(_FRAME + sum(widths[:index]), _FRAME, widths[index], self.height() - 2 * _FRAME)

    def _at(self, point: QPoint) -> int:
        places = range(len(self._choices))
        return next((place for place in places if point.x() < self.segment(place).right()), len(self._choices) - 1)

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()) + 2 * _FRAME, measure("height", "control"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        color, radius = theme().color, measure("radius", "control")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("separator" if theme().dark else "border"), 1))
        painter.setBrush(color("sunken" if theme().dark else "window"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setFont(self.font())
        for index, words in enumerate(self._choices):
            box, on = self.segment(index), index == self._index
            if on:
                painter.setPen(Qt.PenStyle.NoPen if theme().dark else QPen(color("border"), 1))
                painter.setBrush(color("raised_hover" if theme().dark else "raised"))
                inset = 0.0 if theme().dark else 0.5
                painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius - 2, radius - 2)
            shade = "text" if on or index == self._pointed else "text_secondary"
            if not self.isEnabled():
                shade = "text_disabled"
            if self._icons:
                size = measure("icon", "size")
                left, top = round(box.center().x() - size / 2), round(box.center().y() - size / 2)
                painter.drawPixmap(left, top, icon_pixmap(self._icons[index], shade, size))
            else:
                painter.setPen(color(shade))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._at(event.position().toPoint()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def _point(self, index: int) -> None:
        if index != self._pointed:
            self._pointed = index
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._choices) - 1
        moves = {
            Qt.Key.Key_Left: max(0, self._index - 1),
            Qt.Key.Key_Up: max(0, self._index - 1),
            Qt.Key.Key_Right: min(last, self._index + 1),
            Qt.Key.Key_Down: min(last, self._index + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in moves:
            self._choose(moves[key])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(event.pos())
            words = self._tips[index] if self._tips else self._choices[index] if self._icons else self.toolTip()
            if words:
                explainer().say(self, words, event.globalPos() + QPoint(8, 20))
            return True
        return super().event(event)
