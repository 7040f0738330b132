"""The layer list: chosen, opened and moved by pointer and keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.theme import apply_theme
from app.widgets.layer_cards import LayerCards
from app.widgets.part_menu import Choice


@dataclass(frozen=True)
class Row:
    title: str
    detail: str = "300 relu"
    output: str = "→ 300"
    parameters: int | None = 235_500
    error: str = ""
    explanation: str = "Every unit sees every input."


ROWS = [Row("Input", "784", "→ 784", 0), Row("Dense"), Row("Dropout", "20 %", "→ 300", 0), Row("Dense", "10 softmax")]
CHOICES = [Choice("dense", "Dense", "Every unit."), Choice("dropout", "Dropout", "Switches off.")]


class Heard:
    """What the list asked for."""

    def __init__(self, cards: LayerCards) -> None:
        self.wishes: list[tuple[object, ...]] = []
        cards.wants_move.connect(lambda index, to: self.wishes.append(("move", index, to)))
        cards.wants_removal.connect(lambda index: self.wishes.append(("remove", index)))
        cards.wants_duplicate.connect(lambda index: self.wishes.append(("duplicate", index)))
        cards.wants_layer.connect(lambda index, name: self.wishes.append(("layer", index, name)))
        cards.wants_copy.connect(lambda index: self.wishes.append(("copy", index)))
        cards.wants_paste.connect(lambda index: self.wishes.append(("paste", index)))


def form(index: int) -> QWidget:
    made = QWidget()
    QVBoxLayout(made).addWidget(QLineEdit(str(index)))
    return made


@pytest.fixture
def cards(qtbot: QtBot, qapp: QApplication) -> LayerCards:
    apply_theme(qapp, "light")
    made = LayerCards(form, lambda: CHOICES)
    qtbot.addWidget(made)
    made.show_rows(ROWS)
    made.resize(264, made.sizeHint().height())
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def header(cards: LayerCards, index: int, x: int = 100) -> QPoint:
    return QPoint(x, 16)


def test_cards_are_32_high_and_touch_with_a_gap_of_4(cards: LayerCards) -> None:
    assert [card.height() for card in cards.cards] == [32] * 4
    assert [card.y() for card in cards.cards] == [0, 36, 72, 108]


def test_a_click_opens_a_card_and_a_second_closes_it(qtbot: QtBot, cards: LayerCards) -> None:
    QTest.mouseClick(cards.cards[1], Qt.MouseButton.LeftButton, pos=header(cards, 1))
    assert (cards.chosen, cards.opened) == (1, 1)
    first = cards.cards[1]
    assert first.findChild(QLineEdit) is not None
    QTest.mouseClick(cards.cards[2], Qt.MouseButton.LeftButton, pos=header(cards, 2))
    assert (cards.chosen, cards.opened) == (2, 2)
    assert first.form is None
    QTest.mouseClick(cards.cards[2], Qt.MouseButton.LeftButton, pos=header(cards, 2))
    assert (cards.chosen, cards.opened) == (2, -1)


def test_keys_choose_move_remove_duplicate_copy_and_paste(qtbot: QtBot, cards: LayerCards) -> None:
    heard = Heard(cards)
    cards.setFocus(Qt.FocusReason.TabFocusReason)
    assert cards.chosen == 0
    QTest.keyClick(cards, Qt.Key.Key_Down)
    QTest.keyClick(cards, Qt.Key.Key_Down)
    assert cards.chosen == 2
    QTest.keyClick(cards, Qt.Key.Key_Up)
    assert cards.chosen == 1
    assert "Dense 300 relu" in cards.accessibleDescription()
    alt, ctrl = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(cards, Qt.Key.Key_Up, alt)
    QTest.keyClick(cards, Qt.Key.Key_Down, alt)
    QTest.keyClick(cards, Qt.Key.Key_Delete)
    QTest.keyClick(cards, Qt.Key.Key_D, ctrl)
    QTest.keyClick(cards, Qt.Key.Key_C, ctrl)
    QTest.keyClick(cards, Qt.Key.Key_C, ctrl | Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(cards, Qt.Key.Key_V, ctrl)
    moves = [("move", 1, 0), ("move", 1, 2)]
    assert heard.wishes == [*moves, ("remove", 1), ("duplicate", 1), ("copy", 1), ("copy", -1), ("paste", 2)]


def test_nothing_moves_beyond_the_ends(qtbot: QtBot, cards: LayerCards) -> None:
    heard = Heard(cards)
    cards.setFocus()
    alt = Qt.KeyboardModifier.AltModifier
    cards.choose(0)
    QTest.keyClick(cards, Qt.Key.Key_Up)
    QTest.keyClick(cards, Qt.Key.Key_Up, alt)
    cards.choose(3)
    QTest.keyClick(cards, Qt.Key.Key_Down)
    QTest.keyClick(cards, Qt.Key.Key_Down, alt)
    assert heard.wishes == []
    assert cards.chosen == 3


def test_enter_opens_then_goes_into_the_form_and_keys_there_belong_to_it(qtbot: QtBot, cards: LayerCards) -> None:
    heard = Heard(cards)
    cards.setFocus()
    cards.choose(1)
    QTest.keyClick(cards, Qt.Key.Key_Return)
    assert cards.opened == 1
    QTest.keyClick(cards, Qt.Key.Key_Return)
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Down)
    QTest.keyClick(line, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert heard.wishes == []
    assert cards.chosen == 1
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_Escape)
    assert cards.opened == -1


def test_new_rows_leave_an_open_form_alone(cards: LayerCards) -> None:
    cards.choose(1, opened=True)
    before = cards.cards[1].form
    cards.show_rows([*ROWS[:1], replace(ROWS[1], detail="200 relu"), *ROWS[2:]])
    assert cards.cards[1].form is before
    assert cards.cards[1].accessibleName() == "Dense 200 relu, output 300, 235,500 parameters"
    cards.show_rows(ROWS[:1])
    assert len(cards.cards) == 1
    assert cards.chosen == 0


def test_an_error_stands_on_its_card_in_words(qtbot: QtBot, cards: LayerCards) -> None:
    cards.show_rows([ROWS[0], replace(ROWS[1], error="Expected one row of values; received an image.", output="")])
    card = cards.cards[1]
    assert card.accessibleDescription().startswith("Expected one row")
    cards.resize(264, 200)
    qtbot.waitUntil(lambda: card.height() > 40)
    cards.clearFocus()
    before = card.grab().toImage()
    cards.choose(1)
    assert card.grab().toImage() != before, "also among cards with errors the chosen one is seen"


@pytest.mark.parametrize(
    ("index", "end", "wish"),
    [(1, 150, ("move", 1, 3)), (3, 2, ("move", 3, 0)), (0, 70, ("move", 0, 1)), (2, 50, ("move", 2, 1))],
)
def test_the_grip_is_dragged_to_where_the_line_is(
    qtbot: QtBot, cards: LayerCards, index: int, end: int, wish: tuple[object, ...]
) -> None:
    heard, card = Heard(cards), cards.cards[index]
    start = QPoint(11, 16)
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=start)
    for y in (card.y() + 22, (card.y() + end) // 2, end):
        QTest.mouseMove(card, card.mapFrom(cards, QPoint(14, y)))
    assert cards._mark.isVisible()
    assert not cards.grab().isNull()
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=card.mapFrom(cards, QPoint(14, end)))
    assert heard.wishes == [wish]
    assert not cards._mark.isVisible()


def test_escape_gives_a_drag_up(qtbot: QtBot, cards: LayerCards) -> None:
    heard, card = Heard(cards), cards.cards[1]
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(11, 16))
    QTest.mouseMove(card, QPoint(14, 90))
    assert cards._mark.isVisible()
    QTest.keyClick(cards, Qt.Key.Key_Escape)
    assert not cards._mark.isVisible()
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(14, 90))
    assert heard.wishes == []


def test_a_drag_that_goes_nowhere_changes_nothing(qtbot: QtBot, cards: LayerCards) -> None:
    heard, card = Heard(cards), cards.cards[1]
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(11, 16))
    QTest.mouseMove(card, QPoint(14, 30))
    QTest.mouseMove(card, QPoint(14, 18))
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(14, 18))
    assert heard.wishes == []


def test_the_menu_of_a_card_does_what_the_keys_do(cards: LayerCards) -> None:
    heard = Heard(cards)
    menu = cards.menu_for(1)
    actions = {action.text().split("\t")[0]: action for action in menu.actions() if action.text()}
    for name in ("Move up", "Move down", "Duplicate", "Remove", "Copy this layer", "Copy all layers", "Paste below"):
        actions[name].trigger()
    inner = actions["Insert above"].menu()
    assert inner is not None
    added = inner.actions()  # type: ignore[attr-defined]
    assert [action.toolTip() for action in added] == ["Every unit.", "Switches off."]
    added[1].trigger()
    assert heard.wishes == [
        ("move", 1, 0),
        ("move", 1, 2),
        ("duplicate", 1),
        ("remove", 1),
        ("copy", 1),
        ("copy", -1),
        ("paste", 2),
        ("layer", 1, "dropout"),
    ]
    assert not {a.text().split("\t")[0]: a for a in cards.menu_for(0).actions()}["Move up"].isEnabled()


def test_the_tooltip_has_all_of_a_row_that_may_be_cut_short(cards: LayerCards) -> None:
    tip = cards.cards[1].toolTip()
    assert tip == "Dense 300 relu, output 300, 235,500 parameters.\nDense: Every unit sees every input."
