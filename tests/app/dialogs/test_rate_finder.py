"""The search for a learning rate by clicks, drags and keys, in its own window and from the main one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.dialogs.rate_finder import APPLY, IN_USE, RateFinderDialog
from app.studio import Studio
from app.widgets.buttons import PlainButton
from nn_engine.training.rate_curve import RateTrial

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot: QtBot, studio: Studio) -> Iterator[RateFinderDialog]:
    made = RateFinderDialog(studio.rates)
    qtbot.addWidget(made)
    made.come_to_front()
    qtbot.waitUntil(made.isActiveWindow)
    found(qtbot, studio)
    yield made
    made.close()


def found(qtbot: QtBot, studio: Studio) -> None:
    """Wait, as the pump does, until the search is over."""

    def over() -> bool:
        studio.drain()
        return studio.rates.state != "running"

    qtbot.waitUntil(over)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a search go on until it is cancelled."""

    def endless(*_: object, stop: Callable[[], bool], **__: object) -> Any:
        while not stop():
            yield RateTrial(1e-6, 2.0)

    monkeypatch.setattr("app.view_models.rate_finder.try_rates", endless)


def test_it_searches_as_it_opens_and_shows_what_it_found(dialog: RateFinderDialog) -> None:
    model = dialog.model
    assert model.state == "done"
    assert model.suggestion is not None
    assert dialog.finding.text() == model.suggestion.sentence
    assert dialog.finding.isVisible()
    assert not dialog.warning.isVisible()
    assert dialog.chart.rate == model.suggestions["valley"]
    for name, button in dialog.suggested.items():
        assert button.isVisible()
        assert button.text() == f"{name.capitalize()} {model.suggestions[name]:g}"
    assert dialog.in_use.text() == "in use: 0.1"
    assert dialog.search.text() == "Find again"
    assert not dialog.isModal()


