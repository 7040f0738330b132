"""A training in several processes: never another result, never a process left behind, and faults come through."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    L1,
    SGD,
    ActivationLayer,
    Adam,
    BatchNormLayer,
    ClipByNorm,
    ClipByValue,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    InputLayer,
    Layer,
    Network,
    Optimizer,
    Rotation,
    Trainer,
    TrainingPlan,
    WeightDecay,
    registered,
)
from nn_engine.clipping import Clipping
from nn_engine.forks import CAN_FORK
from nn_engine.training import EpochEnd, StepEnd
from tests.nn_engine.training.small import blobs, drain, small_network
from tests.nn_engine.training.test_resume import assert_same
from tests.nn_engine.training.test_threads import shard_threads

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are copied on Linux alone")


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()
    assert not shard_threads()


def trainer_of(workers: int, may_fork: bool, normalized: bool = False, epochs: int = 2) -> Trainer:
    """Steps of three shards, the last of an epoch of two."""
    between: list[Layer] = [BatchNormLayer(), ActivationLayer(fn="relu")] if normalized else [DropoutLayer(rate=0.25)]
    layers = [InputLayer(shape=(6, 6, 1)), Conv2DLayer(filters=9), *between, FlattenLayer()]
    plan = TrainingPlan(
        batch_size=150, epochs=epochs, optimizer=Adam(learning_rate=0.01), augmentation=(Rotation(degrees=9),)
    )
    network = Network([*layers, DenseLayer(units=4, fn="softmax")])
    trainer = Trainer(network, blobs(400), blobs(1100, seed=1), plan)
    trainer.use_threads(workers, may_fork)
    return trainer


@pytest.mark.parametrize("normalized", [False, True])
def test_processes_compute_what_threads_do(normalized: bool) -> None:
    alone = trainer_of(1, may_fork=False, normalized=normalized)
    drain(alone)
    for workers in (2, 3, 9):
        forked, processes = trainer_of(workers, may_fork=True, normalized=normalized), 0
        for event in forked.fit():
            if isinstance(event, StepEnd):
                processes = max(processes, len(multiprocessing.active_children()))
        # All shards of a batch that goes through as a whole need someone at the same time.
        assert processes == (0 if normalized and workers == 2 else min(3, workers) - 1)
        assert_same(forked.state(), alone.state())


def test_a_change_reaches_every_process() -> None:
    found = []
    for may_fork in (False, True):
        trainer = trainer_of(3, may_fork)
        for event in trainer.fit():
            if isinstance(event, StepEnd) and event.step == 2:
                trainer.change("optimizer.learning_rate", 0.001)
                trainer.change("augmentation", ())
        found.append(trainer.state())
    assert_same(found[1], found[0])


def test_processes_end_with_a_generator_that_is_closed_and_come_back() -> None:
    alone, forked = trainer_of(1, may_fork=False), trainer_of(2, may_fork=True)
    drain(alone)
    events = forked.fit()
    next(event for event in events if isinstance(event, StepEnd))
    assert len(multiprocessing.active_children()) == 1
    events.close()
    assert not multiprocessing.active_children()
    drain(forked)
    assert_same(forked.state(), alone.state())


@pytest.mark.parametrize("normalized", [False, True])
def test_a_process_that_is_lost_is_done_without(normalized: bool) -> None:
    alone = trainer_of(1, may_fork=False, normalized=normalized)
    drain(alone)
    forked = trainer_of(3, may_fork=True, normalized=normalized)
    for event in forked.fit():
        if isinstance(event, StepEnd) and event.step == 2:
            (process, *_) = multiprocessing.active_children()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
    assert_same(forked.state(), alone.state())


@pytest.mark.parametrize("begun", [0, 1])
def test_where_no_more_processes_are_allowed_threads_do_the_same(begun: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, forked = trainer_of(1, may_fork=False), trainer_of(3, may_fork=True)
    drain(alone)
    begin, left = ForkProcess.start, [None] * begun

    def start(process: ForkProcess) -> None:
        if not left:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        left.pop()
        begin(process)

    monkeypatch.setattr(ForkProcess, "start", start)
    for event in forked.fit():
        if isinstance(event, StepEnd):
            assert not multiprocessing.active_children()
    assert_same(forked.state(), alone.state())


@pytest.mark.parametrize("normalized", [False, True])
def test_a_fault_in_another_process_is_raised_here(normalized: bool) -> None:
    trainer = trainer_of(3, may_fork=True, normalized=normalized)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in a process")

    trainer._team.members[2].network.backward = fail  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError, match="in a process"):
        drain(trainer)


def test_a_fault_here_ends_the_others() -> None:
    trainer = trainer_of(3, may_fork=True)
    before = trainer.network.state.copy()

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    trainer.network.backward = fail  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        drain(trainer)
    np.testing.assert_array_equal(trainer.network.state, before)


def test_where_it_is_not_allowed_nobody_is_forked() -> None:
    for event in trainer_of(2, may_fork=False).fit():
        if isinstance(event, StepEnd | EpochEnd):
            assert not multiprocessing.active_children()


@pytest.mark.parametrize("cls", registered("optimizer").values(), ids=lambda cls: cls.registered_name)
@pytest.mark.parametrize("clipping", [ClipByValue(limit=0.01), ClipByNorm(limit=0.1)])
def test_steps_made_by_several_processes_are_those_of_one(cls: type[Optimizer], clipping: Clipping) -> None:
    found = []
    for may_fork in (False, True):
        plan = TrainingPlan(
            batch_size=768,  # three shards, or two in the second step
            epochs=3,
            optimizer=cls(),
            regularization=(L1(strength=0.01), WeightDecay(strength=0.1)),
            clipping=(clipping,),
            averaging=0.5,
        )
        trainer = Trainer(small_network(), blobs(1200), blobs(50, seed=1), plan)
        trainer.use_threads(3, may_fork)
        drain(trainer)
        found.append(trainer.state())
    assert_same(found[1], found[0])


def test_more_shards_than_processes_are_added_up_in_their_order() -> None:
    found = []
    for may_fork in (False, True):
        plan = TrainingPlan(batch_size=1200, epochs=3, optimizer=Adam())
        trainer = Trainer(small_network(), blobs(1200), None, plan)
        trainer.use_threads(2, may_fork)
        drain(trainer)
        found.append(trainer.state())
    assert_same(found[1], found[0])


def test_a_process_that_is_lost_within_a_step_ends_the_training_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trainer_of(2, may_fork=True)
    here = os.getpid()

    def lose_the_other(*_: Any) -> None:
        if os.getpid() != here:
            time.sleep(60)
        for process in multiprocessing.active_children():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)

    monkeypatch.setattr(trainer._team, "_step_part", lose_the_other)
    with pytest.raises(ChildProcessError, match="ended in the middle of a step"):
        drain(trainer)


def test_two_trainers_of_one_network_both_train_it() -> None:
    """Where the second has processes, the network's parameters move to memory that these share."""
    network = small_network(dropout=0)
    plan = TrainingPlan(batch_size=600, epochs=1)
    first, second = (Trainer(network, blobs(600), None, plan) for _ in range(2))
    first.use_threads(3)
    second.use_threads(3, may_fork=True)
    drain(second)
    alone, state = Trainer(small_network(dropout=0), blobs(600), None, plan), network.state.copy()
    alone.network.state[...] = state
    for trainer in (first, alone):
        drain(trainer)
    assert not np.array_equal(network.state, state)
    np.testing.assert_array_equal(network.state, alone.network.state)


