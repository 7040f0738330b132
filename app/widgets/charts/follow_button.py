"""The button that appears in a chart whose view the user has moved: back to where the training is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.theme import font, theme
from app.theme.tokens import measure


class FollowButton(QAbstractButton):
    """Painted by hand: a plain button whose icon and word are in the accent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Follow")
        self.setFont(font("text", "button"))
        self.setAccessibleName("Follow the training")
        self.setToolTip("Show the training as it goes on; until then the view stays where you moved it.")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(88, measure("height", "control"))

    def paintEvent(self, event: QPaintEvent) -> None:
        color = theme().color
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = "raised_pressed" if self.isDown() else "raised_hover" if self.underMouse() else "raised"
        focused = self.hasFocus()
        painter.setPen(QPen(color("focus" if focused else "border"), 2 if focused else 1))
        painter.setBrush(color(state))
        radius, inset = measure("radius", "control"), 1 if focused else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        pen = QPen(color("accent"), 1.2)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        middle = self.height() / 2
        painter.drawPolygon(QPolygonF([QPointF(14.5, middle - 4.5), QPointF(22, middle), QPointF(14.5, middle + 4.5)]))
        painter.drawLine(QPointF(25.5, middle - 4.5), QPointF(25.5, middle + 4.5))
        painter.setFont(self.font())
        painter.drawText(QRect(35, 0, self.width() - 35, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