def test_drag_apply_and_take_back(qtbot: QtBot, dialog: RateFinderDialog, studio: Studio) -> None:
    document, chart = studio.document, dialog.chart
    x = round(chart.line_x())
    QTest.mousePress(chart, LEFT, pos=QPoint(x, 150))
    QTest.mouseMove(chart, QPoint(x - 30, 150))
    QTest.mouseMove(chart, QPoint(x - 60, 152))
    QTest.mouseRelease(chart, LEFT, pos=QPoint(x - 60, 152))
    wanted = dialog.model.chosen
    assert wanted < dialog.model.suggestions["valley"]
    assert document.experiment.optimizer.learning_rate == 0.1  # chosen is not applied
    assert dialog.apply.isEnabled()
    assert dialog.apply.toolTip() == APPLY
    QTest.mouseClick(dialog.apply, LEFT)
    assert document.experiment.optimizer.learning_rate == wanted
    assert document.undo_text.startswith("Undo learning rate 0.1 → ")
    assert not dialog.apply.isEnabled()
    assert dialog.apply.toolTip() == IN_USE
    assert dialog.in_use.text() == f"in use: {wanted:.15g}"
    assert chart.hasFocus()
    QTest.keyClick(chart, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.experiment.optimizer.learning_rate == 0.1
    assert dialog.apply.isEnabled()
    QTest.keyClick(chart, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert document.experiment.optimizer.learning_rate == wanted


def test_keys_move_the_line_as_soon_as_it_is_open(dialog: RateFinderDialog) -> None:
    focused = QApplication.focusWidget()
    assert focused is dialog.chart
    before = dialog.model.chosen
    QTest.keyClick(focused, Qt.Key.Key_Right)
    assert dialog.model.chosen > before
    assert f"{dialog.model.chosen:g}" in dialog.chart.accessibleName()


def test_the_suggestions_put_the_line_on_themselves(dialog: RateFinderDialog) -> None:
    dialog.model.choose(1.0)
    for name, button in dialog.suggested.items():
        QTest.mouseClick(button, LEFT)
        assert dialog.chart.rate == dialog.model.suggestions[name]


def test_it_can_be_cancelled_and_begun_again(
    qtbot: QtBot, dialog: RateFinderDialog, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        slow(patch)
        QTest.mouseClick(dialog.search, LEFT)
        assert dialog.search.text() == "Cancel"

        def some() -> bool:
            studio.drain()
            return len(dialog.model.trials) > 3

        qtbot.waitUntil(some)
        assert " of 100 rates" in dialog.progress.text()
        assert not any(button.isVisible() for button in dialog.suggested.values())
        QTest.mouseClick(dialog.search, LEFT)
        assert dialog.model.state == "cancelled"
        assert dialog.warning.text().startswith("Cancelled after ")
        assert dialog.progress.text() == ""
    QTest.mouseClick(dialog.search, LEFT)
    found(qtbot, studio)
    assert dialog.model.state == "done"
    assert not dialog.warning.isVisible()


def test_closing_cancels(dialog: RateFinderDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    QTest.mouseClick(dialog.search, LEFT)
    QTest.keyClick(dialog.chart, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.model.state == "cancelled"


def test_opened_again_it_shows_what_it_found_unless_the_experiment_is_another(
    qtbot: QtBot, dialog: RateFinderDialog, studio: Studio
) -> None:
    trials = dialog.model.trials
    QTest.mouseClick(dialog.close_button, LEFT)
    assert not dialog.isVisible()
    dialog.come_to_front()
    assert dialog.model.trials is trials
    dialog.close()
    studio.document.set("optimizer.momentum", "0.5")
    dialog.come_to_front()
    assert dialog.model.state == "running"
    found(qtbot, studio)
    assert dialog.model.trials is not trials


def test_a_change_of_the_experiment_is_told(dialog: RateFinderDialog, studio: Studio) -> None:
    studio.document.set("layers.1.units", "14")
    assert "has changed since. Find again" in dialog.warning.text()
    studio.document.undo()
    assert dialog.warning.text() == ""


def test_no_clear_valley_is_said_with_what_to_try(qtbot: QtBot, dialog: RateFinderDialog, studio: Studio) -> None:
    type_in(dialog, "highest", "0.0001")
    found(qtbot, studio)
    assert dialog.model.highest == 0.0001
    assert dialog.warning.text().startswith("There is no clear valley: ")
    assert "Try " in dialog.warning.text()
    assert not dialog.finding.isVisible()
    assert not any(button.isVisible() for button in dialog.suggested.values())
    assert not dialog.apply.isEnabled()  # the rate in use is off the axis, and no other was chosen
    QTest.mouseClick(dialog.chart, LEFT, pos=QPoint(300, 150))  # one may choose all the same
    assert dialog.apply.isEnabled()
    type_in(dialog, "highest", "10")
    found(qtbot, studio)
    assert dialog.finding.isVisible()


def test_a_range_the_wrong_way_round_is_refused_in_place(dialog: RateFinderDialog) -> None:
    trials = dialog.model.trials
    type_in(dialog, "lowest", "100")
    assert "must be below" in dialog.range_error.text()
    QTest.mouseClick(dialog.search, LEFT)
    assert dialog.model.trials is trials
    type_in(dialog, "lowest", "0")
    assert dialog.range_error.text().startswith("Above 0.")
    type_in(dialog, "lowest", "0.001")
    assert dialog.range_error.text() == ""
    assert dialog.model.state == "running"


def type_in(dialog: RateFinderDialog, which: str, text: str) -> None:
    field = {"lowest": dialog.lowest, "highest": dialog.highest}[which]
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_an_experiment_that_cannot_be_trained_is_told_in_the_chart(dialog: RateFinderDialog, studio: Studio) -> None:
    studio.document.remove_layer(0)
    QTest.mouseClick(dialog.search, LEFT)
    assert dialog.model.state == "failed"
    assert dialog.chart._words.empty_title == "No rate can be tried"
    assert dialog.chart._words.empty_note == studio.document.fits
    assert not dialog.apply.isEnabled()


def test_the_schedule_is_told(dialog: RateFinderDialog, studio: Studio) -> None:
    assert dialog.schedule.text() == ""
    studio.document.set("schedule", "one_cycle")
    assert "It is the base of the schedule (one cycle): the training begins with " in dialog.schedule.text()


def test_everything_that_can_be_pressed_or_typed_in_explains_itself(dialog: RateFinderDialog) -> None:
    for button in (*dialog.suggested.values(), dialog.search, dialog.apply):
        assert button.toolTip(), button.text()
    assert {field.accessibleName() for field in (dialog.lowest, dialog.highest)} == {"First rate", "Last rate"}
    assert isinstance(dialog.close_button, PlainButton)
