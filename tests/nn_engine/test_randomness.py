"""Keyed randomness: what is drawn depends on the key and on nothing else."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.randomness import LayerRandomness, Stream, keyed_generator, normal, uniform_of_deviation
from nn_engine.types import Floats

PINNED = [62, 919, 688, 177, 917]


def first_draws(*key: int) -> tuple[int, ...]:
    seed, stream, *position = key
    return tuple(keyed_generator(seed, Stream(stream), *position).integers(0, 2**63, 3).tolist())


def test_neighbouring_keys_draw_other_numbers() -> None:
    seeds, positions = (0, 1, 2), (0, 1, 2)
    keys = list(itertools.product(seeds, Stream, positions, positions, positions))
    assert len({first_draws(*key) for key in keys}) == len(keys)


def test_layers_and_streams_of_one_position_draw_other_numbers() -> None:
    draws = {first_draws(0, stream, 1, 2, 3, layer) for stream in Stream for layer in range(4)}
    assert len(draws) == len(Stream) * 4


@given(st.integers(0, 2**63 - 1), st.sampled_from(Stream), st.lists(st.integers(0, 2**31 - 1), max_size=4))
def test_a_key_gives_the_same_numbers_whatever_was_drawn_before(seed: int, stream: Stream, position: list[int]) -> None:
    expected = first_draws(seed, stream, *position)
    keyed_generator(seed, stream, *position).random(5)
    assert first_draws(seed, stream, *position) == expected


def test_a_key_gives_the_same_numbers_in_every_thread() -> None:
    found: list[tuple[int, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(first_draws(3, 4, 5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {first_draws(3, 4, 5)}
    assert len(found) == 4


def test_the_numbers_themselves_are_part_of_every_saved_run() -> None:
    """If these change, a run of an earlier version no longer repeats."""
    assert [stream.value for stream in Stream] == [0, 1, 2, 3, 4]
    assert [stream.name for stream in Stream] == ["INITIALIZATION", "SPLIT", "SHUFFLING", "AUGMENTATION", "DROPOUT"]
    assert keyed_generator(0, Stream.SHUFFLING, 0).integers(0, 1000, 5).tolist() == PINNED
    assert keyed_generator(0, Stream.SHUFFLING, 1).integers(0, 1000, 5).tolist() != PINNED


def test_nothing_touches_the_global_generator() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002  # that is the one to look at
    normal(keyed_generator(1, Stream.DROPOUT), (3,), 1.0)
    LayerRandomness(3).generator(0).random(4)
    np.testing.assert_equal(np.random.get_state(legacy=False), before)  # noqa: NPY002


def test_a_layers_generator_follows_from_seed_position_and_layer() -> None:
    def draw(seed: int, position: tuple[int, ...], layer: int) -> float:
        return float(LayerRandomness(seed, position).generator(layer).random())

    here = draw(0, (1, 2, 3), 4)
    assert draw(0, (1, 2, 3), 4) == here
    for other in [(1, (1, 2, 3), 4), (0, (0, 2, 3), 4), (0, (1, 0, 3), 4), (0, (1, 2, 0), 4), (0, (1, 2, 3), 0)]:
        assert draw(*other) != here
    assert here == keyed_generator(0, Stream.DROPOUT, 1, 2, 3, 4).random()


@pytest.mark.parametrize("deviation", [0.1, 1.0, 30.0])
def test_draws_have_the_deviation_asked_for(deviation: float) -> None:
    for kind in (normal, uniform_of_deviation):
        values: Floats = kind(np.random.default_rng(0), (200, 100), deviation)
        assert values.dtype == np.float64
        assert abs(values.std() / deviation - 1) < 0.01
        assert abs(values.mean()) < 4 * deviation / np.sqrt(values.size)
    assert np.abs(values).max() <= np.sqrt(3) * deviation
