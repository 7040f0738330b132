"""Shards in several threads: never another result, never a thread left behind, and faults come through."""

from __future__ import annotations

import threading
from threading import Thread
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    SGD,
    ActivationLayer,
    Adam,
    ArrayDataset,
    BatchNormLayer,
    BinaryCrossEntropy,
    Conv2DLayer,
    DenseLayer,
    FlattenLayer,
    InputLayer,
    Network,
    Trainer,
    TrainingPlan,
    Translation,
)
from nn_engine.network import SHARD
from nn_engine.shard_group import ShardGroup
from nn_engine.training import SettingChanged, ShardEnd, StepEnd
from nn_engine.training.team import MOST_SIDE_BY_SIDE
from tests.nn_engine.training.small import blobs, drain, small_network
from tests.nn_engine.training.test_resume import assert_same

Thread_start = Thread.start
SAMPLES = 3 * SHARD + 50


def trainer_of(workers: int, **plan: Any) -> Trainer:
    """Steps of four shards, and evaluations of two."""
    settings = {"batch_size": SAMPLES // 2 + SHARD, "epochs": 3, "optimizer": Adam(learning_rate=0.01), **plan}
    trainer = Trainer(small_network(), blobs(SAMPLES), blobs(1500, seed=1), TrainingPlan(**settings))
    trainer.use_threads(workers)
    return trainer


def shard_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("shard")]


@pytest.mark.parametrize("averaging", [None, 0.9])
@pytest.mark.parametrize("workers", [2, 3, 8])
def test_the_number_of_threads_changes_nothing(workers: int, averaging: float | None) -> None:
    alone, together = trainer_of(1, averaging=averaging), trainer_of(workers, averaging=averaging)
    told = [(type(event), event.step) for event in drain(alone)]
    assert [(type(event), event.step) for event in drain(together)] == told
    assert_same(together.state(), alone.state())
    np.testing.assert_array_equal(together.network.state, alone.network.state)


def test_a_change_of_rate_and_of_layers_reaches_every_thread() -> None:
    found = []
    for workers in (1, 3):
        trainer = trainer_of(workers, optimizer=SGD(learning_rate=0.05, momentum=0.9))
        for event in trainer.fit():
            if isinstance(event, StepEnd) and event.step == 2:
                trainer.change("optimizer.learning_rate", 0.01)
        found.append(trainer.state())
    assert_same(found[1], found[0])


def test_threads_end_with_the_training_and_with_a_generator_that_is_closed() -> None:
    trainer = trainer_of(3)
    for _ in (event for event in trainer.fit() if isinstance(event, StepEnd)):
        assert shard_threads()
    assert not shard_threads()
    events = trainer_of(3).fit()
    next(event for event in events if isinstance(event, StepEnd))
    assert shard_threads()
    events.close()
    assert not shard_threads()


def test_a_stop_is_honoured_before_the_next_group_of_shards() -> None:
    trainer = trainer_of(2)
    seen = []
    for event in trainer.fit():
        if isinstance(event, ShardEnd):
            seen.append(event.done)
            trainer.request_stop()
    assert seen == [1, 2]  # one group of two, and no other was begun
    assert trainer.state().snapshot.step == 0
    drain(trainer)
    alone = trainer_of(1)
    drain(alone)
    assert_same(trainer.state(), alone.state())


def test_one_shard_needs_no_thread() -> None:
    trainer = trainer_of(4, batch_size=SHARD, epochs=1)
    for event in trainer.fit():
        if isinstance(event, StepEnd):
            assert not shard_threads()


def normalized(workers: int) -> Trainer:
    """A network whose shards have to go through side by side: four of each whole batch, two of the last."""
    layers = [
        InputLayer(shape=(6, 6, 1)),
        *(Conv2DLayer(filters=9), BatchNormLayer(), ActivationLayer(fn="relu")),
        *(Conv2DLayer(filters=8, padding="same"), BatchNormLayer(), FlattenLayer()),
        DenseLayer(units=4, fn="softmax"),
    ]
    plan = TrainingPlan(batch_size=300, epochs=2, optimizer=Adam(learning_rate=0.01))
    trainer = Trainer(Network(layers), blobs(700), blobs(1100, seed=1), plan)
    trainer.use_threads(workers)
    return trainer


def test_the_number_of_threads_for_shards_side_by_side_changes_nothing() -> None:
    alone = normalized(1)
    drain(alone)
    assert (alone.shards_per_step, alone.threads) == (4, 1)
    for workers in (2, 3, 9):
        together = normalized(workers)
        assert together.threads == min(4, workers)
        drain(together)
        assert not shard_threads()
        assert_same(together.state(), alone.state())


