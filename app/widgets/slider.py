"""A slider painted by hand: a thin track, filled up to a round handle that goes where one clicks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from app.theme import theme
from app.theme.tokens import measure
from app.widgets.tooltip import explainer

_HANDLE = measure("width", "slider_handle")
_TRACK = measure("width", "slider_track")
_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
DISABLED_OPACITY = 0.45


class Slider(QSlider):
    """A horizontal slider. The wheel is left to what scrolls, unless the slider has the focus."""

    def __init__(self, low: int = 0, high: int = 1000, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._ring = False
        self.setRange(low, high)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(measure("height", "control"))
        explainer().watch(self)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(72, measure("height", "control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, measure("height", "control"))

    def handle_x(self) -> float:
        """Where the middle of the handle is."""
        span = max(1, self.maximum() - self.minimum())
        return _HANDLE / 2 + (self.sliderPosition() - self.minimum()) / span * (self.width() - _HANDLE)

    def _value_at(self, x: float) -> int:
        share = (x - _HANDLE / 2) / max(1, self.width() - _HANDLE)
        return round(self.minimum() + min(1.0, max(0.0, share)) * (self.maximum() - self.minimum()))

    def paintEvent(self, event: QPaintEvent) -> None:
        color, x, middle = theme().color, self.handle_x(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if not self.isEnabled():
            painter.setOpacity(DISABLED_OPACITY)
        track = QRectF(0, middle - _TRACK / 2, self.width(), _TRACK)
        painter.setBrush(color("border"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(color("accent_fill"))
        painter.drawRoundedRect(QRectF(0, track.top(), x, _TRACK), 2, 2)
        painter.setOpacity(1)
        hand = QPointF(x, middle)
        painter.setBrush(color("panel"))  # hides the track, also around a handle with a ring
        painter.drawEllipse(hand, _HANDLE / 2, _HANDLE / 2)
        if self._ring and self.hasFocus():
            painter.drawEllipse(hand, _HANDLE / 2 + 2, _HANDLE / 2 + 2)
            painter.setPen(QPen(color("focus"), 2))
            painter.drawEllipse(hand, _HANDLE / 2 + 2, _HANDLE / 2 + 2)
        if not self.isEnabled():
            painter.setOpacity(DISABLED_OPACITY)
        dark = theme().dark
        down = self.isSliderDown()
        painter.setPen(Qt.PenStyle.NoPen if dark else QPen(color("accent" if down else "border_hover"), 1))
        painter.setBrush(color("text" if dark else "raised"))
        radius = _HANDLE / 2 - (0 if dark else 0.5)
        painter.drawEllipse(hand, radius, radius)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.update()

    def _go(self, event: QMouseEvent) -> None:
        before = self.sliderPosition()
        self.setSliderPosition(self._value_at(event.position().x()))
        if self.sliderPosition() != before:
            self.update()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in _KEYBOARD
        super().focusInEvent(event)
