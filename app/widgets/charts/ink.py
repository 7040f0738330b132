"""The colours of a chart, asked from the theme once and kept until it changes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.theme import theme
from app.theme.tokens import tokens

_SOLID, _FLAT, _BEVEL = Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin


@dataclass(frozen=True)
class Ink:
    """Everything a chart is drawn with."""

    panel: QColor
    raised: QColor
    text: QColor
    secondary: QColor
    training: QColor
    validation: QColor
    accent: QColor
    focus: QColor
    rows: QColor
    """Lines of the grid that lie."""
    columns: QColor
    """Lines of the grid that stand: fainter, they matter less."""
    expected: QColor
    raw_sparse: QColor
    raw_dense: QColor


def ink() -> Ink:
    """The colours of the theme in use."""
    color, values = theme().color, tokens()["themes"][theme().name]
    grid, raw = values["grid_opacity"], values["training_raw_opacity"]
    return Ink(
        panel=color("panel"),
        raised=color("raised_hover"),
        text=color("text"),
        secondary=color("text_secondary"),
        training=color("training"),
        validation=color("validation"),
        accent=color("accent"),
        focus=color("focus"),
        rows=faint(color("text"), grid),
        columns=faint(color("text"), 0.6 * grid),
        expected=color("border"),
        raw_sparse=faint(color("training"), raw["sparse"]),
        raw_dense=faint(color("training"), raw["dense"]),
    )


def faint(color: QColor, opacity: float) -> QColor:
    """The colour at an opacity."""
    made = QColor(color)
    made.setAlphaF(opacity)
    return made


def line(color: QColor, width: float = 1) -> QPen:
    """A plain pen with flat ends."""
    return QPen(color, width, _SOLID, _FLAT, _BEVEL)
