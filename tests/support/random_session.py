"""The random user at the real window for a while, and everything that went wrong."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QObject, Qt, QThread, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.window.main_window import MainWindow
from app.window.start import open_window
from nn_engine.experiments import preset
from nn_engine.io.experiment_file import save_experiment
from tests.support.faults import Faults, threads, threads_left
from tests.support.freezes import FreezeWatch
from tests.support.random_user import RandomUser


@dataclass
class Outcome:
    """What happened."""

    user: RandomUser
    watch: FreezeWatch
    faults: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    starts: int = 0
    """How often the window was opened: the user may quit."""


class _Links(QObject):
    """Takes links that would open another program."""

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        """Nothing is opened."""


def make_files(folder: Path) -> None:
    """Good and bad files to open."""
    folder.mkdir(parents=True, exist_ok=True)
    save_experiment(folder / "small.json", preset("mnist-300").replace(train_size=500, batch_size=16, epochs=3))
    (folder / "broken.json").write_text("{")
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    (folder / "table.csv").write_text("a,b,label\n1,2,x\n3,4,y\n")
    Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(folder / "digit.png")


def use_at_random(
    application: QApplication,
    seconds: float,
    seed: int,
    folder: Path,
    heard: Callable[[str], None] = lambda words: None,
    opened: Callable[[MainWindow], None] = lambda window: None,
    then: Callable[[MainWindow], None] = lambda window: None,
) -> Outcome:
    """Open the window as ``main.py`` does, let the random user at it, close it.

    ``heard`` is told of each action; ``opened`` gets a window that has just opened, ``then`` one that is to be closed.
    """
    make_files(folder)
    links = _Links()
    QDesktopServices.setUrlHandler("file", links, "open")  # type: ignore[arg-type]  # bytes are refused
    user, watch = RandomUser(folder, seed, heard), FreezeWatch()
    outcome = Outcome(user, watch)
    before = threads()
    log = logging.getLogger()
    handlers, level = list(log.handlers), log.level
    try:
        with Faults(user.story) as faults:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                outcome.starts += 1
                _one_window(application, deadline, user, watch, faults, opened, then)
            outcome.faults = faults.found
    finally:
        QDesktopServices.unsetUrlHandler("file")
        for handler in set(log.handlers) - set(handlers):
            log.removeHandler(handler)
            handler.close()
        log.setLevel(level)
        gc.unfreeze()
        gc.enable()
    outcome.threads = threads_left(before)
    return outcome


def _one_window(
    application: QApplication,
    deadline: float,
    user: RandomUser,
    watch: FreezeWatch,
    faults: Faults,
    opened: Callable[[MainWindow], None],
    then: Callable[[MainWindow], None],
) -> None:
    window = open_window(application)
    faults.hear_exceptions()
    application.processEvents()  # what belongs to the start is no freeze
    opened(window)
    ended = _Ending(window, user, watch, then)
    window.closed.connect(watch.stop)  # a window that is closing need not answer
    QTimer.singleShot(max(1, round(1000 * (deadline - time.monotonic()))), ended, ended.begin)
    watch.start()
    user.use(window)
    application.exec()
    user.stop()
    watch.stop()
    faults.look_for_reports()
    for widget in QApplication.topLevelWidgets():
        if widget.parent() is None and isinstance(widget, (MainWindow, QDialog)):
            widget.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.unfreeze()  # a window freezes what there is, and with it what is left of the one before
    gc.collect()


class _Ending(QObject):
    """Leaves whatever is open above the window, each by its own way out, then closes the window."""

    def __init__(
        self, window: MainWindow, user: RandomUser, watch: FreezeWatch, then: Callable[[MainWindow], None]
    ) -> None:
        super().__init__(window)
        self._window, self._user, self._watch, self._then = window, user, watch, then

    def begin(self) -> None:
        """The time is over."""
        self._user.stop()
        self._go_on()

    def _go_on(self) -> None:
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is None and modal is None and QThread.currentThread().loopLevel() <= 1:
            self._watch.stop()
            self._then(self._window)
            self._window.close_at_once()
            return
        QTimer.singleShot(10, self, self._go_on)
        if popup is not None:
            popup.close()
        elif isinstance(modal, QDialog):
            modal.reject()
        else:
            QTest.keyClick(self._window.windowHandle(), Qt.Key.Key_Escape)


def classes_reached(user: RandomUser) -> tuple[Counter[str], list[str]]:
    """How often each of the program's widget classes in sight got an event, and those that never did."""
    ours: Callable[[type[QWidget]], bool] = lambda cls: cls.__module__.startswith("app.")  # noqa: E731
    reached = Counter({cls.__name__: count for cls, count in user.reached.items() if ours(cls)})
    missed = sorted(cls.__name__ for cls in user.seen if ours(cls) and cls not in user.reached)
    return reached, missed