PROGRAM = """
import multiprocessing, sys
from nn_engine.training import StepEnd
from tests.nn_engine.training.test_forked_training import trainer_of
for event in trainer_of(3, may_fork=True, epochs=100_000).fit():
    if isinstance(event, StepEnd) and event.step == 5:
        print(*(process.pid for process in multiprocessing.active_children()), flush=True)
"""


def test_nobody_outlives_the_one_who_trains() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        others = [int(word) for word in program.stdout.readline().split()]
        assert len(others) == 2
        assert all(is_there(other) for other in others)
        program.kill()
    limit = time.monotonic() + 10
    while any(is_there(other) for other in others):
        assert time.monotonic() < limit, "a process is left"
        time.sleep(0.01)


ROOT = Path(__file__).parents[3]


def is_there(process: int) -> bool:
    """Whether it runs: one that has ended and that nobody has asked about is a zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def test_plain_descent_over_a_step_of_whole_shards() -> None:
    """The sum over shards is written only where it is wanted, wherever they were computed."""
    found = []
    for may_fork in (False, True):
        network = Network([InputLayer(units=36), DenseLayer(units=4, fn="softmax")])
        plan = TrainingPlan(batch_size=512, epochs=1, optimizer=SGD(learning_rate=0.1))
        trainer = Trainer(network, blobs(1024), None, plan)
        trainer.use_threads(2, may_fork)
        drain(trainer)
        found.append(network.state.copy())
    np.testing.assert_array_equal(found[1], found[0])
