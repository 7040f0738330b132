"""The loss over the learning rate, with the suggested rates marked and a line that is dragged to the chosen one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme
from app.theme.tokens import measure
from app.widgets import number_text
from app.widgets.charts.content import Floats, Wording
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink, ink, line
from app.widgets.charts.overlay import Label, paint_words, text_width
from app.widgets.charts.scale import Axis, linear_ticks, nice_step, tick_texts, ticks
from app.widgets.focus_ring import focus_ring
from app.widgets.tooltip import explainer

_LEFT, _TOP, _RIGHT, _BOTTOM = 48, 30, 16, 44
_ROWS, _COLUMN_DISTANCE = 6, 56
_ROOM = 1.15
"""How much higher the axis is than the loss before its valley; what comes after may leave the picture."""
_DOT, _GRIP, _LABEL = 3.0, 22, 18
_PAGE = 10**0.25
"""By how much Page up and Page down change the rate."""
_REACH = 6
"""How near the pointer must be to the line to look as if it could be dragged."""
_NOTHING = np.empty(0)


class RateChart(QWidget):
    """A rate is chosen by pressing or dragging anywhere in the plot, or by the arrow keys. Escape gives a drag up."""

    line_moved = Signal(float)
    """A person has moved the line to this rate."""

    def __init__(self, name: str, explanation: str) -> None:
        super().__init__()
        self._name, self._ink = name, ink()
        self._x, self._words = Axis(1e-6, 10, log=True), Wording(name)
        self._rates = self._raw = self._smooth = _NOTHING
        self._marks: dict[str, float] = {}
        self._line = math.nan
        self._dragging, self._before = False, math.nan
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setToolTip(explanation)
        self.setAccessibleDescription(explanation)
        self._tell_line()
        explainer().watch(self)
        theme().changed.connect(self._take_theme)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_curve(self, rates: Floats, raw: Floats, smooth: Floats) -> None:
        """Show the loss at each rate, and that smoothed."""
        self._rates, self._raw, self._smooth = rates, raw, smooth
        self.update()

    def show_marks(self, marks: Mapping[str, float]) -> None:
        """Mark rates by name."""
        self._marks = dict(marks)
        self.update()

    def show_words(self, title: str, note: str = "") -> None:
        """What to say while there is no curve."""
        self._words = Wording(self._name, empty_title=title, empty_note=note)
        self.update()

    def set_range(self, lowest: float, highest: float) -> None:
        """Show these rates."""
        self._x = Axis(lowest, highest, log=True)
        self.update()

    def set_line(self, rate: float) -> None:
        """Put the line at a rate."""
        if rate != self._line:
            self._line = rate
            self._tell_line()
            self.update()

    @property
    def rate(self) -> float:
        """Where the line stands."""
        return self._line

    @property
    def _in_sight(self) -> bool:
        return self._x.low * (1 - 1e-9) <= self._line <= self._x.high * (1 + 1e-9)

    def line_x(self) -> float:
        """Where the line is drawn."""
        return self._frame().px(self._line)

    def rate_at(self, x: float) -> float:
        """The rate at a place, as far as the axis goes."""
        return min(max(self._frame().step_at(x), self._x.low), self._x.high)

    def _tell_line(self) -> None:
        value = "" if math.isnan(self._line) else f", {_figures(self._line)}"
        self.setAccessibleName(f"{self._name}{value}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def sizeHint(self) -> QSize:
        return QSize(632, 300)

    # -- drawing --------------------------------------------------------------------------------------------------

    def _frame(self) -> Frame:
        width, height = max(8, self.width() - _LEFT - _RIGHT), max(8, self.height() - _TOP - _BOTTOM)
        return Frame(_LEFT, _TOP, width, height, self._x, self._heights())

    def _heights(self) -> Axis:
        """From nothing, or from the lowest loss if that is below, to just above what it was before its valley."""
        finite = self._smooth[np.isfinite(self._smooth)]
        if not len(finite):
            return Axis(0, 1)
        low = float(finite.min())
        high = float(finite[: int(finite.argmin()) + 1].max())
        room = (_ROOM - 1) * (high - min(low, 0.0)) or abs(high) or 1.0
        step = nice_step(high + room - min(low, 0.0), _ROWS)
        return Axis(math.floor(min(low, 0.0) / step) * step, math.ceil((high + room) / step) * step)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, frame, shades = QPainter(self), self._frame(), self._ink
        self._paint_axes(painter, frame, shades)
        if not len(self._rates):
            if self._words.empty_title:
                paint_words(painter, frame, shades, self._words)
            return
        painter.save()
        painter.setClipRect(frame.rect.adjusted(0, -1, 1, 1))
        xs = frame.xs(self._rates)
        _paint_curve(painter, xs, frame.ys(self._raw), shades.raw_sparse)
        _paint_curve(painter, xs, frame.ys(self._smooth), shades.training)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_marks(painter, frame, shades)

    def _paint_axes(self, painter: QPainter, frame: Frame, shades: Ink) -> None:
        painter.setFont(font("axis"))
        metrics, bottom = painter.fontMetrics(), frame.top + frame.height
        heights = linear_ticks(frame.y.low, frame.y.high, _ROWS)
        labelled = bool(len(self._rates))
        for value, text in zip(heights, tick_texts(heights, narrow=True), strict=True):
            y = round(frame.py(value))
            painter.fillRect(QRectF(frame.left, y, frame.width, 1), shades.rows)
            painter.setPen(shades.secondary)
            if labelled:
                box = QRectF(0, y - 8, frame.left - 9, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        rates = ticks(frame.x, frame.width / _COLUMN_DISTANCE)
        painter.setPen(shades.secondary)
        for value, text in zip(rates, tick_texts(rates), strict=True):
            x, width = round(frame.px(value)), metrics.horizontalAdvance(text) + 4
            painter.fillRect(QRectF(x, frame.top, 1, frame.height), shades.columns)
            left = min(x - width / 2, self.width() - width)  # one at the end of the axis must not be cut off
            painter.drawText(QRectF(left, bottom + 5, width, 16), Qt.AlignmentFlag.AlignCenter, text)
        below = QRectF(frame.left, bottom + 24, frame.width, 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "learning rate")
        if labelled:
            above = QRectF(0, frame.top - 24, frame.left - 9, 16)
            painter.drawText(above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "loss")

    def _paint_marks(self, painter: QPainter, frame: Frame, shades: Ink) -> None:
        """Lines and dots of the marks under the line that is dragged, all words above it."""
        seen = {name: rate for name, rate in self._marks.items() if frame.x.low <= rate <= frame.x.high}
        pen = line(shades.secondary)
        pen.setDashPattern([2, 2])
        for row, rate in enumerate(seen.values()):
            painter.setPen(pen)
            x = round(frame.px(rate)) + 0.5
            painter.drawLine(QLineF(x, _label_top(frame, row), x, frame.top + frame.height))
        if self._in_sight:
            painter.fillRect(QRect(round(self.line_x()), frame.top - 4, 1, frame.height + 4), shades.accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(line(shades.panel))
        painter.setBrush(shades.training)
        for rate in (each for each in seen.values() if each <= self._rates[-1]):
            place = QPointF(round(frame.px(rate)) + 0.5, frame.py(self._loss_at(rate)))
            if frame.rect.contains(place.toPoint()):
                painter.drawEllipse(place, _DOT, _DOT)
        for row, (name, rate) in enumerate(seen.items()):
            self._label(frame, row, f"{name} {_figures(rate)}", round(frame.px(rate)), shades).paint(painter)
        if self._in_sight:
            self._paint_grip(painter, frame)

    def _loss_at(self, rate: float) -> float:
        return float(np.interp(math.log(rate), np.log(self._rates), self._smooth))

    @staticmethod
    def _label(frame: Frame, row: int, text: str, x: int, shades: Ink) -> Label:
        width = text_width(text) + 18
        leftwards = x + width > frame.left + frame.width
        rect = QRect(x - width + 1 if leftwards else x, _label_top(frame, row), width, _LABEL)
        return Label(rect, text, shades.text, shades.raised, shades.secondary, bar_right=leftwards)

    def _paint_grip(self, painter: QPainter, frame: Frame) -> None:
        """The chosen rate, on what the line is dragged by."""
        text = _figures(self._line)
        width = text_width(text) + 16
        left = min(max(round(self.line_x()) - width // 2, 0), self.width() - width)
        grip = QRect(left, frame.top - _GRIP - 4, width, _GRIP)
        radius = measure("radius", "control")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("accent_hover" if self._dragging else "accent_fill"))
        painter.drawRoundedRect(grip, radius, radius)
        painter.setPen(theme().color("text_on_accent"))
        painter.setFont(font("axis"))
        painter.drawText(grip, Qt.AlignmentFlag.AlignCenter, text)

    def _take_theme(self) -> None:
        self._ink = ink()
        self.update()

    # -- choosing -------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not len(self._rates):
            event.ignore()
            return
        self._dragging, self._before = True, self._line
        self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._dragging:
            self._move_to(x)
        near = self._dragging or (bool(len(self._rates)) and abs(x - self.line_x()) <= _REACH)
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.update()

    def _move_to(self, x: float) -> None:
        self.line_moved.emit(self.rate_at(x))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        targets = {
            Qt.Key.Key_PageDown: self._line / _PAGE,
            Qt.Key.Key_PageUp: self._line * _PAGE,
            Qt.Key.Key_Home: self._x.low,
            Qt.Key.Key_End: self._x.high,
        }
        if self._dragging and key == Qt.Key.Key_Escape:
            self._dragging = False
            self.line_moved.emit(self._before)
        elif not len(self._rates) or key not in {*steps, *targets}:
            super().keyPressEvent(event)
        elif key in steps:
            text = number_text.stepped(number_text.write(self._line), steps[key], integer=False, step=None)
            self.line_moved.emit(min(max(float(text), self._x.low), self._x.high))
        else:
            self.line_moved.emit(min(max(targets[key], self._x.low), self._x.high))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)


def _label_top(frame: Frame, row: int) -> int:
    return frame.top + 4 + row * (_LABEL + 4)


def _figures(rate: float) -> str:
    return number_text.write(float(f"{rate:.6g}"))


def _paint_curve(painter: QPainter, xs: Floats, ys: Floats, color: QColor) -> None:
    """A line through all points that have a place; where the loss was no number it ends."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(line(color))
    good = np.isfinite(ys)
    points = [QPointF(x, y) for x, y in zip(xs[good].tolist(), ys[good].tolist(), strict=True)]
    painter.drawPolyline(QPolygonF(points))
