"""Batches: every sample once an epoch in a fresh order, and every random choice from its key alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import MixUp, Rotation, Translation
from nn_engine.data import ArrayDataset, Batch, Batches, Preprocessing
from nn_engine.data.batches import shard_count
from nn_engine.network import SHARD
from nn_engine.types import Array, Indices
from nn_engine.workspace import Workspace

SEEDS = st.integers(0, 2**63 - 1)
PLAIN = Preprocessing()


def numbered(count: int) -> ArrayDataset:
    """Samples that say which they are."""
    samples = np.arange(count, dtype=np.float32)[:, np.newaxis]
    return ArrayDataset(samples, np.arange(count) % 3)


def alike(count: int) -> ArrayDataset:
    """The same lopsided image again and again, so that whatever differs was done by augmentation."""
    image = np.random.default_rng(0).integers(1, 256, (5, 6)).astype(np.uint8)
    return ArrayDataset(np.tile(image, (count, 1, 1)), np.arange(count) % 2)


def batches_of(count: int, batch_size: int, seed: int = 0) -> Batches:
    """Batches of numbered samples."""
    return Batches(numbered(count), Preprocessing(divide_by=1), batch_size, seed, shard_size=SHARD)


def augmented(count: int, batch_size: int, seed: int = 0) -> Batches:
    """Batches of images that are all alike before augmentation."""
    batches = Batches(alike(count), PLAIN, batch_size, seed, shard_size=SHARD)
    batches.augment_with((Rotation(degrees=20), Translation(pixels=1.5)))
    return batches


def epoch_of_images(batches: Batches, epoch: int) -> Array:
    """Every image of an epoch as it is given to the network, at the place of its sample."""
    found = np.full((len(batches.dataset), 5, 6), np.nan, np.float32)
    for batch in range(len(batches)):
        indices = batches.indices(epoch, batch)
        for shard in range(shard_count(len(indices), SHARD)):
            part = batches.shard(indices, epoch, batch, shard)
            found[part.indices] = part.x
    return found


# -- which samples ------------------------------------------------------------------------------------------------


@given(count=st.integers(1, 60), batch_size=st.integers(1, 70), seed=SEEDS, epoch=st.integers(0, 1000))
def test_every_sample_comes_once_an_epoch(count: int, batch_size: int, seed: int, epoch: int) -> None:
    batches = batches_of(count, batch_size, seed)
    found = [batches.indices(epoch, batch) for batch in range(len(batches))]
    assert all(len(indices) == batch_size for indices in found[:-1])
    assert 1 <= len(found[-1]) <= batch_size
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(count))


@pytest.mark.parametrize(("count", "batch_size", "expected"), [(10, 3, 4), (9, 3, 3), (1, 3, 1), (3, 1, 3), (0, 3, 0)])
def test_how_many_batches_an_epoch_has(count: int, batch_size: int, expected: int) -> None:
    assert len(batches_of(count, batch_size)) == expected


def test_the_order_is_fresh_in_every_epoch_and_for_every_seed() -> None:
    orders = {
        batches_of(40, 40, seed).indices(epoch, 0).tobytes() for seed in (0, 1, 2**63 - 1) for epoch in (0, 1, 2, 1000)
    }
    assert len(orders) == 12
    assert np.arange(40).tobytes() not in orders


def test_the_order_is_left_to_chance() -> None:
    batches = batches_of(10, 1)
    first = [int(batches.indices(epoch, 0)[0]) for epoch in range(1000)]
    # Each sample is expected to come first 100 times, with a deviation of 9.5.
    counts = np.bincount(first, minlength=10)
    assert counts.min() > 50
    assert counts.max() < 150


@given(asked=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=20), seed=SEEDS)
def test_a_batch_does_not_depend_on_what_was_asked_before(asked: list[tuple[int, int]], seed: int) -> None:
    batches = batches_of(23, 4, seed)
    for epoch, batch in asked:
        np.testing.assert_array_equal(batches.indices(epoch, batch), batches_of(23, 4, seed).indices(epoch, batch))


def test_the_order_of_the_samples_does_not_depend_on_the_batch_size() -> None:
    whole = batches_of(23, 23, 5).indices(3, 0)
    parts = [batches_of(23, 4, 5).indices(3, batch) for batch in range(6)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


# -- shards -------------------------------------------------------------------------------------------------------


def test_the_size_of_a_shard_is_part_of_every_saved_runs_meaning() -> None:
    assert SHARD == 256


@pytest.mark.parametrize(
    ("samples", "count"), [(0, 0), (1, 1), (255, 1), (256, 1), (257, 2), (512, 2), (513, 3), (10_000, 40)]
)
def test_how_many_shards_a_batch_has(samples: int, count: int) -> None:
    assert shard_count(samples, SHARD) == count


@given(batch_size=st.integers(1, 700), seed=SEEDS)
@settings(max_examples=30)
def test_the_shards_cover_the_batch_in_its_order(batch_size: int, seed: int) -> None:
    batches = batches_of(700, batch_size, seed)
    indices = batches.indices(2, 0)
    shards = [batches.shard(indices, 2, 0, shard).indices for shard in range(shard_count(len(indices), SHARD))]
    assert all(len(shard) == SHARD for shard in shards[:-1])
    np.testing.assert_array_equal(np.concatenate(shards), indices)


def test_a_shard_holds_the_samples_it_names() -> None:
    batches = batches_of(600, 600)
    indices = batches.indices(0, 0)
    for shard in (2, 0, 1):
        part = batches.shard(indices, 0, 0, shard)
        np.testing.assert_array_equal(part.x[:, 0], part.indices)
        np.testing.assert_array_equal(part.targets, part.indices % 3)


# -- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_are_prepared(dtype: Any) -> None:
    data = alike(8)
    preprocessing = Preprocessing(mean=0.5, deviation=0.25)
    batch = Batches(data, preprocessing, 4, 0, dtype).read(np.array([5, 2]))
    assert batch.x.dtype == dtype
    np.testing.assert_array_equal(batch.x, preprocessing(data.samples[[5, 2]], dtype))
    np.testing.assert_array_equal(batch.targets, [1, 0])
    np.testing.assert_array_equal(batch.indices, [5, 2])


def test_reading_by_number_does_not_augment() -> None:
    batches = augmented(8, 4)
    np.testing.assert_array_equal(batches.read(np.arange(8)).x, PLAIN(alike(8).samples))


def test_the_data_stays_as_it_is() -> None:
    batches = augmented(8, 4)
    epoch_of_images(batches, 0)
    data = batches.dataset
    assert isinstance(data, ArrayDataset)
    np.testing.assert_array_equal(data.samples, alike(8).samples)


class Forgetful(ArrayDataset):
    """Fills the array that it is given, and does not say so; or makes another."""

    made: Any = None

    def read(self, indices: Indices, out: Array) -> Array:
        super().read(indices, out)
        found: Array = self.made
        return found


@pytest.mark.parametrize(("made", "what"), [(None, "NoneType"), (np.zeros((2, 3)), "ndarray")])
def test_a_data_set_that_does_not_return_what_it_is_given_is_refused(made: Any, what: str) -> None:
    """Nothing would become NaN in every value, and end as a divergence."""
    data = Forgetful(np.ones((5, 3)), np.arange(5))
    data.made = made
    with pytest.raises(TypeError, match=rf"^Forgetful\.read: expected it to write .*; it returned .* type {what}\.$"):
        Batches(data, Preprocessing(), 2, 0).read(np.array([0, 1]))


def test_memory_is_used_again() -> None:
    batches = batches_of(8, 4)
    first, second = batches.read(np.arange(4)).x, batches.read(np.arange(4, 8)).x
    assert np.shares_memory(first, second)


# -- augmentation -------------------------------------------------------------------------------------------------


def copied(batch: Batch) -> tuple[bytes, bytes, bytes]:
    """The bits of a batch."""
    return batch.x.tobytes(), batch.targets.tobytes(), batch.indices.tobytes()


@given(order=st.permutations(range(3)), again=st.lists(st.integers(0, 2), max_size=3), epoch=st.integers(0, 5))
@settings(max_examples=20)
def test_the_bits_of_a_shard_depend_on_its_key_alone(order: list[int], again: list[int], epoch: int) -> None:
    batches = augmented(1400, 700)
    for shard in [*order, *again]:
        part = copied(batches.shard(batches.indices(epoch, 1), epoch, 1, shard))
        fresh = augmented(1400, 700)
        assert part == copied(fresh.shard(fresh.indices(epoch, 1), epoch, 1, shard))


def test_another_key_gives_another_draw() -> None:
    indices = np.arange(600)
    keys = itertools.product((0, 1), (0, 1), (0, 1), (0, 1))
    drawn = {
        augmented(600, 600, seed).shard(indices, epoch, batch, shard).x[:88].tobytes()
        for seed, epoch, batch, shard in keys
    }
    assert len(drawn) == 16


def test_augmentation_is_drawn_afresh_for_every_sample_in_every_epoch() -> None:
    # An earlier notebook of the same idea augmented once, before the first epoch, and only the first 10 % of the rows.
    count = 600
    batches = augmented(count, 128)
    raw = PLAIN(alike(1).samples)[0]
    epochs = [epoch_of_images(batches, epoch) for epoch in range(3)]
    for images in epochs:
        unchanged = [number for number in range(count) if np.array_equal(images[number], raw)]
        assert unchanged == []
    drawn = {image.tobytes() for images in epochs for image in images}
    assert len(drawn) == 3 * count


def test_what_is_augmented_stays_the_same_in_number_and_target() -> None:
    batches = augmented(600, 300)
    indices = batches.indices(4, 1)
    for shard in range(2):
        part = batches.shard(indices, 4, 1, shard)
        assert part.x.shape == (len(part.indices), 5, 6)
        np.testing.assert_array_equal(part.targets, part.indices % 2)


def test_augmentation_does_not_change_which_samples_come() -> None:
    plain, changed = Batches(alike(40), PLAIN, 7, 3), augmented(40, 7, 3)
    for batch in range(6):
        np.testing.assert_array_equal(plain.indices(2, batch), changed.indices(2, batch))


def test_augmentation_can_be_switched_while_it_runs() -> None:
    batches = augmented(10, 10)
    indices = batches.indices(0, 0)
    raw = PLAIN(alike(10).samples)
    changed = batches.shard(indices, 0, 0, 0).x.copy()
    assert not np.array_equal(changed, raw)
    batches.augment_with(())
    np.testing.assert_array_equal(batches.shard(indices, 0, 0, 0).x, raw)
    batches.augment_with((Rotation(degrees=20), Translation(pixels=1.5)))
    np.testing.assert_array_equal(batches.shard(indices, 0, 0, 0).x, changed)


def test_values_from_outside_are_what_preprocessing_makes_of_nothing() -> None:
    batches = Batches(alike(8), Preprocessing(mean=0.25, deviation=0.5), 8, 0)
    batches.augment_with((Translation(pixels=60),))
    assert (batches.shard(np.arange(8), 0, 0, 0).x == -0.5).any()


# -- mixing -------------------------------------------------------------------------------------------------------


def mixed(targets: Array, **more: Any) -> Batches:
    """Batches of samples that are the same numbers as their targets, mixed."""
    batches = Batches(ArrayDataset(targets, targets, **more), Preprocessing(divide_by=1), 600, 3, shard_size=256)
    batches.augment_with((MixUp(alpha=1),))
    return batches


def test_mixed_samples_have_targets_mixed_alike() -> None:
    values = np.random.default_rng(0).random((600, 4)).astype(np.float32)
    batches = mixed(values)
    indices = batches.indices(1, 0)
    for shard in range(3):
        part = batches.shard(indices, 1, 0, shard)
        np.testing.assert_array_equal(part.targets, values[part.indices])
        np.testing.assert_allclose(part.goals, part.x, rtol=1e-6)
        assert not np.allclose(part.goals, part.targets, atol=0.01)
        again = mixed(values).shard(indices, 1, 0, shard)
        assert copied(again) == copied(part)
        np.testing.assert_array_equal(again.goals, part.goals)


def test_mixed_classes_are_rows_that_sum_to_one() -> None:
    batches = mixed(np.arange(600) % 3)
    part = batches.shard(batches.indices(0, 0), 0, 0, 0)
    assert part.goals.shape == (256, 3)
    assert part.goals.dtype == part.x.dtype
    np.testing.assert_allclose(part.goals.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(part.goals @ np.arange(3), part.x, rtol=1e-5, atol=1e-6)
    # The larger share is the sample's own.
    np.testing.assert_array_equal(part.goals.argmax(axis=1), part.targets)


def test_what_is_not_mixed_is_judged_by_its_targets() -> None:
    batches = augmented(8, 4)
    part = batches.shard(batches.indices(0, 0), 0, 0, 0)
    assert part.goals is part.targets
    assert batches.read(np.arange(3)).goals.tolist() == [0, 1, 0]


# -- memory -------------------------------------------------------------------------------------------------------


def test_a_twin_gives_the_same_bits_in_memory_of_its_own() -> None:
    batches = augmented(600, 300, 7)
    twin, room = batches.twin(), Workspace()
    indices = batches.indices(2, 1)
    one, other = batches.shard(indices, 2, 1, 0), twin.shard(twin.indices(2, 1), 2, 1, 0)
    third = twin.shard(indices, 2, 1, 0, room)
    assert copied(one) == copied(other) == copied(third)
    assert not np.shares_memory(one.x, other.x)
    assert not np.shares_memory(other.x, third.x)


def test_samples_that_are_no_images_cannot_be_turned() -> None:
    with pytest.raises(ValueError, match=r"rotation: expected images, .* shape \(1,\)"):
        batches_of(10, 5).augment_with((Rotation(),))
