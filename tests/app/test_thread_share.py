"""Threads go to the shards of a step where these keep them busy, and to the matrix products where not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from app.blas import THREAD_VARIABLES
from app.thread_share import share_threads
from nn_engine import BatchNormLayer, Conv2DLayer, DenseLayer, FlattenLayer, InputLayer, Network, Trainer, TrainingPlan
from nn_engine.network import SHARD
from nn_engine.training import StepEnd
from tests.nn_engine.training.small import blobs, small_trainer


@pytest.fixture(autouse=True)
def give_back() -> Iterator[None]:
    """The other tests compute with as many threads as before."""
    with threadpool_limits(user_api="blas"):
        yield


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def with_threads(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, str(count))


@pytest.mark.parametrize(
    ("threads", "batch_size", "to_shards", "to_products"),
    [
        (1, 32, 1, 1),
        (2, 32, 1, 2),
        (2, SHARD, 1, 2),
        (2, SHARD + 1, 1, 2),
        (2, SHARD + SHARD // 4, 1, 2),
        (2, SHARD + SHARD // 2, 2, 1),
        (2, 3 * SHARD, 2, 1),
        (1, 4 * SHARD, 1, 1),
        (3, 2 * SHARD, 2, 1),
    ],
)
def test_who_gets_them(
    monkeypatch: pytest.MonkeyPatch, threads: int, batch_size: int, to_shards: int, to_products: int
) -> None:
    with_threads(monkeypatch, threads)
    trainer = small_trainer(samples=4 * SHARD, batch_size=batch_size, epochs=1, augmentation=())
    assert share_threads(trainer) == to_shards
    assert blas_threads() == {to_products}
    assert sum(isinstance(event, StepEnd) for event in trainer.fit()) == trainer.steps_per_epoch


def test_a_thread_that_shared_them_before_keeps_nobody_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_threads(monkeypatch, 2)
    trainer = small_trainer(samples=4 * SHARD, batch_size=4 * SHARD)
    waiting, done = threading.Event(), threading.Event()

    def share_and_stay() -> None:
        share_threads(trainer)
        waiting.set()
        done.wait(10)

    thread = threading.Thread(target=share_and_stay)
    thread.start()
    try:
        assert waiting.wait(10)
        assert blas_threads() == {1}
        share_threads(small_trainer(samples=64, batch_size=32, augmentation=()))
        assert blas_threads() == {2}
    finally:
        done.set()
        thread.join()


def test_they_go_to_shards_that_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    with_threads(monkeypatch, 2)
    layers = [InputLayer(shape=(6, 6, 1)), Conv2DLayer(filters=8), BatchNormLayer(), FlattenLayer()]
    network = Network([*layers, DenseLayer(units=4, fn="softmax")])
    assert share_threads(Trainer(network, blobs(128), plan=TrainingPlan(batch_size=128))) == 2
    assert blas_threads() == {1}
    assert share_threads(Trainer(network, blobs(64), plan=TrainingPlan(batch_size=64))) == 1
    assert blas_threads() == {2}


@pytest.mark.parametrize(("threads", "to_products"), [(1, 1), (2, 1), (3, 2)])
def test_one_of_them_prepares_augmented_samples(
    monkeypatch: pytest.MonkeyPatch, threads: int, to_products: int
) -> None:
    with_threads(monkeypatch, threads)
    share_threads(small_trainer(batch_size=32))
    assert blas_threads() == {to_products}
    share_threads(small_trainer(batch_size=32, augmentation=()))
    assert blas_threads() == {threads}


def test_a_core_is_left_free_where_nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("app.thread_share.default_threads", lambda: 3)
    assert share_threads(small_trainer(samples=4 * SHARD, batch_size=4 * SHARD)) == 3


@pytest.mark.parametrize("cores", [1, 2])
def test_samples_are_prepared_ahead_where_there_is_a_core_for_it(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    with_threads(monkeypatch, 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(cores)))
    trainer = small_trainer(epochs=1)
    share_threads(trainer)
    events = trainer.fit()
    seen = set()
    for _ in events:
        seen |= {thread.name for thread in threading.enumerate()}
    assert ("prefetch" in seen) == (cores > 1)
    assert "prefetch" not in {thread.name for thread in threading.enumerate()}
