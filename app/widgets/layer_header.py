"""The words in the header of a layer's card, and how they share its width.

The shapes of all cards end under each other, as long as there is room for that. In a crowded row the shape moves to the
right, then the number of parameters goes, then the settings are cut short, and the title last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF

from app.theme import font

GAP = 8
LEAST = 24
"""Settings cut shorter than this say nothing."""


class Row(Protocol):
    """What a card shows."""

    @property
    def title(self) -> str:
        """The layer's name."""

    @property
    def detail(self) -> str:
        """Its settings in few words."""

    @property
    def output(self) -> str:
        """The shape that comes out, or ""."""

    @property
    def parameters(self) -> int | None:
        """How many parameters it has, if that is known."""

    @property
    def error(self) -> str:
        """Why it does not fit, or ""."""

    @property
    def explanation(self) -> str:
        """A sentence about this kind of layer."""


@dataclass(frozen=True)
class Word:
    """Some text in its place."""

    text: str
    left: int
    width: int
    font: QFont
    color: str


def header_words(row: Row, left: int, right: int, column: int) -> list[Word]:
    """The words between ``left`` and ``right``, the shape ending at ``column`` if it can.

    A row with an error says nothing of what comes out: its sentence does.
    """
    bold, plain, small = font("text", "button"), font(), font("caption")
    output = "" if row.error else row.output
    count = f"{row.parameters:,}" if row.parameters and not row.error else ""
    needed = _width(row.title, bold) + (GAP + _width(row.detail, plain) if row.detail else 0)
    end = right
    found: list[Word] = []
    if output:
        used, beside = _width(output, small), _width(count, small) + GAP if count else 0
        if needed > right - beside - used - GAP - left:
            count, beside = "", 0
        end = min(column, right - beside) if left + needed + GAP + used <= column else right - beside
        found.append(Word(output, end - used, used, small, "text_secondary"))
        end -= used + GAP
    if count:
        used = _width(count, small)
        found.append(Word(count, right - used, used, small, "text_secondary"))
        end = min(end, right - used - GAP)
    title = _cut(row.title, bold, end - left)
    found.append(Word(title, left, _width(title, bold), bold, "text"))
    start = left + _width(title, bold) + GAP
    detail = _cut(row.detail, plain, end - start) if end - start >= LEAST or row.detail == "" else ""
    if detail:
        found.append(Word(detail, start, _width(detail, plain), plain, "text_secondary"))
    return found


def _width(text: str, face: QFont) -> int:
    return math.ceil(QFontMetricsF(face).horizontalAdvance(text)) + 1


def _cut(text: str, face: QFont, room: int) -> str:
    return QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
