"""Splits: nothing lost, nothing twice, every class in its share, the same again for the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.data import LoadedData, stratified_sample, stratified_split
from nn_engine.types import Array

SEEDS = st.integers(0, 2**63 - 1)


@st.composite
def splits(draw: st.DrawFn) -> tuple[Array, int]:
    """Class numbers, some classes rare or absent, and how many samples to set apart."""
    counts = draw(st.lists(st.integers(0, 30), min_size=1, max_size=12).filter(any))
    targets = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(draw(st.integers(0, 99))).shuffle(targets)
    return targets, draw(st.integers(0, len(targets) - 1))


@given(split=splits(), seed=SEEDS)
def test_the_two_sides_are_disjoint_and_complete(split: tuple[Array, int], seed: int) -> None:
    targets, size = split
    rest, apart = stratified_split(targets, size, seed)
    assert len(apart) == size
    assert len(rest) + len(apart) == len(targets)
    np.testing.assert_array_equal(np.sort(np.concatenate([rest, apart])), np.arange(len(targets)))
    for side in (rest, apart):
        assert side.dtype == np.intp
        assert (np.diff(side) > 0).all()


@given(split=splits(), seed=SEEDS)
def test_every_class_has_its_share_to_within_one(split: tuple[Array, int], seed: int) -> None:
    targets, size = split
    classes = int(targets.max()) + 1
    exact = np.bincount(targets) * size / len(targets)
    for side, share in zip(
        reversed(stratified_split(targets, size, seed)), (exact, np.bincount(targets) - exact), strict=True
    ):
        found = np.bincount(targets[side], minlength=classes)
        assert (np.abs(found - share) < 1 + 1e-9).all()


@given(split=splits(), seed=SEEDS)
def test_a_share_that_is_a_whole_number_is_exact(split: tuple[Array, int], seed: int) -> None:
    targets = np.concatenate([split[0], split[0]])
    _, apart = stratified_split(targets, len(split[0]), seed)
    np.testing.assert_array_equal(np.bincount(targets[apart], minlength=99), np.bincount(split[0], minlength=99))


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    targets = np.repeat([0, 1, 2], [10, 25, 65])
    # Shares of 7: 0.7, 1.75 and 4.55. Rounded down 0, 1 and 4; the two left go to 1 and then to 0.
    assert np.bincount(targets[stratified_sample(targets, 7, 0)]).tolist() == [1, 2, 4]


@given(split=splits(), seed=SEEDS)
def test_the_same_seed_gives_the_same_split(split: tuple[Array, int], seed: int) -> None:
    targets, size = split
    first, second = stratified_split(targets, size, seed), stratified_split(targets.copy(), size, seed)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_every_seed_gives_another_split_zero_included() -> None:
    targets = np.repeat(np.arange(10), 100)
    chosen = {stratified_sample(targets, 200, seed).tobytes() for seed in (0, 1, 2, 2**63 - 1)}
    assert len(chosen) == 4


def test_the_choice_within_a_class_is_left_to_chance() -> None:
    targets = np.repeat([0, 1], 50)
    often = np.zeros(100)
    for seed in range(400):
        often[stratified_sample(targets, 20, seed)] += 1
    # Each sample is expected 80 times, with a deviation of 8.
    assert often.sum() == 400 * 20
    assert often.min() > 40
    assert often.max() < 120


@pytest.mark.parametrize("targets", [np.zeros((50, 3), np.float32), np.eye(50, dtype=np.float32)])
@given(size=st.integers(0, 49), seed=SEEDS)
def test_targets_that_are_no_classes_are_split_by_chance(targets: Array, size: int, seed: int) -> None:
    rest, apart = stratified_split(targets, size, seed)
    assert len(apart) == size
    np.testing.assert_array_equal(np.sort(np.concatenate([rest, apart])), np.arange(50))
    np.testing.assert_array_equal(apart, stratified_split(targets, size, seed)[1])
    assert (np.diff(apart) > 0).all()


def test_seeds_differ_for_targets_that_are_no_classes() -> None:
    targets = np.zeros((50, 1), np.float32)
    assert stratified_sample(targets, 20, 0).tobytes() != stratified_sample(targets, 20, 1).tobytes()


@pytest.mark.parametrize("apart", [-1, 10, 11, 0.2, "many"])
def test_a_split_that_leaves_nothing_is_refused(apart: Any) -> None:
    with pytest.raises(ValueError, match=f"Expected to set 0 to 9 of 10 samples apart; received {apart}"):
        stratified_split(np.zeros(10, np.intp), apart, 0)


def test_yes_and_no_are_two_classes() -> None:
    yes = np.arange(20) % 4 == 0
    _, apart = stratified_split(yes, 4, 0)
    assert np.count_nonzero(yes[apart]) == 1
    np.testing.assert_array_equal(apart, stratified_split(yes.astype(int), 4, 0)[1])


@pytest.mark.parametrize("targets", [np.linspace(0, 1, 20), np.arange(20) - 10, [0.5] * 20])
def test_numbers_that_count_no_classes_are_split_by_chance(targets: Any) -> None:
    rest, apart = stratified_split(targets, 5, 0)
    np.testing.assert_array_equal(np.union1d(rest, apart), np.arange(20))
    assert len(apart) == 5


@pytest.mark.parametrize("targets", [np.zeros(0, np.intp), np.zeros((0, 3), np.float32)])
def test_nothing_splits_into_nothing_and_nothing(targets: Array) -> None:
    rest, apart = stratified_split(targets, 0, 0)
    assert (len(rest), len(apart)) == (0, 0)
    with pytest.raises(ValueError, match="of 0 samples"):
        stratified_split(targets, 1, 0)


def test_all_samples_can_be_drawn() -> None:
    targets = np.repeat([0, 1, 2], [3, 4, 5])
    np.testing.assert_array_equal(stratified_sample(targets, 12, 0), np.arange(12))


def test_real_digits_are_split_by_their_shares(mnist: LoadedData) -> None:
    rest, apart = stratified_split(mnist.train.targets, 10_000, 0)
    counts = np.bincount(mnist.train.targets)
    assert (len(rest), len(apart)) == (50_000, 10_000)
    assert np.abs(np.bincount(mnist.train.targets[apart]) - counts / 6).max() < 1
