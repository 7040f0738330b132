from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.theme import font
from app.window.main_window import MainWindow
from app.window.transport_bar import NARROW, ProgressLine, TwoLines, _clock, _metric
from nn_engine import Experiment
from nn_engine.optimizers import SGD
from tests.app.window.conftest import MakeWindow

LEFT = Qt.MouseButton.LeftButton


def test_before_training_it_says_what_will_be_trained_and_how_long_it_takes(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.transport
    bar.text_refresh()
    assert bar.lines.isVisible()
    assert not bar.progress.isVisible()
    assert bar.lines.accessibleName() == "Ready to train a new network. 2 epochs"
    qtbot.waitUntil(lambda: bar.lines.accessibleName().endswith("2 epochs, about a second here"))
    assert bar.figures.accessibleName() == "Pretrained network 99.4 % of the test digits right"
    assert bar.train.isEnabled()
    assert not bar.stop.isEnabled()
    assert bar.stop.toolTip() == "Nothing is being trained."
    assert not bar.rewind.isEnabled()


def test_before_training_it_says_how_good_the_pretrained_network_is_while_it_answers(
    qtbot: QtBot, window: MainWindow
) -> None:
    bar, studio = window.transport, window.studio
    assert studio.pretrained is not None
    accuracy = 100 * studio.pretrained.test_accuracy
    bar.text_refresh()
    assert bar.figures.accessibleName() == f"Pretrained network {accuracy:.1f} % of the test digits right"
    QTest.mouseClick(bar.step, LEFT)
    qtbot.waitUntil(lambda: studio.pretrained is None)
    QTest.mouseClick(bar.rewind, LEFT)
    qtbot.waitUntil(lambda: studio.session is not None and not studio.transport.begun)
    bar.text_refresh()
    assert bar.figures.accessibleName() == ""


def test_train_becomes_pause(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    window = make_window(small.replace(epochs=5000))
    bar, transport = window.transport, window.studio.transport
    QTest.mouseClick(bar.train, LEFT)
    qtbot.waitUntil(lambda: transport.step > 0 and bar.train.text() == "Pause")
    assert not bar.step.isEnabled()
    assert bar.step.toolTip() == "Pause first."
    assert bar.stop.isEnabled()
    QTest.mouseClick(bar.train, LEFT)
    qtbot.waitUntil(lambda: transport.worker_state == "paused")
    assert bar.train.text() == "Train"
    assert bar.step.isEnabled()


def test_until_the_first_step_it_says_what_is_done_and_offers_to_stop(qtbot: QtBot, window: MainWindow) -> None:
    bar, transport = window.transport, window.studio.transport
    window.pump.stop()
    QTest.mouseClick(bar.train, LEFT)
    transport.set_worker_state("building")
    assert bar.progress.isVisible()
    assert not bar.lines.isVisible()
    assert bar.progress.accessibleName() == "Building the network, 0 s"
    window.status.refresh()
    assert window.status.words.text() == "The network is being built. Stop gives it up."
    assert (bar.train.text(), bar.train.isEnabled()) == ("Pause", True)
    assert bar.step.toolTip() == "The network is being built."
    assert bar.stop.isEnabled()
    before = bar.progress.grab().toImage()
    qtbot.waitUntil(lambda: bar.progress.grab().toImage() != before)
    QTest.mouseClick(bar.stop, LEFT)
    assert bar.progress.accessibleName() == "Stopping, 0 s"
    assert not bar.stop.isEnabled()
    window.pump.start()
    qtbot.waitUntil(lambda: transport.worker_state == "paused" and not transport.wish)
    assert not bar.progress._frames.isActive() or not bar.progress.isVisible()


def test_each_button_does_what_it_says(qtbot: QtBot, window: MainWindow) -> None:
    bar, studio = window.transport, window.studio
    transport = studio.transport
    QTest.mouseClick(bar.step, LEFT)
    qtbot.waitUntil(lambda: transport.step == 1 and transport.worker_state == "paused")
    QTest.mouseClick(bar.epoch, LEFT)
    qtbot.waitUntil(lambda: transport.epochs_done == 1 and transport.worker_state == "paused")
    QTest.mouseClick(bar.stop, LEFT)
    qtbot.waitUntil(lambda: transport.end_reason == "stopped")
    bar.text_refresh()
    assert bar.progress.accessibleName() == "50 %, Stopped"
    QTest.mouseClick(bar.rewind, LEFT)
    qtbot.waitUntil(lambda: studio.session is not None and transport.worker_state == "paused")
    assert transport.step == 0
    seed = studio.document.experiment.seed
    QTest.mouseClick(bar.weights, LEFT)
    qtbot.waitUntil(lambda: studio.session is not None and transport.worker_state == "paused")
    assert studio.document.experiment.seed == seed + 1


def test_after_the_last_epoch_it_is_done_and_shows_the_figures(qtbot: QtBot, window: MainWindow) -> None:
    QTest.mouseClick(window.transport.train, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.end_reason != "")
    window.transport.text_refresh()
    assert window.transport.progress.accessibleName() == "100 %, Done"
    figures = window.transport.figures.accessibleName()
    assert figures.startswith("Epoch 2 of 2; Validation accuracy ")
    assert "Best so far" in figures
    assert "Learning rate 0.1 in use" in figures


def test_the_key_is_said_until_a_training_has_begun(qtbot: QtBot, window: MainWindow) -> None:
    wide = window.transport.train.sizeHint().width()
    QTest.mouseClick(window.transport.step, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.step == 1 and not window.studio.transport.running)
    narrow = window.transport.train.sizeHint().width()
    assert narrow < wide - 30
    QTest.mouseClick(window.transport.rewind, LEFT)
    qtbot.waitUntil(lambda: window.transport.train.sizeHint().width() == wide)


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("state", ["running", "paused", "stopped", "completed", "diverged"])
@pytest.mark.parametrize("monitor", ["val_accuracy", "val_loss"])
def test_every_figure_fits(qtbot: QtBot, window: MainWindow, width: int, state: str, monitor: str) -> None:
    window.pump.stop()
    window.resize(width, 800)
    transport, bar = window.studio.transport, window.transport
    transport.plan(391, 100, monitor)
    transport.epoch, transport.step, transport.epochs_done = 99, 39_099, 99
    transport.metrics = {monitor: 0.9876543}
    transport.best_value, transport.best_epoch, transport.learning_rate = 0.9876543, 100, 0.000437
    transport.end_reason = state if state not in ("running", "paused") else ""
    for now, samples in ((1.0, 0), (2.0, 9_876)):
        transport._marks.append((now, samples))
    if state != "running":
        transport.set_worker_state("paused")
    else:
        transport.worker_state = "running"
        bar.state_refresh()
    bar.text_refresh()
    qtbot.wait(10)  # for the layout
    names = bar.figures.accessibleName()
    assert [name in names for name in ("Epoch", "Validation", "Best", "Speed", "Learning rate")] == [True] * 5
    # What happened to a training that failed is said in words, which come before what is last of the figures.
    assert len(bar.figures.places()) == 5 if state != "diverged" else len(bar.figures.places()) >= 3
    assert bar.figures.geometry().right() <= bar.width()
    assert ("9,876 images/s" if state == "running" else "– images/s") in names
    if state == "diverged":
        assert bar.lines.isVisible()
        return
    words = QFontMetrics(font()).horizontalAdvance("100 %" + bar.progress.accessibleName().split(", ")[1])
    assert words + 8 <= bar.progress.width()
    buttons = (bar.train, bar.step, bar.epoch, bar.stop, bar.rewind, bar.weights)
    assert all(button.width() == button.sizeHint().width() for button in buttons)


def test_a_training_that_diverged_at_once_says_so(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    window = make_window(small.replace(optimizer=SGD(learning_rate=1000.0)))
    bar, transport = window.transport, window.studio.transport
    QTest.mouseClick(bar.train, LEFT)
    qtbot.waitUntil(lambda: transport.end_reason == "diverged")
    bar.text_refresh()
    assert bar.lines.isVisible()
    assert not bar.progress.isVisible()
    assert bar.lines.accessibleName().startswith("Training diverged in epoch 1. Train begins again")
    window.status.refresh()
    assert "diverged" in window.status.words.text()
    assert "best weights" not in window.status.words.text()  # there are none


def test_an_edit_that_waits_is_said_on_the_button_until_it_is_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    QTest.mouseClick(window.transport.step, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.step == 1 and not window.studio.transport.running)
    window.studio.document.set("layers.1.units", "20")
    assert window.transport.train.text() == "Train anew"
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.transport.train.text() == "Train")
    assert "Begin a new training" not in window.transport.train.toolTip()


def test_what_does_not_fit_is_said_instead(qtbot: QtBot, window: MainWindow) -> None:
    window.studio.document.set("layers.2.units", "9")
    window.transport.text_refresh()
    assert not window.transport.train.isEnabled()
    assert window.transport.train.toolTip() == window.studio.document.fits
    assert window.transport.lines.accessibleName().startswith("This cannot be trained yet. ")


def test_a_narrow_window_leaves_the_words_out(window: MainWindow) -> None:
    window.resize(NARROW - 50, 800)
    assert window.transport.step.text() == ""
    assert window.transport.step.accessibleName() == "One step"
    window.resize(NARROW + 50, 800)
    assert window.transport.step.text() == "Step"


def test_times_and_numbers() -> None:
    assert (_clock(5), _clock(65), _clock(3725)) == ("0:05", "1:05", "1:02:05")
    assert _metric("val_accuracy", 0.98765) == ("98.8", "%")
    assert _metric("val_loss", 0.123456) == ("0.1235", "")


def test_lines_are_painted(qtbot: QtBot) -> None:
    progress, lines = ProgressLine(), TwoLines()
    for widget in (progress, lines):
        qtbot.addWidget(widget)
        widget.resize(200, 44)
    empty = progress.grab().toImage()
    progress.show_progress(0.5, "50 %", "1:00 left")
    assert progress.grab().toImage() != empty
    lines.show_lines("Ready", "2 epochs")
    assert lines.sizeHint().width() > 20
    lines.grab()


def test_after_divergence_it_says_what_happened_and_what_train_does(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment
) -> None:
    window = make_window(small.replace(optimizer=SGD(learning_rate=1_000_000.0, momentum=0.9), epochs=5))
    QTest.mouseClick(window.transport.train, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.end_reason == "diverged" and not window.studio.transport.running)
    window.transport.text_refresh()
    assert window.transport.lines.isVisible()
    assert window.transport.lines.accessibleName() == (
        "Training diverged in epoch 1. Train begins again from the initial weights. Lower the learning rate first."
    )
    window.status.refresh()
    assert "best weights" not in window.status.words.text(), "there are none"
    window.studio.document.set("optimizer.learning_rate", "0.1")
    qtbot.waitUntil(lambda: "Ready to train a new network" in window.transport.lines.accessibleName())


def test_a_run_that_cannot_be_started_is_said_and_train_tries_again(
    qtbot: QtBot, window: MainWindow, home: Path
) -> None:
    runs = window.studio.preferences.runs_folder
    runs.parent.mkdir(parents=True, exist_ok=True)
    runs.touch()  # a file where the folder should be
    QTest.mouseClick(window.transport.train, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.failure != "")
    window.transport.text_refresh()
    assert window.transport.lines.accessibleName().startswith(
        "The run could not be started. Train begins again from the initial weights. "
    )
    assert str(runs) in window.transport.lines.accessibleName()
    assert window.transport.train.text() == "Train"
    runs.unlink()
    QTest.mouseClick(window.transport.train, LEFT)
    qtbot.waitUntil(lambda: window.studio.transport.end_reason == "completed")
    assert not window.transport.lines.isVisible()
