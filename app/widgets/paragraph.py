"""Sentences on the studio's own line height of 20 px, broken where they must be; a label would set them tighter."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme
from app.theme.tokens import tokens

LINE: int = tokens()["font"]["line_height"]["text"]


def broken(text: str, metrics: QFontMetrics, room: int) -> list[str]:
    """The text in lines that are no wider than the room, except where one word is."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and metrics.horizontalAdvance(longer) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def balanced(text: str, metrics: QFontMetrics, room: int) -> list[str]:
    """The text in as few lines as ``broken`` needs, but of like lengths: no word is left alone on the last."""
    lines = broken(text, metrics, room)
    while room > 0 and len(narrower := broken(text, metrics, room)) == len(lines):
        lines, room = narrower, room - 4
    return lines


class Paragraph(QWidget):
    """A few sentences in the secondary colour, in the middle or from the left, at most ``widest`` pixels wide."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        centred: bool = True,
        widest: int = 280,
        color: str = "text_secondary",
    ) -> None:
        super().__init__(parent)
        self._text, self._color, self._widest = text, color, widest
        self._side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMaximumWidth(widest)
        self.setAccessibleName(text)
        theme().changed.connect(self.update)

    def text(self) -> str:
        """What it says."""
        return self._text

    def set_text(self, text: str) -> None:
        """Say something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(font())

    def heightForWidth(self, width: int) -> int:
        return LINE * len(broken(self._text, self._metrics(), width)) if self._text else 0

    def sizeHint(self) -> QSize:
        metrics = self._metrics()
        width = max((metrics.horizontalAdvance(line) for line in broken(self._text, metrics, self._widest)), default=0)
        return QSize(min(self._widest, width + 2), self.heightForWidth(min(self._widest, width + 2)))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(120, self.sizeHint().width()), LINE if self._text else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font())
        painter.setPen(theme().color(self._color if self.isEnabled() else "text_disabled"))
        for number, line in enumerate(broken(self._text, self._metrics(), self.width())):
            box = QRect(0, number * LINE, self.width(), LINE)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | self._side, line)
        painter.end()
