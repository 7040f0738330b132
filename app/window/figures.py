"""The few big numbers of the transport bar: a caption above, a number and its unit below, painted by hand.

A live label costs more than a millisecond each time its text changes; this paints all of them in one go, and only when
one of them has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme

GAP = 24


@dataclass(frozen=True)
class Figure:
    """One number with its caption and unit; ``widest`` is the longest text it can get, so that nothing moves."""

    caption: str
    number: str
    unit: str = ""
    widest: str = ""


class Figures(QWidget):
    """Shows figures side by side; those that do not fit are left out from the right."""

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

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        caption, number, unit = font("caption"), font("number", "number"), font()
        measure_caption, measure_number, measure_unit = (QFontMetricsF(each) for each in (caption, number, unit))
        x = 0.0
        for figure in self._figures:
            number_width = measure_number.horizontalAdvance(figure.number)
            unit_width = measure_unit.horizontalAdvance(figure.unit)
            widest = measure_number.horizontalAdvance(figure.widest or figure.number) + 5 + unit_width
            width = max(measure_caption.horizontalAdvance(figure.caption), widest)
            if x + width > self.width():
                break
            painter.setFont(caption)
            painter.setPen(theme().color("text_secondary"))
            painter.drawText(QPointF(x, 13), figure.caption)
            painter.setFont(number)
            painter.setPen(theme().color("text"))
            painter.drawText(QPointF(x, 41), figure.number)
            painter.setFont(unit)
            painter.setPen(theme().color("text_secondary"))
            painter.drawText(QPointF(x + number_width + 5, 41), figure.unit)
            x += width + GAP
        painter.end()
