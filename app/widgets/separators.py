"""Lines of one pixel between things."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme


class Separator(QWidget):
    """A line across or down, in the colour of separators. It fills its place unless ``length`` is given."""

    def __init__(
        self,
        direction: Qt.Orientation = Qt.Orientation.Horizontal,
        parent: QWidget | None = None,
        *,
        length: int = 0,
        color: str = "separator",
    ) -> None:
        super().__init__(parent)
        self._color = color
        across = direction == Qt.Orientation.Horizontal
        fixed, grow = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(grow if across else fixed, fixed if across else grow)
        if across:
            self.setFixedHeight(1)
        else:
            self.setFixedWidth(1)
        if length and across:
            self.setFixedWidth(length)
        elif length:
            self.setFixedHeight(length)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(self._color))
        painter.end()


class HLine(Separator):
    """A line across."""

    def __init__(self, parent: QWidget | None = None, *, length: int = 0) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent, length=length)


class VLine(Separator):
    """A line down."""

    def __init__(self, parent: QWidget | None = None, *, length: int = 0) -> None:
        super().__init__(Qt.Orientation.Vertical, parent, length=length)
