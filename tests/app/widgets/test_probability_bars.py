"""Bars: the right words, the right length, and nothing painted that has not changed."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPaintEvent, QRegion
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.widgets.probability_bars import ProbabilityBars, percent, percent_in_words


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0004, "0 %"),
        (0.011, "1.1 %"),
        (0.989, "98.9 %"),
        (0.9994, "99.9 %"),
        (0.9996, "100 %"),
        (-0.4, "0 %"),
        (1.3, "100 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_words_do_not_claim_certainty() -> None:
    assert percent_in_words(0.00001) == "under 0.1 %"
    assert percent_in_words(0.99999) == "over 99.9 %"
    assert percent_in_words(0.5) == "50.0 %"
    assert percent_in_words(-0.4) == "under 0.1 %"
    assert percent_in_words(1.3) == "over 99.9 %"


class Counting(ProbabilityBars):
    def __init__(self) -> None:
        super().__init__()
        self.painted: list[QRegion] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(QRegion(event.region()))
        super().paintEvent(event)


@pytest.fixture
def bars(qtbot: QtBot) -> Counting:
    made = Counting()
    qtbot.addWidget(made)
    made.resize(280, 200)
    made.show()
    made.set_values([0.0] * 7 + [0.989, 0.0, 0.011])
    qtbot.wait(30)
    made.painted.clear()
    return made


def test_only_rows_that_look_different_are_painted(qtbot: QtBot, bars: Counting) -> None:
    bars.set_values([0.0] * 7 + [0.989, 0.0, 0.011])
    bars.set_values([0.00001] * 7 + [0.98901, 0.0, 0.011])
    qtbot.wait(30)
    assert bars.painted == []
    bars.set_values([0.0] * 7 + [0.9, 0.0, 0.1])
    qtbot.waitUntil(lambda: bool(bars.painted), timeout=1000)
    assert bars.painted == [QRegion(0, 140, 280, 20) | QRegion(0, 180, 280, 20)]


def test_bars_are_as_long_as_their_share(bars: Counting) -> None:
    shown = bars.grab().toImage()
    row = [shown.pixelColor(x, 150) for x in range(280)]
    assert row.count(theme().color("accent_fill")) == pytest.approx(0.989 * 191, abs=2)
    small = [shown.pixelColor(x, 190) for x in range(280)]
    assert small.count(theme().color("text_secondary")) >= 2


def test_it_can_be_read_without_seeing(bars: Counting) -> None:
    bars.describe()
    assert "7: 98.9 %" in bars.accessibleDescription()


def test_other_names(bars: Counting) -> None:
    bars.set_names(["T-shirt", "a very long name that does not fit anywhere"])
    assert bars.values() is None
    bars.set_values([0.25, 0.75])
    bars.grab()
    assert bars.sizeHint().height() == 40
    bars.set_values(None)
    bars.grab()


def test_rows_give_way(bars: Counting) -> None:
    bars.resize(280, 160)
    assert bars.row_height() == 16
    bars.resize(280, 400)
    assert bars.row_height() == 20
