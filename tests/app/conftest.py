"""What tests of the window share: places of their own, a little data, and a studio that ends with the test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings

from app.studio import Studio
from app.view_models.preferences import Preferences
from nn_engine import Experiment
from nn_engine.data import MNIST, LoadedData
from nn_engine.layers import DenseLayer, InputLayer
from nn_engine.optimizers import SGD

Until = Callable[[Callable[[], object]], None]
MakeStudio = Callable[..., Studio]


@pytest.fixture(scope="session")
def digits() -> LoadedData:
    """Digits that are read once for all tests: the first 2,000 to learn from, 300 to test with."""
    data = MNIST().load()
    return LoadedData(train=data.train.subset(np.arange(2000)), test=data.test.subset(np.arange(300)))


@pytest.fixture
def home(tmp_path: Path, digits: LoadedData, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for data and preferences, a disk that need not be waited for, digits that need not be read again."""
    monkeypatch.setenv("BACKPROP_STUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(MNIST, "load", lambda source: digits)
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    before = Path(QSettings(ini, user, "backprop-studio", "studio").fileName()).parents[1]
    QSettings.setPath(ini, user, str(tmp_path / "config"))
    yield tmp_path
    QSettings.setPath(ini, user, str(before))


@pytest.fixture
def preferences(home: Path) -> Preferences:
    return Preferences()


@pytest.fixture
def small() -> Experiment:
    """An experiment that is a matter of milliseconds: 400 samples, ten steps an epoch."""
    return Experiment(
        name="small",
        layers=(InputLayer(units=784), DenseLayer(units=12, fn="relu"), DenseLayer(units=10, fn="softmax")),
        optimizer=SGD(learning_rate=0.1, momentum=0.9),
        train_size=400,
        validation_share=0.2,
        batch_size=32,
        epochs=2,
    )


@pytest.fixture
def make_studio(qapp: object, preferences: Preferences, small: Experiment) -> Iterator[MakeStudio]:
    """Makes studios with their workers running, and ends them after the test."""
    made: list[Studio] = []

    def make(experiment: Experiment | None = None) -> Studio:
        studio = Studio(preferences, experiment or small)
        made.append(studio)
        studio.start()
        drain_until(studio, lambda: studio.session is not None and studio.transport.worker_state == "paused")
        return studio

    yield make
    for studio in made:
        studio.finish()
        assert studio.worker.isFinished()
        assert studio.tasks.isFinished()
        assert studio.trials.isFinished()


@pytest.fixture
def studio(make_studio: MakeStudio) -> Studio:
    """A studio that is ready to train the small experiment."""
    return make_studio()


def drain_until(studio: Studio, what: Callable[[], object], seconds: float = 10) -> None:
    """Bring the news until something holds, as the pump of the window would."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, f"waited in vain; the worker is {studio.transport.worker_state}"
        studio.drain()
        time.sleep(0.002)


def train_to_end(studio: Studio) -> None:
    """Train all epochs and let the best weights answer."""
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason == "completed" and not studio.questions.waits_for("end"))
    drain_until(studio, lambda: studio.transport.worker_state == "paused")
