"""Every augmentation: what it draws, how often it applies, and that its neutral numbers do nothing."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import (
    Augmentation,
    Blur,
    Brightness,
    Contrast,
    Elastic,
    Flip,
    GeometricAugmentation,
    Noise,
    Rotation,
    Scaling,
    Shear,
    StrokeThickness,
    Translation,
)
from nn_engine.data.augmentation import AugmentationPipeline
from nn_engine.data.augmentation.augmentation import Draws, Tools
from nn_engine.data.augmentation.geometric import unit_matrices
from nn_engine.declarations import registered, settings_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace
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


def tools(seed: int = 0) -> Tools:
    """What an augmentation works with."""
    return Tools(rng(seed), Workspace())


def changed(augmentation: Augmentation, count: int, seed: int = 0) -> Array:
    """For each image, whether anything was drawn for it; where nothing was, no bit of it differs."""
    before = pictures(count)
    made = AugmentationPipeline((augmentation,), SHAPE).apply_and_tell(before.copy(), rng(seed))
    neutral = augmentation.neutral()
    drawn = np.any([values != neutral[name] for name, values in made.draws.items()], axis=0)
    differ = (before != made.images).any(axis=(1, 2))
    assert not (differ & ~drawn).any()
    # What is drawn may be too little to see: a blur within a pixel, a piece that holds no pixel's middle.
    assert differ.sum() >= 0.5 * drawn.sum()
    return np.asarray(drawn)


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
    if isinstance(augmentation, GeometricAugmentation):
        np.testing.assert_array_equal(augmentation.matrices(draws), unit_matrices(3))
        bends = np.ones((3, 2, len(augmentation.modes(*SHAPE))), np.float32)
        augmentation.draw_bends(draws, rng(), bends)
        assert not bends.any()
    else:
        # With a pixel in the very middle and without.
        for images in (pictures(3), pictures(3)[:, 1:]):
            found = images.copy()
            augmentation.apply(found, draws, tools())
            np.testing.assert_array_equal(found, images)


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
    drawn = cls(probability=0.5).draw_applied(100, rng())
    # Whether or not: at least that differs, and mostly how much as well.
    for values in drawn.values():
        assert len(set(values.tolist())) > (30 if cls is not Flip else 1)


@every_augmentation
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1), (1, 9, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_image_of_any_type_is_changed_in_place(cls: type[Augmentation], shape: tuple[int, ...], dtype: Any) -> None:
    images = rng(1).random((4, *shape)).astype(dtype)
    made = AugmentationPipeline((cls(probability=1),), shape).apply(images, rng())
    assert made is images
    assert np.isfinite(made).all()


@every_augmentation
def test_only_images_can_be_changed_as_images_are(cls: type[Augmentation]) -> None:
    if cls.needs_images:
        with pytest.raises(ValueError, match=rf"^{cls.registered_name}: expected images"):
            AugmentationPipeline((cls(),), (784,))
    else:
        assert AugmentationPipeline((cls(),), (9,)).apply(np.ones((2, 9), np.float32), rng()).shape == (2, 9)


@every_augmentation
def test_what_is_needed_from_outside_is_declared_as_fill(cls: type[Augmentation]) -> None:
    names = {spec.name for spec in settings_of(cls)}
    assert cls().filled_with == ("background" if "fill" in names else "")
    if "fill" in names:
        assert cls(fill="edge").filled_with == "edge"  # type: ignore[call-arg]


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
    [
        (Rotation(degrees=30), -30, 30),
        (Translation(pixels=4), -4, 4),
        (Scaling(percent=20), 80, 120),
        (Shear(angle=20), -20, 20),
        (Elastic(strength=3), 0, 3),
        (Brightness(brightness=30), -30, 30),
        (Contrast(contrast=30), 70, 130),
        (Noise(deviation=30), 0, 30),
        (Blur(sigma=3), 0, 3),
        (StrokeThickness(thickness=2), -2, 2),
    ],
    ids=lambda value: value.registered_name if isinstance(value, Augmentation) else "",
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
