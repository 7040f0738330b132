"""An estimate is made of measured times, on a twin."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator

import numpy as np
import pytest

from nn_engine import SGD, DenseLayer, Experiment, InputLayer, Rotation
from nn_engine.data import ArrayDataset, LoadedData
from nn_engine.experiments import Session, assemble
from nn_engine.inspection import pace
from nn_engine.inspection.pace import measure_epoch
from nn_engine.network import SHARD

LAYERS = (InputLayer(units=784), DenseLayer(units=10, fn="softmax"))


def session(count: int, **settings: object) -> Session:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    data = ArrayDataset(images, np.arange(count) % 10, tuple("0123456789"))
    plan = Experiment(layers=LAYERS, optimizer=SGD(learning_rate=0.001), batch_size=20, validation_share=0.5)
    plan = plan.replace(**settings)
    return assemble(plan, data=LoadedData(train=data, test=data))


def result(measuring: Generator[None, None, float | None]) -> float | None:
    while True:
        try:
            next(measuring)
        except StopIteration as end:
            return None if end.value is None else float(end.value)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds it a second later."""
    monkeypatch.setattr(time, "perf_counter", itertools.count(0.0).__next__)


def test_steps_and_evaluation_are_counted_up_to_an_epoch(clock: None) -> None:
    """2,000 to learn from make 100 steps of one event; 2,000 to judge by are twice what is evaluated to measure.

    The trainer looks at the clock four times in a step, so with the looks around it a step takes five seconds.
    """
    assert result(measure_epoch(session(4000), seconds=50)) == 100 * 5 + 2 * 1


def test_an_epoch_shorter_than_the_measurement_is_measured_whole(clock: None) -> None:
    """20 to learn from make one step; beginning, step, evaluation, and the end of the epoch."""
    assert result(measure_epoch(session(40), seconds=1e9)) == (1 + 5) + (1 + 1)


def test_the_training_is_not_touched() -> None:
    measured = session(4000)
    before = measured.trainer.state().snapshot.weights.tobytes()
    assert result(measure_epoch(measured, seconds=0.01)) is not None
    assert measured.trainer.state().snapshot.weights.tobytes() == before
    assert measured.trainer.step == 0


def test_the_twin_shares_its_steps_among_as_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, twins = session(4000, batch_size=2 * SHARD), list[Session]()

    def note(experiment: Experiment, data: LoadedData) -> Session:
        twins.append(assemble(experiment, data=data))
        return twins[-1]

    monkeypatch.setattr(pace, "assemble", note)
    measured.trainer.use_threads(2)
    assert result(measure_epoch(measured, seconds=0.01)) is not None
    assert [twin.trainer.threads for twin in twins] == [2]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_measurement_given_up_leaves_no_thread(threads: int) -> None:
    """One thread has its samples prepared ahead by another; two share each step."""
    measured = session(4000, batch_size=2 * SHARD, augmentation=(Rotation(),))
    measured.trainer.use_threads(threads)
    measured.trainer.use_prefetching(True)
    before = threading.active_count()
    measuring = measure_epoch(measured)
    for _ in range(4):
        next(measuring)
    assert threading.active_count() > before
    measuring.close()
    assert threading.active_count() == before


def test_what_diverges_or_is_too_large_gets_no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert result(measure_epoch(session(4000, optimizer=SGD(learning_rate=1e6, momentum=0.9)), seconds=1e9)) is None
    monkeypatch.setattr(pace, "MOST_PARAMETERS", 100)
    assert result(measure_epoch(session(400))) is None
