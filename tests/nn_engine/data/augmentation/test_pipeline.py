"""Several augmentations together: in their order, told as they were drawn, refused where they make no sense."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pytest

from nn_engine import (
    AffineAugmentation,
    Augmentation,
    Blur,
    Brightness,
    Contrast,
    CutOut,
    Elastic,
    Flip,
    MixUp,
    Noise,
    Rotation,
    Scaling,
    Shear,
    StrokeThickness,
    Translation,
)
from nn_engine.data.augmentation import AugmentationPipeline, check_shape
from nn_engine.data.augmentation.augmentation import Draws, Tools
from nn_engine.data.augmentation.geometric import followed_by, unit_matrices
from nn_engine.data.augmentation.warp import Warp
from nn_engine.declarations import Setting
from nn_engine.types import Array, Floats

SIZE = 5


class QuarterTurn(AffineAugmentation):
    """Turns counterclockwise by a quarter, always."""

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return {"quarters": np.ones(count)}

    def neutral(self) -> Mapping[str, float]:
        return {"quarters": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        matrices = unit_matrices(len(draws["quarters"]))
        matrices[draws["quarters"] == 1, :2, :2] = [[0, 1], [-1, 0]]
        return matrices


class ToTheRight(AffineAugmentation):
    """Shifts by whole pixels, always."""

    pixels: Annotated[int, Setting("How far.", low=0, high=SIZE)] = 1

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return {"to the right": np.full(count, float(self.pixels))}

    def neutral(self) -> Mapping[str, float]:
        return {"to the right": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        matrices = unit_matrices(len(draws["to the right"]))
        matrices[:, 0, 2] = draws["to the right"]
        return matrices


class Negative(Augmentation):
    """Swaps light and dark, always."""

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return {"negative": np.ones(count)}

    def neutral(self) -> Mapping[str, float]:
        return {"negative": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        swapped = draws["negative"] == 1
        images[swapped] = 1 - images[swapped]


def pictures(count: int = 3) -> Array:
    """Random images."""
    return np.random.default_rng(0).random((count, SIZE, SIZE)).astype(np.float32)


def turned(images: Array) -> Array:
    """What QuarterTurn does."""
    return np.rot90(images, 1, (1, 2))


def moved(images: Array) -> Array:
    """What ToTheRight does."""
    result = np.zeros_like(images)
    result[:, :, 1:] = images[:, :, :-1]
    return result


def negative(images: Array) -> Array:
    """What Negative does."""
    return np.asarray(1 - images)


STEPS = {QuarterTurn: turned, ToTheRight: moved, Negative: negative}


@pytest.mark.parametrize(
    "order",
    [
        (QuarterTurn,),
        (QuarterTurn, ToTheRight),
        (ToTheRight, QuarterTurn),
        (ToTheRight, QuarterTurn, ToTheRight),
        (Negative,),
        (Negative, ToTheRight),
        (ToTheRight, Negative),
        (ToTheRight, Negative, QuarterTurn, ToTheRight),
        (QuarterTurn, ToTheRight, Negative, ToTheRight, Negative),
    ],
    ids=lambda order: " ".join(cls.__name__ for cls in order),
)
def test_augmentations_are_applied_in_the_declared_order(order: tuple[type[Augmentation], ...]) -> None:
    expected = pictures()
    for cls in order:
        expected = STEPS[cls](expected)
    pipeline = AugmentationPipeline(tuple(cls() for cls in order), (SIZE, SIZE))
    for _ in range(2):
        np.testing.assert_array_equal(pipeline.apply(pictures(), np.random.default_rng(0)), expected)


def test_neighbours_that_move_pixels_are_composed_before_any_pixel_is_read() -> None:
    # Out of the image and back: read twice, the pixels at the edge would be lost.
    away = ToTheRight(pixels=SIZE)
    pipeline = AugmentationPipeline(
        (away, QuarterTurn(), QuarterTurn(), away, QuarterTurn(), QuarterTurn()), (SIZE, SIZE)
    )
    np.testing.assert_array_equal(pipeline.apply(pictures(), np.random.default_rng(0)), pictures())


def test_what_was_drawn_is_told_and_is_what_was_done() -> None:
    parts = (Translation(pixels=1.5), Rotation(degrees=30), Scaling(percent=20, probability=0.5))
    images = pictures(50)
    augmented = AugmentationPipeline(parts, (SIZE, SIZE)).apply_and_tell(images.copy(), np.random.default_rng(3))
    assert set(augmented.draws) == {"shift x", "shift y", "rotation", "scale"}
    assert 10 < (augmented.draws["scale"] == 100).sum() < 40
    shift, turn, stretch = (part.matrices(augmented.draws) for part in parts)
    together = followed_by(followed_by(shift, turn), stretch)
    np.testing.assert_array_equal(augmented.images, Warp((SIZE, SIZE))(images, together))


def test_telling_changes_nothing() -> None:
    pipeline = AugmentationPipeline((Rotation(degrees=30), Translation()), (SIZE, SIZE))
    told = pipeline.apply_and_tell(pictures(), np.random.default_rng(3)).images.copy()
    np.testing.assert_array_equal(pipeline.apply(pictures(), np.random.default_rng(3)), told)


def test_no_augmentation_changes_nothing() -> None:
    pipeline = AugmentationPipeline((), (SIZE, SIZE))
    assert not pipeline
    assert AugmentationPipeline((Rotation(),), (SIZE, SIZE))
    augmented = pipeline.apply_and_tell(pictures(), np.random.default_rng(0))
    np.testing.assert_array_equal(augmented.images, pictures())
    assert augmented.draws == {}


def test_an_empty_batch() -> None:
    pipeline = AugmentationPipeline((Rotation(), Negative(), Translation()), (SIZE, SIZE))
    assert pipeline.apply(pictures(0), np.random.default_rng(0)).shape == (0, SIZE, SIZE)


def test_images_may_have_channels() -> None:
    images = np.repeat(pictures()[..., np.newaxis], 3, axis=3)
    parts = (Rotation(degrees=30), Translation())
    plain = AugmentationPipeline(parts, (SIZE, SIZE)).apply(pictures(), np.random.default_rng(3))
    channels = AugmentationPipeline(parts, (SIZE, SIZE, 3)).apply(images, np.random.default_rng(3))
    for channel in range(3):
        np.testing.assert_array_equal(channels[..., channel], plain)


def test_the_whole_batch_at_once_is_the_same_as_image_by_image() -> None:
    parts = (Rotation(degrees=30), Translation(pixels=2), Scaling())
    images = pictures(20)
    whole = AugmentationPipeline(parts, (SIZE, SIZE)).apply_and_tell(images.copy(), np.random.default_rng(3))
    matrices = unit_matrices(20)
    for part in parts:
        matrices = followed_by(matrices, part.matrices(whole.draws))
    for number in range(20):
        alone = Warp((SIZE, SIZE))(images[number : number + 1], matrices[number : number + 1])
        np.testing.assert_allclose(alone[0], whole.images[number], rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (784,), (2, 3, 4, 5)])
def test_samples_that_are_no_images_cannot_be_moved(shape: tuple[int, ...]) -> None:
    for parts in ((Rotation(),), (Negative(), Rotation())):
        with pytest.raises(
            ValueError, match=r"^rotation: expected images, \(height, width\); .* the shape \("
        ) as refused:
            AugmentationPipeline(parts, shape)
        assert str(shape) in str(refused.value)


def test_images_that_are_too_large_to_be_moved_are_refused_before_anything_is_made_for_them() -> None:
    check_shape((Rotation(),), (4094, 4094, 3))
    check_shape((Negative(),), (9000, 9000))
    with pytest.raises(ValueError, match=r"at most 16,777,216 pixels to be moved; received \(4095, 4095\)"):
        check_shape((Negative(), Rotation()), (4095, 4095))


def test_what_is_drawn_again_and_again_under_one_name_is_numbered() -> None:
    made = AugmentationPipeline((Noise(), Noise(), Noise()), (6, 5)).apply_and_tell(
        np.zeros((2, 6, 5), np.float32), np.random.default_rng(0)
    )
    assert list(made.draws) == ["noise", "noise 2", "noise 3"]


def test_targets_are_mixed_as_their_samples_were() -> None:
    rng = np.random.default_rng(1)
    images, rows = rng.random((5, 6, 5)), rng.random((5, 3))
    made = AugmentationPipeline((Noise(), MixUp(alpha=1)), (6, 5)).apply_and_tell(images, rng)
    expected = rows.copy()
    MixUp().mix_targets(expected, {name: made.draws[name] for name in MixUp().neutral()})
    found = rows.copy()
    made.mix_targets(found)
    np.testing.assert_array_equal(found, expected)
    assert not np.allclose(found, rows)


def test_fields_that_would_fill_the_memory_are_refused_before_they_are_worked_out() -> None:
    for shape in ((28, 28), (64, 256), (512, 512, 3)):
        check_shape((Elastic(smoothness=10), Rotation()), shape)
    with pytest.raises(ValueError, match=r"or a greater smoothness: to bend images of the shape \(64, 1024\) takes"):
        check_shape((Elastic(smoothness=10),), (64, 1024))
    check_shape((Elastic(smoothness=100),), (64, 1024))
    with pytest.raises(ValueError, match=r"takes up to \d+,\d+,\d+ numbers, 242 for each pixel; at most 67,108,864"):
        check_shape((Elastic(smoothness=10), Rotation(), Elastic(smoothness=10, fill="edge")), (550, 550))


@pytest.mark.parametrize("shape", [(), (784,), (2, 3, 4, 5)])
def test_an_augmentation_that_moves_no_pixels_takes_any_samples(shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(0).random((3, *shape))
    found = AugmentationPipeline((Negative(),), shape).apply(samples.copy(), np.random.default_rng(0))
    np.testing.assert_array_equal(found, 1 - samples)


# -- what makes one warp ------------------------------------------------------------------------------------------


def warps(monkeypatch: pytest.MonkeyPatch, *parts: Augmentation) -> int:
    """How often pixels are interpolated by these augmentations."""
    calls = []
    usual = Warp.__call__

    def counted(self: Warp, *arguments: Any, **keywords: Any) -> Any:
        calls.append(1)
        return usual(self, *arguments, **keywords)

    monkeypatch.setattr(Warp, "__call__", counted)
    AugmentationPipeline(parts, (SIZE, SIZE)).apply(pictures(), np.random.default_rng(0))
    return len(calls)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((Rotation(), Scaling(), Shear(), Translation(), Flip(), Elastic()), 1),
        ((Elastic(), Rotation(), Elastic(), Flip()), 1),
        ((Noise(), Rotation(), Elastic(), Brightness()), 1),
        ((Rotation(), Noise(), Elastic()), 2),
        ((Rotation(), Elastic(fill="edge")), 2),
        ((Rotation(fill="edge"), Flip(), Elastic(fill="edge"), Flip()), 1),
        ((Flip(), Flip(direction="vertical"), Rotation(fill="edge")), 1),
        ((Flip(), Rotation(fill="edge"), Flip(), Rotation(), Flip()), 2),
        ((Noise(), Brightness()), 0),
    ],
)
def test_a_pixel_is_interpolated_once_for_all_neighbours_with_one_fill(
    parts: tuple[Augmentation, ...], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warps(monkeypatch, *parts) == expected


def test_the_order_of_maps_counts_and_bends_are_laid_over_their_result() -> None:
    parts = (Elastic(strength=2), Rotation(degrees=40), Translation(pixels=2))
    images = pictures(6)
    made = AugmentationPipeline(parts, (SIZE, SIZE)).apply_and_tell(images.copy(), np.random.default_rng(3))
    rng = np.random.default_rng(3)
    modes = parts[0].modes(SIZE, SIZE)
    bends = np.empty((6, 2, len(modes)), np.float32)
    parts[0].draw_bends(parts[0].draw_applied(6, rng), rng, bends)
    turn, shift = (part.matrices(made.draws) for part in parts[1:])
    expected = Warp((SIZE, SIZE), [modes])(images, followed_by(turn, shift), [bends])
    np.testing.assert_allclose(made.images, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("black", [0.0, -0.5])
def test_what_comes_from_outside_is_the_background_or_the_edge(black: float) -> None:
    def shifted(fill: str) -> Array:
        pipeline = AugmentationPipeline((ToTheRight(pixels=2, fill=fill),), (SIZE, SIZE), black, 1.5)
        return pipeline.apply(pictures(), np.random.default_rng(0))

    outside, edge = shifted("background"), shifted("edge")
    np.testing.assert_array_equal(outside[:, :, 2:], pictures()[:, :, :-2])
    np.testing.assert_array_equal(edge[:, :, 2:], pictures()[:, :, :-2])
    np.testing.assert_array_equal(outside[:, :, :2], np.float32(black))
    np.testing.assert_array_equal(edge[:, :, :2], np.repeat(pictures()[:, :, :1], 2, axis=2))


def test_what_is_drawn_twice_is_told_twice() -> None:
    made = AugmentationPipeline((Rotation(degrees=5), Noise(), Rotation(degrees=50)), (SIZE, SIZE))
    draws = made.apply_and_tell(pictures(100), np.random.default_rng(0)).draws
    assert list(draws) == ["rotation", "noise", "rotation 2"]
    assert np.abs(draws["rotation"]).max() <= 5 < np.abs(draws["rotation 2"]).max()


def test_images_that_do_not_lie_in_one_piece_are_changed_alike() -> None:
    parts = (Blur(), CutOut(), StrokeThickness(), Rotation(), Noise(), MixUp())
    whole = AugmentationPipeline(parts, (SIZE, SIZE)).apply(pictures(), np.random.default_rng(0)).copy()
    scattered = np.empty((3, SIZE, 2 * SIZE), np.float32)[:, :, ::2]
    scattered[...] = pictures()
    np.testing.assert_array_equal(
        AugmentationPipeline(parts, (SIZE, SIZE)).apply(scattered, np.random.default_rng(0)), whole
    )


@pytest.mark.parametrize(
    "parts",
    [
        (Translation(), Rotation(), Scaling()),
        (Translation(), Rotation(), Scaling(), Shear(), Elastic()),
        *(
            (each,)
            for each in (Flip(), Brightness(), Contrast(), Noise(), Blur(), CutOut(), StrokeThickness(), MixUp())
        ),
    ],
    ids=lambda parts: parts[-1].registered_name,
)
def test_a_steady_call_allocates_nothing_large(parts: tuple[Augmentation, ...]) -> None:
    pipeline = AugmentationPipeline(parts, (28, 28))
    images = np.random.default_rng(0).random((256, 28, 28), np.float32)
    rng = np.random.default_rng(0)
    for _ in range(2):
        pipeline.apply(images, rng)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        pipeline.apply(images, rng)
        assert tracemalloc.get_traced_memory()[1] - before < 64 * 1024
    finally:
        tracemalloc.stop()


def test_numpy_keeps_its_own_buffers_afterwards() -> None:
    usual = np.getbufsize()
    AugmentationPipeline((Rotation(),), (SIZE, SIZE)).apply(pictures(), np.random.default_rng(0))
    assert np.getbufsize() == usual
