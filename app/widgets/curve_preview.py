"""A small painted curve without axes: how something goes over the whole of a training."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme
from app.theme.tokens import measure


class CurvePreview(QWidget):
    """A line from left to right between nothing and its own height; what it says in words is its hint."""

    def __init__(self) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    @property
    def values(self) -> tuple[float, ...]:
        """What is shown."""
        return self._values

    def sizeHint(self) -> QSize:
        return QSize(100, measure("spacing", "l"))

    def show_values(self, values: Sequence[float]) -> None:
        """Show another curve."""
        if tuple(values) != self._values:
            self._values = tuple(values)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bottom, top, width = self.height() - 4.5, 4.5, self.width() - 1
        painter.setPen(QPen(theme().color("separator"), 1))
        painter.drawLine(QPointF(0, bottom + 1), QPointF(width, bottom + 1))
        highest = max(self._values, default=0)
        if len(self._values) < 2 or highest <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = width / (len(self._values) - 1)
        line = QPolygonF(
            [
                QPointF(index * step, bottom - (bottom - top) * value / highest)
                for index, value in enumerate(self._values)
            ]
        )
        painter.setPen(QPen(theme().color("training"), 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(line)
