from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from app.theme import font
from app.widgets.charts.content import TRAINING, VALIDATION
from app.widgets.charts.legend import Legend

NAMES = {TRAINING: "train", VALIDATION: "val"}


@pytest.fixture
def legend(qtbot: QtBot) -> Legend:
    made = Legend(NAMES, "99.9 %")
    qtbot.addWidget(made)
    made.set_values({TRAINING: "96.4 %", VALIDATION: "98.1 %"})
    made.set_place("at 3.9")
    return made


def _fit(legend: Legend, width: int) -> list[str]:
    """Give it so much room; returns how the names are written then."""
    legend.resize(width, 20)
    legend.show()
    return [entry.shown_name for entry in legend.entries.values()]


def test_with_room_names_are_whole_and_the_place_is_said(legend: Legend) -> None:
    assert _fit(legend, legend.sizeHint().width()) == ["training", "validation"]
    assert legend._place.width() >= QFontMetrics(font("axis")).horizontalAdvance("at 99,999")


def test_with_less_room_names_become_short_and_then_go(legend: Legend) -> None:
    widths = range(legend.sizeHint().width(), legend.minimumSizeHint().width() - 1, -1)
    forms = [_fit(legend, width) for width in widths]
    assert [form for form, _ in itertools.groupby(forms)] == [["training", "validation"], ["train", "val"], ["", ""]]


def test_no_value_is_ever_cut(legend: Legend) -> None:
    metrics = QFontMetrics(font("axis"))
    for width in range(legend.minimumSizeHint().width(), legend.sizeHint().width() + 1, 3):
        _fit(legend, width)
        places = [entry.geometry() for entry in legend.entries.values()]
        assert all(legend.rect().contains(place) for place in places)
        assert places[0].right() < places[1].left()
        for entry in legend.entries.values():
            before_value = 18 + (metrics.horizontalAdvance(entry.shown_name) + 6 if entry.shown_name else 0)
            assert before_value + metrics.horizontalAdvance(entry.value) <= entry.width()


def test_a_longer_value_takes_its_room(legend: Legend) -> None:
    width = legend.minimumSizeHint().width()
    _fit(legend, width)
    legend.set_values({TRAINING: "1.24e+15"})
    assert legend.minimumSizeHint().width() > width
    _fit(legend, legend.minimumSizeHint().width())
    entry = legend.entries[TRAINING]
    assert entry.width() >= 18 + QFontMetrics(font("axis")).horizontalAdvance("1.24e+15")
    assert not entry.geometry().intersects(legend.entries[VALIDATION].geometry())


def test_values_do_not_move_with_the_crosshair(legend: Legend) -> None:
    _fit(legend, legend.sizeHint().width())
    before = [entry.geometry() for entry in legend.entries.values()]
    legend.set_place("at 12.5")
    legend.set_values({TRAINING: "9.4 %", VALIDATION: "–"})
    assert [entry.geometry() for entry in legend.entries.values()] == before
