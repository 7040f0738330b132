"""A switch: on or off, at once."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme import theme
from app.theme.tokens import tokens
from app.widgets.focus_ring import focus_ring
from app.widgets.tooltip import explainer

WIDTH, HEIGHT, KNOB = 32, 18, 14


class Switch(QAbstractButton):
    """Painted; the knob glides in 120 ms. Space and Enter turn it, the arrow keys set it."""

    def __init__(self, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(checked)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(WIDTH, HEIGHT)
        self._place = 1.0 if checked else 0.0
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(tokens()["motion"]["state_change_ms"])
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._move)
        self.toggled.connect(self._start)
        explainer().watch(self)
        theme().changed.connect(self.update)

    def setChecked(self, checked: bool) -> None:
        """Turn it; without signals and without a glide while signals are blocked."""
        super().setChecked(checked)
        if self.signalsBlocked():
            self._glide.stop()
            self._place = 1.0 if checked else 0.0
            self.update()

    def knob_place(self) -> float:
        """Where the knob is on its way: 0 off, 1 on."""
        return self._place

    def _start(self, on: bool) -> None:
        self._glide.stop()
        if not self.isVisible():
            self._place = 1.0 if on else 0.0
            return
        self._glide.setStartValue(self._place)
        self._glide.setEndValue(1.0 if on else 0.0)
        self._glide.start()

    def _move(self, place: float) -> None:
        self._place = place
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        focus_ring().clicked(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            if self.isChecked() != (key == Qt.Key.Key_Right):
                self.click()
        elif focus_ring().leaves_to_window(self, event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        off, on = theme().color("border_hover"), theme().color("accent_fill")
        knob = QColor(theme().color("text_on_accent"))
        if not self.isEnabled():
            off, knob = (
                theme().color("border"),
                QColor(theme().color("raised" if not theme().dark else "text_disabled")),
            )
            on.setAlphaF(0.45)
        elif self.underMouse() and not self.isChecked():
            off = off.lighter(112) if theme().dark else off.darker(108)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_between(off, on, self._place))
        painter.drawRoundedRect(QRectF(0, 0, WIDTH, HEIGHT), HEIGHT / 2, HEIGHT / 2)
        painter.setBrush(knob)
        painter.drawEllipse(QPointF(HEIGHT / 2 + self._place * (WIDTH - HEIGHT), HEIGHT / 2), KNOB / 2, KNOB / 2)
        painter.end()


def _between(first: QColor, second: QColor, share: float) -> QColor:
    """A colour on the way from one to another."""
    rest = 1 - share
    return QColor.fromRgbF(
        first.redF() * rest + second.redF() * share,
        first.greenF() * rest + second.greenF() * share,
        first.blueF() * rest + second.blueF() * share,
        first.alphaF() * rest + second.alphaF() * share,
    )
