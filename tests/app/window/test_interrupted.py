from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.view_models.preferences import Preferences
from app.widgets.toast import Toast
from app.window.interrupted import offer_to_go_on
from app.window.main_window import MainWindow
from nn_engine import Experiment
from nn_engine.experiments import Session, assemble
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.run_summary import find_interrupted

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def interrupted(preferences: Preferences, small: Experiment) -> tuple[RunFolder, Session]:
    """A run whose process ended without a word in the second of its two epochs."""
    session = assemble(small.replace(name="before"))
    folder = RunFolder.create(preferences.runs_folder / "before", session.trainer)
    session.trainer.observe(folder.record)
    events = session.trainer.fit()
    while session.trainer.step < 15:
        next(events)
    events.close()
    return folder, session


def offered(qtbot: QtBot, window: MainWindow) -> Toast:
    offer_to_go_on(window)
    qtbot.waitUntil(lambda: bool(window.toasts.messages()))
    (toast,) = window.toasts.messages()
    return toast


def nothing_offered(qtbot: QtBot, window: MainWindow) -> bool:
    looked: list[object] = []
    offer_to_go_on(window)
    window.studio.tasks.submit("after it", lambda: None, looked.append, looked.append)
    qtbot.waitUntil(lambda: bool(looked))
    return not window.toasts.messages()


def test_an_interrupted_training_is_offered_and_goes_on(
    qtbot: QtBot, window: MainWindow, interrupted: tuple[RunFolder, Session]
) -> None:
    folder, _ = interrupted
    studio = window.studio
    toast = offered(qtbot, window)
    assert re.fullmatch(r"The training of (.+, )?\d\d:\d\d was interrupted at epoch 2 of 2\.", toast.text())
    assert not toast._clock.isActive(), "it waits for an answer"
    assert toast.action_button is not None
    assert toast.action_button.text() == "Go on"
    QTest.mouseClick(toast.action_button, LEFT)
    qtbot.waitUntil(lambda: studio.transport.end_reason == "completed" and not studio.transport.running)
    assert (studio.run_folder, studio.document.experiment.name) == (folder.path, "before")
    assert studio.transport.step == 20
    assert find_interrupted(studio.preferences.runs_folder) is None
    assert toast not in window.toasts.messages()


def test_what_was_dismissed_is_not_offered_again(
    qtbot: QtBot, window: MainWindow, interrupted: tuple[RunFolder, Session]
) -> None:
    toast = offered(qtbot, window)
    assert toast.close_button.text() == "Dismiss"
    QTest.mouseClick(toast.close_button, LEFT)
    assert window.toasts.messages() == []
    assert window.studio.transport.step == 0
    assert nothing_offered(qtbot, window)
    window.studio.preferences.store.sync()
    again = Preferences().recall("runs_offered")
    assert interrupted[1].trainer.run_id in again


def test_a_run_of_a_living_process_is_not_offered(
    qtbot: QtBot, window: MainWindow, interrupted: tuple[RunFolder, Session]
) -> None:
    with interrupted[0]:
        assert nothing_offered(qtbot, window)
    assert offered(qtbot, window).isVisible()


def test_the_offer_goes_when_something_else_is_trained(
    qtbot: QtBot, window: MainWindow, interrupted: tuple[RunFolder, Session]
) -> None:
    offered(qtbot, window)
    QTest.mouseClick(window.transport.train, LEFT)
    assert window.toasts.messages() == []
    qtbot.waitUntil(lambda: window.studio.transport.step > 0)


def test_without_runs_nothing_is_offered(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    assert nothing_offered(qtbot, window)
