"""Scrolling while something is dragged: near an edge of what can be scrolled, it moves on by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

EDGE = 40
"""How near an edge the pointer has to be."""

FASTEST = 14
"""How many pixels a frame it moves at the edge itself and beyond."""

FRAME_MS = 16


class EdgeScroll(QObject):
    """Works on the scroll area a widget stands in, if there is one, from ``start`` to ``stop``."""

    scrolled = Signal(QPoint)
    """The widget has moved; where the pointer is, on the screen."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._pointer = QPoint()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._move)

    @property
    def active(self) -> bool:
        """Whether something is being dragged."""
        return self._timer.isActive()

    def start(self) -> None:
        """A drag begins."""
        self._timer.start()

    def stop(self) -> None:
        """The drag is over."""
        self._timer.stop()

    def follow(self, pointer: QPoint) -> None:
        """The pointer is here, on the screen."""
        self._pointer = pointer

    def _area(self) -> QAbstractScrollArea | None:
        parent = self._widget.parentWidget()
        while parent is not None and not isinstance(parent, QAbstractScrollArea):
            parent = parent.parentWidget()
        return parent

    def _move(self) -> None:
        area = self._area()
        if area is None:
            return
        y, height = area.viewport().mapFromGlobal(self._pointer).y(), area.viewport().height()
        above, below = EDGE - y, y - (height - EDGE)
        depth = max(above, below)
        if depth <= 0:
            return
        pixels = max(1, round(FASTEST * min(depth, EDGE) / EDGE))
        top = self._widget.mapTo(area.viewport(), QPoint(0, 0)).y()
        bar = area.verticalScrollBar()
        before = bar.value()
        # Not past the widget's own ends: what is dragged has no place beyond them.
        if below > above:
            bar.setValue(before + max(0, min(pixels, top + self._widget.height() + EDGE - height)))
        else:
            bar.setValue(before - max(0, min(pixels, EDGE - top)))
        if bar.value() != before:
            self.scrolled.emit(self._pointer)