@pytest.mark.parametrize("workers", [1, 2])
def test_so_many_shards_side_by_side_run_as_there_are_threads(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a group keeps to that is tested where it is written."""
    told = list[tuple[int, int]]()

    def group(shards: int, threads: int) -> ShardGroup:
        told.append((shards, threads))
        return ShardGroup(shards, threads)

    monkeypatch.setattr("nn_engine.training.team.ShardGroup", group)
    drain(normalized(workers))
    assert told == [(4, workers), (4, workers), (2, workers)] * 2


def test_a_batch_that_goes_through_as_a_whole_is_cut_into_few_shards() -> None:
    whole = Network([InputLayer(units=36), BatchNormLayer(), DenseLayer(units=4, fn="softmax")])
    trainer = Trainer(whole, blobs(SHARD * 20), None, TrainingPlan(batch_size=SHARD * 20))
    assert trainer.shards_per_step == MOST_SIDE_BY_SIDE


def test_a_fault_in_one_of_several_side_by_side_sends_the_others_home() -> None:
    for place in (0, 3):
        trainer = normalized(2)
        before = trainer.network.state.copy()

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError("in a shard")

        trainer._team.members[place].network.backward = fail  # type: ignore[method-assign]
        with pytest.raises(ZeroDivisionError, match="in a shard"):
            drain(trainer)
        assert not shard_threads()
        np.testing.assert_array_equal(trainer.network.state, before, err_msg="a step that was not made left something")


@pytest.mark.parametrize("started", [0, 1, 2])
def test_no_shard_waits_for_one_that_could_not_begin(started: int, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, begun = normalized(2), list[Thread]()

    def start(thread: Thread) -> None:
        if thread.name.startswith("shard"):
            if len(begun) == started:
                raise RuntimeError("can't start new thread")
            begun.append(thread)
        Thread_start(thread)

    monkeypatch.setattr(Thread, "start", start)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        drain(trainer)
    assert not shard_threads()


def test_a_step_with_batch_normalization_that_was_cut_short_is_made_again_to_the_same_bits() -> None:
    undisturbed, disturbed = normalized(2), normalized(2)
    drain(undisturbed)
    for stop in range(3):
        events = disturbed.fit()
        for event in events:
            if isinstance(event, ShardEnd) and event.phase == "training" and event.done == 1 + stop:
                break
        events.close()
    drain(disturbed)
    assert_same(disturbed.state(), undisturbed.state())


def test_a_fault_in_another_thread_is_raised_once_all_have_ended() -> None:
    trainer = trainer_of(3)
    network = trainer._team.members[2].network

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in a thread")

    network.forward = fail  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError, match="in a thread"):
        drain(trainer)
    assert not shard_threads()


def test_no_threads_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="threads: expected a whole number from 1 up; received 0"):
        trainer_of(0)


def test_how_many_can_take_part() -> None:
    assert trainer_of(1).shards_per_step == 3
    assert trainer_of(1, batch_size=SHARD).shards_per_step == 1
    assert trainer_of(1, batch_size=10**6).shards_per_step == 4


def test_how_much_of_the_threads_time_the_shards_fill() -> None:
    filled = {
        (batch, threads): trainer_of(1, batch_size=batch).filled_by_shards(threads)
        for batch, threads in ((SHARD // 2, 1), (SHARD + SHARD // 2, 1), (SHARD + SHARD // 2, 2), (3 * SHARD, 2))
    }
    assert list(filled.values()) == [1, 1, 0.75, 0.75]
    assert trainer_of(1, batch_size=2 * SHARD).filled_by_shards(2) == 1
    assert trainer_of(1, batch_size=2 * SHARD).filled_by_shards(4) == 0.5


def test_threads_count_what_is_right_each_for_itself() -> None:
    """Metrics have scratch memory: many labels in large shards, so that threads are sure to count at the same time."""
    rng = np.random.default_rng(0)
    x, labels = rng.random((8 * SHARD, 36)), (rng.random((8 * SHARD, 200)) > 0.5).astype(np.float32)
    data, found = ArrayDataset(x, labels, target_kind="labels"), []
    for workers in (1, 4):
        network = Network([InputLayer(units=36), DenseLayer(units=200, fn="sigmoid")])
        plan = TrainingPlan(loss=BinaryCrossEntropy(), batch_size=8 * SHARD, epochs=40)
        trainer = Trainer(network, data, data, plan)
        trainer.use_threads(workers)
        drain(trainer)
        found.append(trainer.history)
    assert found[1] == found[0]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_live_change_that_concerns_no_batch_keeps_what_everyone_works_with(threads: int) -> None:
    trainer = trainer_of(threads, augmentation=(Translation(pixels=0.5),))
    trainer.use_prefetching(True)
    kept: list[bool] = []
    for path, value in (("optimizer.learning_rate", 0.02), ("epochs", 4), ("augmentation.translation.pixels", 1.0)):
        before = list(trainer._team.members)
        trainer.change(path, value)
        next(event for event in trainer.fit() if isinstance(event, SettingChanged))
        after = trainer._team.members
        assert [each.batches for each in after] == [each.batches for each in before], "an order of samples is costly"
        kept.append(all(one.source is other.source for one, other in zip(before, after, strict=True)))
    assert kept == [True, True, threads > 1], "what was prepared ahead is of no use any more"
