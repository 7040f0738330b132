"""What pointer and keys do in a chart: zoom, pan, show all, read values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

from app.widgets.charts.scale import Axis

if TYPE_CHECKING:
    from app.widgets.charts.live_chart import LiveChart

_NOTCH = 120
_ZOOM = 1.25
_PAN = 0.1
_DRAG_FROM = 4
"""Pixels that the pointer must move before a press becomes a drag."""


class Interaction:
    """The wheel zooms about the pointer (over an axis: only that one; with Shift: only along the steps), dragging
    moves, a double click shows all; arrows move, + and - zoom, 0 shows all, F follows. All but the
    last fix the view.
    """

    def __init__(self, chart: LiveChart) -> None:
        self._chart = chart
        self._pressed: tuple[QPointF, Axis, Axis] | None = None
        self._dragging = False
        self.ringed = False
        """Whether the focus came by the keyboard and should be seen."""

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if not turn or self._chart.empty:
            event.ignore()
            return
        frame, place = self._chart.frame, event.position()
        beside, below = place.x() < frame.left, place.y() > frame.top + frame.height
        along_only = below or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._zoom(_ZOOM ** (-turn / _NOTCH), place, x=not beside, y=not along_only)
        event.accept()

    def press(self, event: QMouseEvent) -> None:
        """Perhaps the beginning of a drag."""
        if event.button() != Qt.MouseButton.LeftButton or self._chart.empty:
            event.ignore()
            return
        self._pressed = event.position(), self._chart.frame.x, self._chart.frame.y
        self._dragging = False

    def move(self, event: QMouseEvent) -> None:
        """Pan while the button is down; else read values."""
        place = event.position()
        if self._pressed is None:
            self._read(place)
            return
        start, x, y = self._pressed
        moved, frame = place - start, self._chart.frame
        if not self._dragging and moved.manhattanLength() < _DRAG_FROM:
            return
        self._dragging = True
        self._chart.setCursor(Qt.CursorShape.ClosedHandCursor)
        across, along = -moved.x() / frame.width, moved.y() / frame.height
        self._chart.look_at(x.part(across, 1 + across), y.part(along, 1 + along))

    def release(self, event: QMouseEvent) -> None:
        """The end of a drag."""
        self._pressed = None
        if self._dragging:
            self._chart.unsetCursor()
        self._dragging = False

    def double_click(self, event: QMouseEvent) -> None:
        """Show all."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._chart.show_all()

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key was meant for the chart."""
        if self._chart.empty or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        frame, key = self._chart.frame, Qt.Key(event.key())
        middle = QPointF(frame.left + frame.width / 2, frame.top + frame.height / 2)
        shifts = {
            Qt.Key.Key_Left: (-_PAN, 0.0),
            Qt.Key.Key_Right: (_PAN, 0.0),
            Qt.Key.Key_Up: (0.0, _PAN),
            Qt.Key.Key_Down: (0.0, -_PAN),
        }
        if key in shifts:
            across, along = shifts[key]
            self._chart.look_at(frame.x.part(across, 1 + across), frame.y.part(along, 1 + along))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(1 / _ZOOM, middle)
        elif key == Qt.Key.Key_Minus:
            self._zoom(_ZOOM, middle)
        elif key == Qt.Key.Key_0:
            self._chart.show_all()
        elif key == Qt.Key.Key_F and not self._chart.following:
            self._chart.follow_asked.emit()
        else:
            return False
        return True

    def focus(self, event: QFocusEvent) -> None:
        """Show a ring only for a focus that came by the keyboard."""
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.ringed = event.type() == QEvent.Type.FocusIn and by_key

    def _zoom(self, factor: float, place: QPointF, x: bool = True, y: bool = True) -> None:
        frame = self._chart.frame
        across = min(max((place.x() - frame.left) / frame.width, 0.0), 1.0)
        along = min(max(1 - (place.y() - frame.top) / frame.height, 0.0), 1.0)
        self._chart.look_at(
            frame.x.zoomed(factor, across) if x else frame.x, frame.y.zoomed(factor, along) if y else frame.y
        )

    def _read(self, place: QPointF) -> None:
        frame, steps = self._chart.frame, self._chart.content.steps
        if not len(steps) or not frame.rect.adjusted(-2, -2, 2, 2).contains(place.toPoint()):
            self._chart.pointed_at.emit(None)
            return
        wanted = frame.step_at(place.x())
        after = min(int(np.searchsorted(steps, wanted)), len(steps) - 1)
        before = max(after - 1, 0)
        nearest = before if wanted - steps[before] < steps[after] - wanted else after
        self._chart.pointed_at.emit(float(steps[nearest]))
        self._chart.setToolTip(self._chart.flag_at(place))
