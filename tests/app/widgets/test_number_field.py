from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.widgets import number_text
from app.widgets.number_field import NumberField
from app.widgets.slider_field import SliderField

KEY = Qt.Key


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[NumberField]:
    """A learning rate, shown above another line to which the focus can go."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    made = NumberField("0.05", unit="per step", low=0.00001, high=10)
    other = QLineEdit()
    other.setObjectName("other")
    layout.addWidget(made)
    layout.addWidget(other)
    holder.resize(240, 100)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    other.setFocus()
    yield made
    holder.close()


def leave(field: NumberField) -> None:
    other = field.window().findChild(QLineEdit, "other")
    assert isinstance(other, QLineEdit)
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)


def type_over(field: NumberField, text: str) -> None:
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(20, 14))
    field.selectAll()
    QTest.keyClicks(field, text)


def heard(field: NumberField) -> list[str]:
    texts: list[str] = []
    field.edited.connect(texts.append)
    return texts


def test_the_unit_is_shown_and_the_range_while_editing(field: NumberField) -> None:
    assert field.note() == "per step"
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert field.note() == "0.00001 – 10"
    leave(field)
    assert field.note() == "per step"


def test_without_a_unit_the_range_is_shown_at_all_times(qtbot: QtBot) -> None:
    units = NumberField("300", low=1, high=4096, integer=True)
    qtbot.addWidget(units)
    units.resize(160, 28)
    assert units.note() == "1 – 4,096"
    units.resize(60, 28)
    assert units.note() == ""


def test_the_note_gives_way_to_the_number(field: NumberField) -> None:
    field.setFixedWidth(72)
    assert field.note() == ""


def test_enter_takes_a_number(field: NumberField) -> None:
    texts = heard(field)
    type_over(field, "0.1")
    assert texts == []
    QTest.keyClick(field, KEY.Key_Return)
    assert texts == ["0.1"]
    assert field.value() == "0.1"


def test_leaving_takes_a_number_once(field: NumberField) -> None:
    texts = heard(field)
    type_over(field, "0.2")
    leave(field)
    assert texts == ["0.2"]
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    leave(field)
    assert texts == ["0.2"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("12", "At most 10. 0.05 is still in use."),
        ("0", "At least 0.00001. 0.05 is still in use."),
        ("abc", "A number is needed. 0.05 is still in use."),
        ("nan", "A number is needed. 0.05 is still in use."),
        ("0,003", "Write 0.003: decimals take a point. 0.05 is still in use."),
        ("1,500", "Write 1.500 or 1500: decimals take a point. 0.05 is still in use."),
        ("1e999", "At most 10. 0.05 is still in use."),
    ],
)
def test_bad_input_is_refused_in_place(field: NumberField, typed: str, sentence: str) -> None:
    texts = heard(field)
    sentences: list[str] = []
    field.error_changed.connect(sentences.append)
    type_over(field, typed)
    leave(field)
    assert (field.text(), field.value(), field.error()) == (typed, "0.05", sentence)
    assert field.property("refused") is True
    assert field.note() == "0.00001 – 10"
    assert texts == []
    assert sentences == [sentence]


def test_a_refusal_goes_when_the_input_is_mended(field: NumberField) -> None:
    texts = heard(field)
    type_over(field, "12")
    QTest.keyClick(field, KEY.Key_Return)
    assert field.error()
    QTest.keyClick(field, KEY.Key_Backspace)
    assert not field.error()
    assert field.property("refused") is False
    QTest.keyClick(field, KEY.Key_Return)
    assert texts == ["1"]


def test_escape_brings_the_last_good_value_back(field: NumberField) -> None:
    type_over(field, "12")
    QTest.keyClick(field, KEY.Key_Return)
    QTest.keyClick(field, KEY.Key_Escape)
    assert (field.text(), field.error()) == ("0.05", "")
    leave(field)
    assert field.value() == "0.05"


def test_the_owner_can_refuse(field: NumberField) -> None:
    field.edited.connect(lambda text: field.set_error("Adam wants less than 1."))
    type_over(field, "3")
    QTest.keyClick(field, KEY.Key_Return)
    assert (field.text(), field.value(), field.error()) == ("3", "0.05", "Adam wants less than 1.")


def test_a_new_value_does_not_disturb_typing(field: NumberField) -> None:
    type_over(field, "0.7")
    field.set_value("0.04")
    assert field.text() == "0.7"
    assert field.value() == "0.04"
    QTest.keyClick(field, KEY.Key_Escape)
    assert field.text() == "0.04"


def test_what_was_refused_stays_until_the_value_changes(field: NumberField) -> None:
    type_over(field, "12")
    leave(field)
    field.set_value("0.05")
    assert field.text() == "12"
    field.set_value("0.06")
    assert (field.text(), field.error()) == ("0.06", "")


def test_arrows_step_and_stop_at_the_ends(field: NumberField) -> None:
    texts = heard(field)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClick(field, KEY.Key_Up)
    QTest.keyClick(field, KEY.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert texts == ["0.051", "0.041"]
    field.set_value("9.9")
    field.setText("9.9")
    QTest.keyClick(field, KEY.Key_PageUp)
    assert texts[-1] == "10"
    QTest.keyClick(field, KEY.Key_Up)
    assert (field.value(), field.error()) == ("10", "")


def test_whole_numbers_and_prefix(qtbot: QtBot) -> None:
    field = NumberField("128", low=1, high=60000, integer=True, prefix="±")
    qtbot.addWidget(field)
    field.show()
    texts = heard(field)
    type_over(field, "2.5")
    QTest.keyClick(field, KEY.Key_Return)
    assert field.error() == "A whole number is needed. 128 is still in use."
    type_over(field, "±64")
    QTest.keyClick(field, KEY.Key_Return)
    assert (field.text(), texts) == ("64", ["64"])
    QTest.keyClick(field, KEY.Key_Down)
    assert texts[-1] == "63"


@pytest.mark.parametrize(
    ("text", "steps", "result"),
    [
        ("0.05", 1, "0.051"),
        ("0.1", -1, "0.099"),
        ("0.099", 1, "0.1"),
        ("300", 1, "310"),
        ("0", -1, "-0.01"),
        ("x", 1, "x"),
    ],
)
def test_steps_go_by_the_second_figure(text: str, steps: int, result: str) -> None:
    assert number_text.stepped(text, steps, integer=False, step=None) == result


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,024", 1024),
        ("12,345,678", 12345678),
        ("1 024", 1024),
        ("−2", -2),
        ("1e-5", 0.00001),
        ("1,5", None),
        ("0,003", None),
        ("1234,567", None),
        (",500", None),
        ("inf", None),
    ],
)
def test_reading(text: str, number: float | None) -> None:
    found = number_text.read(text)
    assert (float(found) if found is not None else None) == number


def test_ranges_in_words() -> None:
    assert number_text.range_text(1, 4096) == "1 – 4,096"
    assert number_text.range_text(0, None) == "from 0"
    assert number_text.range_text(None, 1) == "up to 1"
    assert number_text.complaint("1", 0, 1, integer=False, high_open=True) == "Below 1."
    assert number_text.complaint("0", 0, 1, integer=False, low_open=True) == "Above 0."


@pytest.fixture
def slider(qtbot: QtBot) -> SliderField:
    made = SliderField("0.1", low=0.00001, high=10, logarithmic=True)
    made.resize(200, 28)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_slider_moves_in_ratios(slider: SliderField) -> None:
    assert slider.number_at(0) == "0.00001"
    assert slider.number_at(500) == "0.01"
    assert slider.number_at(1000) == "10"
    assert slider.position_of("0.01") == 500
    assert slider.position_of("99") == 1000


def test_dragging_edits_and_settles(slider: SliderField, qtbot: QtBot) -> None:
    texts: list[str] = []
    slider.edited.connect(texts.append)
    middle = slider.slider.height() // 2
    QTest.mousePress(slider.slider, Qt.MouseButton.LeftButton, pos=QPoint(7, middle))
    assert texts == ["0.00001"]
    QTest.mouseMove(slider.slider, QPoint(slider.slider.width() - 1, middle))
    slider.set_value("0.5")  # comes from elsewhere while the handle is held
    with qtbot.waitSignal(slider.settled):
        QTest.mouseRelease(slider.slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.slider.width() - 1, middle))


def test_typing_moves_the_handle_and_dragging_heals(slider: SliderField) -> None:
    texts: list[str] = []
    slider.edited.connect(texts.append)
    type_over(slider.field, "1")
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert slider.slider.value() == slider.position_of("1")
    type_over(slider.field, "99")
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert slider.error() == "At most 10. 1 is still in use."
    slider.slider.setFocus()
    QTest.keyClick(slider.slider, KEY.Key_Right)
    assert slider.error() == ""
    assert texts[0] == "1"
    assert float(texts[-1]) > 1


def test_an_open_end_is_never_reached(qtbot: QtBot) -> None:
    made = SliderField("0.5", low=0, high=1, high_open=True)
    qtbot.addWidget(made)
    assert made.number_at(1000) == "0.999"
    assert made.number_at(0) == "0"
