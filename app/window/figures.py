"""The few big numbers of the transport bar: a caption above, a number and its unit below, painted by hand.

A live label costs more than a millisecond each time its text changes; this paints all of them in one go, and only when
one of them has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme

GAP, NARROWEST_GAP = 32, 16
UNIT_GAP = 5


@dataclass(frozen=True)
class Figure:
    """One number with its caption and unit; ``widest`` is the longest text it can get, so that nothing moves."""

    caption: str
    number: str
    unit: str = ""
    widest: str = ""


class Figures(QWidget):
    """Shows figures side by side; where room is short the gaps give way, and then figures from the right."""

    def __init__(self) -> None:
        super().__init__()
        self._figures: tuple[Figure, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(48)
        theme().changed.connect(self.update)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these; does nothing if they are what is shown already."""
        if tuple(figures) != self._figures:
            self._figures = tuple(figures)
            self.setAccessibleName("; ".join(f"{each.caption} {each.number} {each.unit}" for each in figures))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 48)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 48)

    def least_width(self) -> int:
        """How much room all of them need."""
        gaps = NARROWEST_GAP * max(0, len(self._figures) - 1)
        return ceil(sum(_width(figure) for figure in self._figures)) + gaps

    def places(self) -> list[float]:
        """Where each figure begins; shorter than their list where not all of them fit."""
        widths = [_width(figure) for figure in self._figures]
        room, between = self.width() - sum(widths), max(1, len(widths) - 1)
        gap = min(float(GAP), max(float(NARROWEST_GAP), room / between))
        starts = [sum(widths[:index]) + index * gap for index in range(len(widths))]
        return [start for start, width in zip(starts, widths, strict=True) if start + width <= self.width()]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        caption, number, unit = font("caption"), font("number", "number"), font()
        measure_number = QFontMetricsF(number)
        for figure, x in zip(self._figures, self.places(), strict=False):
            painter.setFont(caption)
            painter.setPen(theme().color("text_secondary"))
            painter.drawText(QPointF(x, 12), figure.caption)
            painter.setFont(number)
            painter.setPen(theme().color("text"))
            painter.drawText(QPointF(x, 38), figure.number)
            painter.setFont(unit)
            painter.setPen(theme().color("text_secondary"))
            painter.drawText(QPointF(x + measure_number.horizontalAdvance(figure.number) + UNIT_GAP, 38), figure.unit)
        painter.end()


def _width(figure: Figure) -> float:
    caption, number, unit = (QFontMetricsF(each) for each in (font("caption"), font("number", "number"), font()))
    words = UNIT_GAP + unit.horizontalAdvance(figure.unit) if figure.unit else 0
    widest = max(number.horizontalAdvance(text) for text in (figure.number, figure.widest))
    return max(caption.horizontalAdvance(figure.caption), widest + words)
