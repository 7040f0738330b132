"""What lies above a chart's curves: labels of changes and of the best point, the moment, the crosshair, words.

Each piece knows the rectangle it covers, so that it is drawn only where something under it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPolygonF

from app.theme import font
from app.widgets.charts.content import Wording
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink, line
from app.widgets.paragraph import LINE, balanced

_RING = 5.5


@dataclass(frozen=True)
class Label:
    """Words on a filled ground."""

    rect: QRect
    text: str
    color: QColor
    ground: QColor
    bar: QColor | None = None
    """A bar at the left edge: the label belongs to the line there."""
    bar_right: bool = False
    tip: str = ""
    """What is said on pointing at it, if it is not all that can be said."""

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.ground)
        painter.drawRoundedRect(self.rect, 2, 2)
        if self.bar is not None:
            left = self.rect.right() - 1 if self.bar_right else self.rect.left()
            painter.fillRect(QRect(left, self.rect.top(), 2, self.rect.height()), self.bar)
        painter.setFont(font("axis"))
        painter.setPen(self.color)
        painter.drawText(self.rect, Qt.AlignmentFlag.AlignCenter, self.text)


@dataclass(frozen=True)
class Pennant:
    """A small flag: something was changed here, in no more room than this."""

    rect: QRect
    color: QColor
    tip: str
    leftward: bool = False

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        left, top = self.rect.left(), self.rect.top()
        corners: tuple[tuple[float, float], ...] = ((0, 0), (8, 0), (6, 3.5), (8, 7), (0, 7))
        if self.leftward:
            corners = tuple((8 - x, y) for x, y in corners)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color)
        painter.drawPolygon(QPolygonF([QPointF(left + x, top + y) for x, y in corners]))


@dataclass(frozen=True)
class Ring:
    """An open ring about the best point."""

    rect: QRect
    center: QPointF
    color: QColor

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(line(self.color, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self.center, _RING, _RING)


@dataclass(frozen=True)
class Cursor:
    """A line at one step, with a dot on the curve."""

    rect: QRect
    plot: QRect
    x: float
    y: float
    color: QColor
    dot: QColor
    halo: QColor
    tag: Label | None = None
    """Where it is, in words on the axis."""

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(round(self.x), self.plot.top(), 1, self.plot.height()), self.color)
        if self.plot.top() - 1 <= self.y <= self.plot.top() + self.plot.height() + 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(line(self.halo, 1))
            painter.setBrush(self.dot)
            painter.drawEllipse(QPointF(round(self.x) + 0.5, self.y), 3.0, 3.0)
        if self.tag is not None:
            self.tag.paint(painter)


Piece = Label | Pennant | Ring | Cursor


def text_width(text: str) -> int:
    """How wide a label's text is."""
    return QFontMetrics(font("axis")).horizontalAdvance(text)


def cursor(frame: Frame, step: float, value: float, color: QColor, ink: Ink, words: str = "") -> Cursor | None:
    """A line at a step with a dot at a value, if it is in sight; with ``words`` about its place on the axis."""
    if not frame.x.low <= step <= frame.x.high:
        return None
    x = frame.px(step)
    y = frame.py(value) if math.isfinite(value) else -math.inf
    rect = QRect(math.floor(x) - 5, frame.top - 4, 11, frame.height + 8)
    tag = None
    if words:
        width = text_width(words) + 8
        left = min(max(round(x) - width // 2, 0), frame.left + frame.width + 14 - width)
        tag = Label(QRect(left, frame.top + frame.height + 5, width, 16), words, ink.text, ink.raised)
        rect |= tag.rect.adjusted(-1, -1, 1, 1)
    return Cursor(rect, frame.rect, x, y, color, ink.training, ink.panel, tag)


def paint_words(painter: QPainter, frame: Frame, ink: Ink, wording: Wording) -> None:
    """What will appear here and what it should do, on a ground of its own in the middle of the plot."""
    plot = frame.rect
    rows = [
        (words, each, shade)
        for text, each, shade in (
            (wording.empty_title, font("text", "button"), ink.text),
            (wording.empty_note, font("text"), ink.secondary),
        )
        for words in balanced(text, QFontMetrics(each), plot.width() - 16)
    ]
    width = max(QFontMetrics(each).horizontalAdvance(words) for words, each, _ in rows) + 16
    top = plot.top() + round(plot.height() * 0.26)
    left = plot.left() + (plot.width() - width) // 2
    painter.fillRect(QRect(left, top, width, 16 + LINE * len(rows)), ink.panel)
    for index, (words, each, shade) in enumerate(rows):
        painter.setPen(shade)
        painter.setFont(each)
        box = QRect(left, top + 8 + LINE * index, width, LINE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
