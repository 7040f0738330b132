"""A disk that is really full: a file system of a megabyte, or, where none can be mounted, a limit on file sizes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.window.main_window import MainWindow
from nn_engine import Experiment
from nn_engine.experiments import assemble
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.experiment_file import load_experiment
from nn_engine.io.metric_files import read_steps
from nn_engine.io.run_folder import RunFolder
from nn_engine.layers import DenseLayer, InputLayer
from nn_engine.training import StepEnd
from tests.app.conftest import MakeStudio, drain_until, train_to_end

SIZE = 2**20
FAULTS = ("No space left on device", "File too large")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")


@dataclass(frozen=True)
class Disk:
    """A place for files that can be full and have room again."""

    path: Path
    fill: Callable[[], None]
    free: Callable[[], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk of its own; where this process may not mount one, files that cannot grow."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    if mount and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        ballast = path / "ballast"

        def fill() -> None:
            with ballast.open("wb", buffering=0) as stream:
                try:
                    while True:
                        stream.write(bytes(4096))
                except OSError:
                    pass

        try:
            yield Disk(path, fill, lambda: ballast.unlink(missing_ok=True))
        finally:
            subprocess.run(["umount", "-l", str(path)], check=True)
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails, as on a full disk

        def limit(size: int) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

        try:
            limit(SIZE // 2)
            yield Disk(path, lambda: limit(16), lambda: limit(soft))
        finally:
            limit(soft)
            signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def large(small: Experiment) -> Experiment:
    """Its checkpoints are of half a megabyte: the first fits on the disk, the next beside it does not."""
    layers = (InputLayer(units=784), DenseLayer(units=80, fn="relu"), DenseLayer(units=10, fn="softmax"))
    return small.replace(name="large", layers=layers, epochs=3)


@pytest.fixture
def window(qtbot: QtBot, make_studio: MakeStudio, small: Experiment) -> Iterator[MainWindow]:
    made = MainWindow(make_studio(small.replace(epochs=500)))
    made.show()
    qtbot.waitExposed(made)
    made.pump.start()
    yield made
    made.toasts.clear()
    made.close_at_once()
    made.deleteLater()


def messages(window: MainWindow) -> str:
    return " | ".join(toast.text() for toast in window.toasts.messages())


def is_told(window: MainWindow, path: Path) -> bool:
    text = messages(window)
    return str(path) in text and any(fault in text for fault in FAULTS) and "make room" in text


def test_a_run_that_finds_the_disk_full_is_told_and_starts_once_there_is_room(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    studio = window.studio
    studio.preferences.set("data_folder", str(disk.path))
    runs = studio.preferences.runs_folder
    assert disk.path in runs.parents
    disk.fill()
    studio.train()
    qtbot.waitUntil(lambda: is_told(window, runs))
    assert studio.transport.failure == "The run could not be started"
    assert not studio.transport.running
    assert list(runs.iterdir()) == [], "no half of a run stays behind"
    studio.pad.put_test_image(0)
    assert studio.pad.probabilities is not None
    disk.free()
    studio.train()
    qtbot.waitUntil(lambda: studio.transport.step > 3)
    assert studio.transport.failure == ""
    studio.stop()
    qtbot.waitUntil(lambda: studio.transport.end_reason == "stopped")


def test_a_run_that_fills_the_disk_stops_there_and_what_it_learned_can_be_saved_elsewhere(
    make_studio: MakeStudio, large: Experiment, disk: Disk, home: Path
) -> None:
    studio = make_studio(large)
    studio.preferences.set("data_folder", str(disk.path))
    heard: list[str] = []
    studio.told.connect(lambda kind, text: heard.append(text))
    studio.train()
    drain_until(studio, lambda: heard)
    folder = studio.run_folder
    assert folder is not None
    assert str(folder) in heard[0]
    assert any(fault in heard[0] for fault in FAULTS)
    assert "What was learned is still here; make room" in heard[0]
    assert studio.transport.failure == "Training was interrupted"
    assert studio.transport.step == 10
    assert RunFolder.open(folder)[1].step == 0, "the older file is whole"
    disk.free()  # lifts a limit on file sizes, where that stands for the disk; the small disk is as full as before
    studio.save_checkpoint(home / "rescued.npz")
    drain_until(studio, (home / "rescued.npz").exists)
    rescued, expected = load_checkpoint(home / "rescued.npz"), assemble(large).trainer
    for event in expected.fit():
        if isinstance(event, StepEnd) and event.step == 10:
            break
    assert rescued.network.state.tobytes() == expected.network.state.tobytes()


def test_a_training_that_was_interrupted_goes_on_once_there_is_room(
    make_studio: MakeStudio, small: Experiment, disk: Disk
) -> None:
    studio = make_studio()
    studio.preferences.set("data_folder", str(disk.path))
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.will_run)
    disk.fill()
    studio.train()
    drain_until(studio, lambda: studio.transport.failure == "Training was interrupted")
    disk.free()
    train_to_end(studio)
    assert studio.transport.failure == ""
    assert studio.session is not None
    expected = assemble(small).trainer
    for _ in expected.fit():
        pass
    assert studio.session.trainer.snapshot().weights.tobytes() == expected.snapshot().weights.tobytes()
    assert studio.run_folder is not None
    rows = (studio.run_folder / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]
    assert len(read_steps(studio.run_folder / "steps.bin")) == 20
    names = sorted(each.name for each in (studio.run_folder / "checkpoints").iterdir())
    assert names == ["best.npz", "epoch-0001.npz", "epoch-0002.npz", "last.npz"]


def test_an_experiment_that_does_not_fit_leaves_the_older_file(qtbot: QtBot, window: MainWindow, disk: Disk) -> None:
    studio, path = window.studio, disk.path / "mine.json"
    assert studio.save_experiment(path) == ""
    older = path.read_bytes()
    edited = studio.document.experiment
    studio.document.set("layers.1.units", "33")
    disk.fill()
    window.commands.save()
    assert is_told(window, path)
    assert studio.document.modified
    assert path.read_bytes() == older
    assert load_experiment(path) == edited
    assert [each.name for each in disk.path.iterdir() if each.name != "ballast"] == ["mine.json"]
    disk.free()
    window.commands.save()
    assert load_experiment(path) == studio.document.experiment
    assert not studio.document.modified


def test_a_checkpoint_that_does_not_fit_leaves_the_older_file_and_the_training(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    studio, path = window.studio, disk.path / "mine.npz"

    def step(number: int) -> None:
        studio.step()
        qtbot.waitUntil(lambda: studio.transport.step == number and not studio.transport.will_run)

    step(1)
    studio.save_checkpoint(path)
    qtbot.waitUntil(path.exists)
    older = path.read_bytes()
    step(2)
    disk.fill()
    studio.save_checkpoint(path)
    qtbot.waitUntil(lambda: is_told(window, path))
    assert studio.transport.failure == "", "the training has not failed"
    step(3)
    assert path.read_bytes() == older
    assert load_checkpoint(path).step == 1
    assert [each.name for each in disk.path.iterdir() if each.name != "ballast"] == ["mine.npz"]
    disk.free()
    studio.save_checkpoint(path)
    qtbot.waitUntil(lambda: load_checkpoint(path).step == 3)
