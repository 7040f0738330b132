from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import apply_theme
from app.widgets.charts.ink import ink
from app.widgets.ridge_bands import BandPlot
from app.widgets.ridge_painting import Numbers, Place, heights, paint_marks
from app.widgets.ridgeline import Ridgeline


@dataclass
class Layer:
    """A layer of made-up counts."""

    older: Numbers
    front: Numbers
    title: str = "Dense 3"
    count: int = 300
    not_finite: int = 0
    low: float = -1.0
    width: float = 0.25
    top: float = 100.0
    below: int = 0
    above: int = 0
    generation: int = 1


@dataclass
class Spread:
    """Percentiles of a made-up layer."""

    moments: Numbers = field(default_factory=lambda: np.array([0.0, 1.0, 2.0]))
    values: Numbers = field(default_factory=lambda: np.array([[-1.0, 0, 1], [-2, 0, 2], [-4, 1, 4]]))
    percentiles: tuple[float, ...] = (0.0, 50.0, 100.0)
    title: str = "Dense 3"
    count: int = 300
    not_finite: int = 0


FRONT = np.array([0, 10, 50, 100, 100, 50, 10, 0])


def _layer(slices: int = 3, **changes: object) -> Layer:
    layer = Layer(np.tile(FRONT, (slices - 1, 1)), FRONT.copy())
    for name, value in changes.items():
        setattr(layer, name, value)
    return layer


@pytest.fixture
def line(qtbot: QtBot) -> Ridgeline:
    made = Ridgeline()
    qtbot.addWidget(made)
    made.resize(415, 300)
    made.show()
    return made


@pytest.mark.parametrize("slices", [1, 2, 8, 24])
def test_ridges_fit_between_title_and_axis(slices: int) -> None:
    place = Place(0, 208, 300, slices)
    assert place.base_of(slices - 1) == place.base
    assert place.base_of(0) - place.highest >= 19.5
    assert place.highest > 60


def test_a_count_is_as_high_as_its_share(line: Ridgeline) -> None:
    place = Place(0, 208, 300, 3)
    assert heights(np.array([0, 50, 100, 900]), 100, place).tolist() == pytest.approx(
        [0, place.highest / 2, place.highest, place.highest]
    )


def test_only_a_new_generation_draws_everything(line: Ridgeline) -> None:
    line.set_ridges([_layer(), _layer()], [0, 1, 2])
    line.grab()
    drawn = line.redraws
    line.set_ridges([_layer(front=FRONT // 2), _layer()], [0, 1, 2.5])
    line.grab()
    assert line.redraws == drawn
    line.set_ridges([_layer(generation=2), _layer()], [0, 1, 2.5])
    line.grab()
    assert line.redraws == drawn + 1


def test_every_bin_of_the_front_slice_can_be_read(line: Ridgeline) -> None:
    line.set_ridges([_layer()], [0, 1, 2])
    (place,) = line.places()
    for column, count in enumerate(FRONT):
        x = place.start + (column + 0.5) * (place.end - place.start) / 8
        at = line.reading_at(QPointF(x, place.base - 1))
        assert at is not None
        assert (at.index, at.bin) == (2, column)
        low = -1 + column * 0.25
        values = f"{count:,} values from {low:g} to {low + 0.25:g}".replace("-", "−")
        assert line.describe(at) == f"Dense 3, epoch 2: {values}"
    assert line.reading_at(QPointF(place.end + 9, place.base)) is None


def test_what_lies_beyond_is_told_below_the_axis(line: Ridgeline) -> None:
    line.set_ridges([_layer()], [0, 1, 2])
    (place,) = line.places()
    bare = line.grab().toImage()
    line.set_ridges([_layer(below=12, above=3)], [0, 1, 2])
    assert line.grab().toImage() == bare
    line.refresh_notes()
    assert line.grab().toImage() != bare
    text = line._beyond_at(place.notes.center())
    assert text == "Of all 300 values 12 lie below −1 and 3 above 1."


def test_bands_read_moment_and_share() -> None:
    plot = BandPlot(Spread(), Place(0, 208, 300))
    assert plot.read(plot.x(2), plot.y(4)) == "Epoch 2: the largest is 4"
    assert plot.read(plot.x(1.1), plot.y(0.2)) == "Epoch 1: 50 % lie below 0"


def test_bands_of_one_moment_and_of_no_numbers_are_drawn(line: Ridgeline) -> None:
    one = Spread(np.array([0.0]), np.array([[-1.0, 0, 1]]))
    nothing = Spread(np.array([0.0, 1]), np.full((2, 3), np.nan), not_finite=300)
    same = Spread(np.array([0.0, 1]), np.zeros((2, 3)))
    line.resize(700, 300)
    line.set_bands([one, nothing, same])
    assert not line.grab().isNull()
    plot = BandPlot(nothing, line.places()[1])
    assert plot.read(plot.x(0), 100) == "Epoch 0: none of the values is a number."


def test_an_empty_place_says_what_will_come(line: Ridgeline) -> None:
    blank = line.grab().toImage()
    line.set_ridges([], [], ("The weights appear here", "Soon."))
    assert line.grab().toImage() != blank


def test_colours_follow_the_theme(qapp: QApplication, line: Ridgeline) -> None:
    line.set_ridges([_layer()], [0, 1, 2])
    light = line.grab().toImage()
    try:
        apply_theme(qapp, "dark")
        dark = line.grab().toImage()
    finally:
        apply_theme(qapp, "light")
    assert dark.pixelColor(2, 2).lightness() < 60 < light.pixelColor(2, 2).lightness()
    assert line.grab().toImage() == light


class Marks:
    """Stands for a painter, and notes what is written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def setFont(self, font: object) -> None: ...

    def setPen(self, pen: object) -> None: ...

    def drawText(self, box: object, how: object, text: str) -> None:
        self.written.append(text)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [((0.0, 1.0), ["0", "1"]), ((0.0, 1.0, 1.0026), ["0", "1"]), ((0.0, 1.0, 1.9), ["0", "1"]), ((3.4, 4.0), ["4"])],
)
def test_only_ends_of_epochs_are_marked_and_none_twice(
    qapp: QApplication, moments: tuple[float, ...], expected: list[str]
) -> None:
    marks = Marks()
    paint_marks(cast(QPainter, marks), moments, Place(0, 200, 600, len(moments)), ink())
    assert marks.written == expected
