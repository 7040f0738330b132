"""Every augmentation: what it draws, how often it applies, and that its neutral numbers do nothing."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import AffineAugmentation, Augmentation, Rotation, Scaling, Translation
from nn_engine.data.augmentation import AugmentationPipeline
from nn_engine.data.augmentation.augmentation import Draws, unit_matrices
from nn_engine.declarations import registered
from nn_engine.types import Array, Floats
from tests.nn_engine.declarations.strategies import declarations

EVERY = [cls for cls in registered("augmentation").values() if not inspect.isabstract(cls)]
every_augmentation = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
SHAPE = (6, 5)


def pictures(count: int, seed: int = 0) -> Array:
    """Random images, bright up to their edges."""
    return np.random.default_rng(seed).uniform(0.5, 1, (count, *SHAPE)).astype(np.float32)


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def changed(augmentation: Augmentation, count: int, seed: int = 0) -> Array:
    """For each image, whether anything of it was changed."""
    before = pictures(count)
    after = AugmentationPipeline((augmentation,), SHAPE).apply(before.copy(), rng(seed))
    return np.asarray((before != after).any(axis=(1, 2)))


# -- what holds for every one -------------------------------------------------------------------------------------


@every_augmentation
@given(data=st.data(), count=st.integers(0, 5))
@settings(max_examples=30)
def test_draws_are_one_number_a_sample_by_the_names_of_the_neutral_ones(
    cls: type[Augmentation], data: st.DataObject, count: int
) -> None:
    augmentation: Any = data.draw(declarations(cls))
    for draws in (augmentation.draw(count, rng()), augmentation.draw_applied(count, rng())):
        assert set(draws) == set(augmentation.neutral())
        for values in draws.values():
            assert values.shape == (count,)
            assert np.isfinite(values).all()


@every_augmentation
def test_the_neutral_numbers_change_no_bit(cls: type[Augmentation]) -> None:
    augmentation = cls()
    draws = {name: np.full(3, value) for name, value in augmentation.neutral().items()}
    if isinstance(augmentation, AffineAugmentation):
        np.testing.assert_array_equal(augmentation.matrices(draws), unit_matrices(3))
    else:
        images = pictures(3)
        augmentation.apply(images, draws)
        np.testing.assert_array_equal(images, pictures(3))


@every_augmentation
def test_a_probability_of_zero_changes_no_bit(cls: type[Augmentation]) -> None:
    assert not changed(cls(probability=0), 300).any()


@every_augmentation
def test_a_probability_of_one_changes_every_sample(cls: type[Augmentation]) -> None:
    assert changed(cls(probability=1), 300).all()


@every_augmentation
@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_a_probability_between_is_the_share_of_samples_changed(cls: type[Augmentation], probability: float) -> None:
    count = 2000
    share = changed(cls(probability=probability), count).mean()
    # Five standard deviations.
    assert abs(share - probability) < 5 * (probability * (1 - probability) / count) ** 0.5


@every_augmentation
def test_which_samples_are_changed_is_drawn_anew(cls: type[Augmentation]) -> None:
    augmentation = cls(probability=0.5)
    assert changed(augmentation, 50, seed=0).tolist() != changed(augmentation, 50, seed=1).tolist()


@every_augmentation
def test_the_same_generator_draws_the_same(cls: type[Augmentation]) -> None:
    first, again, other = (cls(probability=0.5).draw_applied(9, rng(seed)) for seed in (4, 4, 5))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert first[name].tolist() != other[name].tolist()


@every_augmentation
def test_every_sample_has_a_draw_of_its_own(cls: type[Augmentation]) -> None:
    for values in cls().draw(100, rng()).values():
        assert len(set(values.tolist())) == 100


# -- how far each goes --------------------------------------------------------------------------------------------


@given(degrees=st.floats(0, 180), seed=st.integers(0, 99))
def test_turns_stay_within_their_range(degrees: float, seed: int) -> None:
    drawn = Rotation(degrees=degrees).draw(50, rng(seed))["rotation"]
    assert np.abs(drawn).max() <= degrees


@given(pixels=st.floats(0, 64), seed=st.integers(0, 99))
def test_shifts_stay_within_their_range(pixels: float, seed: int) -> None:
    drawn = Translation(pixels=pixels).draw(50, rng(seed))
    assert list(drawn) == ["shift x", "shift y"]
    for values in drawn.values():
        assert np.abs(values).max() <= pixels


@given(percent=st.floats(0, 100, exclude_max=True), seed=st.integers(0, 99))
def test_sizes_stay_within_their_range(percent: float, seed: int) -> None:
    drawn = Scaling(percent=percent).draw(50, rng(seed))["scale"]
    assert drawn.min() >= 100 - percent
    assert drawn.max() <= 100 + percent
    assert drawn.min() > 0


@pytest.mark.parametrize(
    ("augmentation", "low", "high"),
    [(Rotation(degrees=30), -30, 30), (Translation(pixels=4), -4, 4), (Scaling(percent=20), 80, 120)],
)
def test_every_amount_is_equally_likely(augmentation: Augmentation, low: float, high: float) -> None:
    for values in augmentation.draw(10_000, rng()).values():
        counts, _ = np.histogram(values, bins=10, range=(low, high))
        # Each tenth of the range is expected 1,000 times, with a deviation of 30.
        assert counts.sum() == 10_000
        assert counts.min() > 850
        assert counts.max() < 1150


def test_both_directions_of_a_shift_are_drawn_apart() -> None:
    drawn = Translation(pixels=4).draw(1000, rng())
    assert abs(np.corrcoef(drawn["shift x"], drawn["shift y"])[0, 1]) < 0.2


# -- an augmentation that says too little -------------------------------------------------------------------------


class Silent(Augmentation):
    """Draws something, and then says neither how to change pixels nor how to move them."""

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return {"nothing": rng.random(count)}

    def neutral(self) -> dict[str, float]:
        return {"nothing": 0.0}


def test_an_augmentation_must_say_what_it_does() -> None:
    images: Floats = pictures(2)
    with pytest.raises(NotImplementedError, match="Silent says neither how to change pixels nor how to move them"):
        AugmentationPipeline((Silent(),), SHAPE).apply(images, rng())
