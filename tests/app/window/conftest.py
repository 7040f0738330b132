"""A whole window for each test, which is closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app.studio import Studio
from app.theme import apply_theme
from app.window.main_window import MainWindow
from nn_engine import Experiment
from tests.app.conftest import MakeStudio

MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def make_window(qtbot: QtBot, make_studio: MakeStudio) -> Iterator[MakeWindow]:
    """Makes windows with running pumps, and closes them after the test."""
    made: list[MainWindow] = []

    def make(experiment: Experiment | None = None) -> MainWindow:
        window = MainWindow(make_studio(experiment))
        made.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.pump.start()
        return window

    yield make
    for window in made:
        window.toasts.clear()
        window.close_at_once()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()


@pytest.fixture
def shown_studio(window: MainWindow) -> Studio:
    """The studio behind the window."""
    return window.studio


@pytest.fixture(autouse=True)
def light(qapp: object) -> Iterator[None]:
    """Each test begins with, and leaves behind, the light theme."""
    from PySide6.QtWidgets import QApplication

    yield
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, "light")
