"""A menu of registered parts: headings where there are groups, and letters that find a part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.widgets.part_menu import Choice, PartMenu, choices_of

CHOICES = [
    Choice("strange", "Strange thing", "Nobody knows."),
    Choice("dense", "Dense", "Every unit.", "core"),
    Choice("dropout", "Dropout", "Switches off.", "regularization"),
    Choice("max", "Max pooling", "The largest.", "convolution"),
    Choice("mean", "Average pooling", "The mean.", "convolution"),
    Choice("spatial", "Spatial dropout", "Switches maps off.", "regularization"),
]


@pytest.fixture
def chosen() -> list[str]:
    return []


@pytest.fixture
def menu(qtbot: QtBot, chosen: list[str]) -> Iterator[PartMenu]:
    made = PartMenu()
    qtbot.addWidget(made)
    made.fill(CHOICES, chosen.append)
    made.popup(QPoint(0, 0))
    qtbot.waitExposed(made)
    yield made
    made.close()


def titles(menu: PartMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def test_groups_have_headings_and_what_has_none_comes_last(menu: PartMenu) -> None:
    assert menu.headings() == ["Core", "Regularization", "Convolution", "Other"]
    assert titles(menu) == [
        "Dense",
        "Dropout",
        "Spatial dropout",
        "Max pooling",
        "Average pooling",
        "Strange thing",
    ]


def test_a_family_of_one_group_has_no_headings(qtbot: QtBot) -> None:
    menu = PartMenu()
    qtbot.addWidget(menu)
    menu.fill(choices_of("optimizer"), print)
    assert menu.headings() == []
    assert len(menu.actions()) == len(choices_of("optimizer"))


def test_the_arrow_keys_pass_headings_by(menu: PartMenu, chosen: list[str]) -> None:
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction().text() == "Dense"
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == ["dropout"]


def test_letters_find_a_part_by_its_beginning_and_then_by_a_word(menu: PartMenu, chosen: list[str]) -> None:
    QTest.keyClicks(menu, "dr")
    assert menu.activeAction().text() == "Dropout"
    menu._typed_at = 0.0
    QTest.keyClicks(menu, "pool")
    assert menu.activeAction().text() == "Max pooling"
    menu._typed_at = 0.0
    QTest.keyClicks(menu, "spatial d")
    assert menu.activeAction().text() == "Spatial dropout"
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == ["spatial"]


def test_the_same_letter_again_goes_on_to_the_next(menu: PartMenu) -> None:
    QTest.keyClicks(menu, "d")
    assert menu.activeAction().text() == "Dense"
    QTest.keyClicks(menu, "d")
    assert menu.activeAction().text() == "Dropout"


def test_every_layer_and_augmentation_of_the_engine_says_where_it_belongs() -> None:
    assert {choice.group for choice in choices_of("layer")} == {
        "core",
        "convolution",
        "normalization",
        "regularization",
        "shape",
    }
    assert {choice.group for choice in choices_of("augmentation")} == {"geometry", "intensity", "mixing"}
