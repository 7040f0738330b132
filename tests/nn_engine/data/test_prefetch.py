"""Preparing ahead: the same bits in whatever order they are asked for, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import Augmentation, Elastic, MixUp, Noise, Rotation
from nn_engine.data import ArrayDataset, Batch, Batches, Preprocessing
from nn_engine.data.batches import shard_count
from nn_engine.data.prefetch import SLOTS, Place, Prefetcher
from nn_engine.types import Array, Indices

PARTS: tuple[Augmentation, ...] = (Rotation(), Elastic(), Noise(), MixUp())


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def batches(count: int = 700, batch_size: int = 300, data: ArrayDataset | None = None) -> Batches:
    """Batches of one or two shards."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 6, 5)).astype(np.uint8)
    made = Batches(
        data or ArrayDataset(images, rng.integers(0, 3, count)), Preprocessing(), batch_size, 4, shard_size=256
    )
    made.augment_with(PARTS)
    return made


def places(source: Batches, epochs: int) -> list[Place]:
    """Every shard in the order of training."""
    return [
        (epoch, batch, shard)
        for epoch in range(epochs)
        for batch in range(len(source))
        for shard in range(shard_count(len(source.indices(epoch, batch)), source.shard_size))
    ]


def bits(batch: Batch) -> tuple[bytes, ...]:
    """Everything in it."""
    return batch.x.tobytes(), batch.targets.tobytes(), batch.indices.tobytes(), batch.goals.tobytes()


def ask(source: Batches | Prefetcher, order: Batches, place: Place) -> Batch:
    """The shard at a place."""
    return source.shard(order.indices(place[0], place[1]), *place)


@pytest.mark.parametrize("slots", [2, 3])
@pytest.mark.parametrize(("count", "batch_size"), [(700, 300), (700, 1000), (10, 3), (1, 5)])
def test_what_is_prepared_ahead_is_the_same_to_the_bit(count: int, batch_size: int, slots: int) -> None:
    source = batches(count, batch_size)
    ahead = Prefetcher(source, slots)
    for place in places(source, 3):
        assert bits(ask(ahead, source, place)) == bits(ask(source, source, place))
    ahead.close()


@given(asked=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.just(0)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_other_order_gives_the_same_as_well(asked: list[Place]) -> None:
    source = batches(70, 30)
    ahead = Prefetcher(source)
    for place in asked:
        assert bits(ask(ahead, source, place)) == bits(ask(source, source, place))
    ahead.close()


def test_a_batch_holds_until_the_next_one_is_asked_for() -> None:
    source = batches()
    ahead = Prefetcher(source)
    for place in places(source, 2):
        batch = ask(ahead, source, place)
        before = bits(batch)
        time.sleep(0.005)  # for the thread to run ahead as far as it may
        assert bits(batch) == before
    ahead.close()


class Counted(ArrayDataset):
    """Data that counts what is read, and fails at one sample if told to."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.reads = 0
        self.fails_at = -1
        self.reader = ""

    def read(self, indices: Indices, out: Array) -> Array:
        self.reads += 1
        self.reader = threading.current_thread().name
        if self.fails_at in indices:
            raise OSError("The file is gone.")
        return super().read(indices, out)


def counted(count: int = 40) -> Counted:
    """Some data."""
    rng = np.random.default_rng(0)
    return Counted(rng.integers(0, 256, (count, 6, 5)).astype(np.uint8), rng.integers(0, 3, count))


def wait_for(done: Any) -> None:
    """Wait a moment for the thread."""
    until = time.monotonic() + 5
    while not done() and time.monotonic() < until:
        time.sleep(0.001)
    assert done()


def test_it_runs_ahead_as_far_as_there_is_room_and_no_further() -> None:
    data = counted()
    source = batches(batch_size=4, data=data)
    ahead = Prefetcher(source)
    ask(ahead, source, (0, 0, 0))
    wait_for(lambda: data.reads == SLOTS)
    time.sleep(0.02)
    assert data.reads == SLOTS
    assert data.reader == "prefetch"
    ask(ahead, source, (0, 1, 0))
    wait_for(lambda: data.reads == SLOTS + 1)
    ahead.close()


def test_room_that_held_what_nobody_wanted_any_more_is_used_again() -> None:
    data = counted()
    source = batches(batch_size=4, data=data)
    ahead = Prefetcher(source)
    for asked in range(1, 2 * SLOTS):
        ask(ahead, source, (0, 5 * (asked % 2), 0))  # never the next one
        wait_for(lambda asked=asked: data.reads == SLOTS * asked)
    ahead.close()


def test_nothing_runs_before_the_first_and_after_the_last() -> None:
    before = threading.active_count()
    source = batches()
    ahead = Prefetcher(source)
    assert threading.active_count() == before
    ahead.close()
    ask(ahead, source, (0, 0, 0))
    assert threading.active_count() == before + 1
    ahead.close()
    assert threading.active_count() == before
    ahead.close()


def test_after_the_end_it_may_begin_again() -> None:
    source = batches()
    ahead = Prefetcher(source)
    for place in [*places(source, 1)[:3], *places(source, 1)]:
        assert bits(ask(ahead, source, place)) == bits(ask(source, source, place))
        if place == (0, 1, 0):
            ahead.close()
    ahead.close()


def test_what_goes_wrong_is_raised_for_whom_it_concerns() -> None:
    data = counted()
    source = batches(batch_size=4, data=data)
    ahead = Prefetcher(source)
    data.fails_at = int(source.indices(0, 2)[1])
    for batch in (0, 1):
        ask(ahead, source, (0, batch, 0))
    for _ in range(2):
        with pytest.raises(OSError, match="The file is gone"):
            ask(ahead, source, (0, 2, 0))
    data.fails_at = -1
    found = bits(ask(ahead, source, (0, 2, 0)))
    assert found == bits(ask(source, source, (0, 2, 0)))
    ahead.close()


def test_a_later_change_of_the_batches_does_not_reach_it() -> None:
    source = batches()
    ahead = Prefetcher(source)
    expected = bits(ask(source, source, (0, 0, 0)))
    source.augment_with(())
    assert bits(ask(ahead, source, (0, 0, 0))) == expected
    assert bits(ask(source, source, (0, 0, 0))) != expected
    ahead.close()
