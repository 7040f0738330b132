"""Moves against PyTorch's ``grid_sample``; what changes values against slow loops that say what is meant."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nn_engine import Augmentation, Blur, CutOut, Elastic, Flip, MixUp, StrokeThickness
from nn_engine.data.augmentation import AugmentationPipeline, GeometricAugmentation
from nn_engine.data.augmentation.augmentation import Tools
from nn_engine.data.augmentation.warp import Warp
from nn_engine.declarations import find
from nn_engine.types import Array
from nn_engine.workspace import Workspace
from tests.golden.figures import array, golden

MOVED = golden("augmentation")["moved"]
IMAGES = array(golden("augmentation")["images"], "float32")


def pictures(count: int, shape: tuple[int, ...], seed: int = 0) -> Array:
    """Random images."""
    return np.random.default_rng(seed).random((count, *shape)).astype(np.float32)


def tools(black: float = 0.0) -> Tools:
    """What an augmentation works with."""
    return Tools(np.random.default_rng(0), Workspace(), black)


def applied(augmentation: Augmentation, images: Array, black: float = 0.0, **draws: list[float]) -> Array:
    """The images, changed as if this had been drawn."""
    images = images.copy()
    named = {name: np.array(values, np.float64) for name, values in draws.items()}
    augmentation.apply(images, named, tools(black))
    return images


@pytest.mark.parametrize("fill", ["background", "edge"])
@pytest.mark.parametrize("name", MOVED)
def test_affine_maps(name: str, fill: str) -> None:
    augmentation: Any = find("augmentation", name)(fill=fill)
    draws = {key: np.full(len(IMAGES), value) for key, value in MOVED[name]["draws"].items()}
    found = Warp(IMAGES.shape[1:], fill=augmentation.fill)(IMAGES, augmentation.matrices(draws))
    expected = array(MOVED[name][fill], "float32")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=f"{name}, {fill}")


# -- bending ------------------------------------------------------------------------------------------------------


def slow_bend(image: Array, field: Array, inverse: Array, fill: str) -> Array:
    """Pixel by pixel: the place, moved by the field, taken back by the map; then the four pixels around, blended."""
    height, width = image.shape
    result = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            bent = (column - (width - 1) / 2 + field[0, row, column], row - (height - 1) / 2 + field[1, row, column], 1)
            x, y = inverse @ bent + ((width - 1) / 2, (height - 1) / 2)
            if fill == "edge":
                x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
            left, top = math.floor(x), math.floor(y)
            for near_row, near_column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                if 0 <= near_row < height and 0 <= near_column < width:
                    result[row, column] += (
                        (1 - abs(x - near_column)) * (1 - abs(y - near_row)) * (image[near_row, near_column])
                    )
    return result


@pytest.mark.parametrize("fill", ["background", "edge"])
@pytest.mark.parametrize("shape", [(9, 8), (28, 28)])
def test_elastic_fields_with_affine_maps(shape: tuple[int, int], fill: str) -> None:
    images = pictures(3, shape)
    modes = Elastic().modes(*shape)
    rng = np.random.default_rng(4)
    bends = (1.5 * rng.standard_normal((3, 2, len(modes)))).astype(np.float32)
    matrices = np.tile(np.eye(2, 3), (3, 1, 1))
    matrices += rng.uniform(-0.3, 0.3, (3, 2, 3)) * (1, 1, 5)
    found = Warp(shape, [modes], fill)(images, matrices, [bends])
    for number, image in enumerate(images):
        field = np.zeros((2, *shape))
        for axis in range(2):
            for coefficient, mode in zip(bends[number, axis], modes, strict=True):
                field[axis] += float(coefficient) * mode.reshape(shape)
        inverse = np.linalg.inv(np.vstack((matrices[number], (0, 0, 1))))[:2]
        expected = slow_bend(image, field, inverse, fill)
        np.testing.assert_allclose(found[number], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "smoothness"), [((28, 28), 15.0), ((28, 28), 10.0), ((12, 20), 25.0), ((16, 16), 100)]
)
def test_the_modes_of_a_field_have_the_covariance_of_smoothed_noise(shape: tuple[int, int], smoothness: float) -> None:
    modes = Elastic(smoothness=smoothness).modes(*shape)
    assert len(modes) < 200
    sigma = smoothness / 100 * min(shape)
    places = np.indices(shape).reshape(2, -1).T
    found = modes.T @ modes
    for first in range(0, len(places), 7):
        for second in range(0, len(places), 11):
            distance = math.dist(places[first], places[second])
            assert abs(found[first, second] - math.exp(-(distance**2) / (4 * sigma**2))) < 0.03
    np.testing.assert_allclose(np.diag(found), 1)


def test_white_noise_smoothed_by_a_gaussian_has_this_covariance() -> None:
    sigma, size = 3.0, 61
    weights = np.exp(-np.square(np.arange(size) - size // 2) / (2 * sigma**2))
    covariance = np.convolve(weights, weights)
    covariance /= covariance.max()
    distances = np.arange(len(covariance)) - size + 1
    near = np.abs(distances) < 15
    np.testing.assert_allclose(covariance[near], np.exp(-np.square(distances[near]) / (4 * sigma**2)), atol=1e-6)


def test_how_far_points_move_is_what_was_drawn() -> None:
    elastic = Elastic(strength=2)
    modes = elastic.modes(28, 28)
    bends = np.empty((4000, 2, len(modes)), np.float32)
    elastic.draw_bends({"elastic": np.repeat((0.0, 1.0, 2.0, 3.0), 1000)}, np.random.default_rng(0), bends)
    moved = (bends @ modes.astype(np.float32)).reshape(4, -1).std(axis=1)
    np.testing.assert_allclose(moved, [0, 1, 2, 3], rtol=0.03)


# -- strokes ------------------------------------------------------------------------------------------------------


def slow_stroke(image: Array, pixels: float) -> Array:
    """The brightest (or darkest) of each pixel and its four neighbours, as often as there are whole pixels left."""
    height, width = image.shape
    choose = max if pixels > 0 else min
    left = abs(pixels)
    while left > 0:
        grown = np.empty_like(image)
        for row in range(height):
            for column in range(width):
                near = ((row, column), (row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
                grown[row, column] = choose(image[a, b] for a, b in near if 0 <= a < height and 0 <= b < width)
        image = image + min(left, 1) * (grown - image)
        left -= 1
    return image


def test_strokes_grow_and_shrink_as_morphology_says() -> None:
    amounts = [-2.0, -1.0, -0.25, 0.0, 0.25, 1.0, 1.75, 3.0]
    images = pictures(len(amounts), (8, 9))
    found = applied(StrokeThickness(thickness=3), images, stroke=amounts)
    for image, amount, made in zip(images, amounts, found, strict=True):
        np.testing.assert_allclose(made, slow_stroke(image, amount), rtol=1e-6, atol=1e-6)


def test_a_line_becomes_as_much_thicker_as_was_drawn() -> None:
    image = np.zeros((1, 15, 15), np.float32)
    image[0, 6:9] = 1
    for amount in (-1.0, -0.5, 0.5, 1.0, 2.25):
        thickness = applied(StrokeThickness(thickness=3), image, stroke=[amount])[0, :, 7].sum()
        assert thickness == pytest.approx(3 + 2 * amount)


# -- blur, cut-out, flip, mixing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fill", ["background", "edge"])
def test_blur(fill: str) -> None:
    sigmas, black, reach = [0.0, 0.4, 1.1, 2.0], -0.25, 6
    images = pictures(4, (7, 6, 2))
    found = applied(Blur(sigma=2, fill=fill), images, black, blur=sigmas)
    for image, sigma, made in zip(images, sigmas, found, strict=True):
        weights = {d: math.exp(-(d**2) / (2 * sigma**2)) if sigma else float(d == 0) for d in range(-reach, reach + 1)}
        total = sum(weights.values())
        for row, column, channel in np.ndindex(image.shape):
            expected = 0.0
            for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
                a, b = row + down - reach, column + right - reach
                inside = 0 <= a < 7 and 0 <= b < 6
                value = image[min(max(a, 0), 6), min(max(b, 0), 5), channel] if inside or fill == "edge" else black
                expected += weights[down - reach] * weights[right - reach] / total**2 * float(value)
            assert made[row, column, channel] == pytest.approx(expected, abs=1e-5)


def test_cut_out_covers_whose_middles_lie_within() -> None:
    sizes, across, down = [0.0, 31.0, 97.0, 52.0], [0.0, 10.0, 0.0, -50.0], [0.0, -20.0, 0.0, 50.0]
    images = pictures(4, (10, 8)) + 1
    found = applied(CutOut(size=100), images, 0.5, **{"cut-out": sizes, "cut-out x": across, "cut-out y": down})
    for number, row, column in np.ndindex(images.shape):
        x, y = 100 * ((column + 0.5) / 8 - 0.5), 100 * ((row + 0.5) / 10 - 0.5)
        covered = max(abs(x - across[number]), abs(y - down[number])) < sizes[number] / 2
        assert found[number, row, column] == (0.5 if covered else images[number, row, column])


@pytest.mark.parametrize(("direction", "mirror"), [("horizontal", np.s_[:, :, ::-1]), ("vertical", np.s_[:, ::-1])])
def test_flips_change_no_bit(direction: str, mirror: Any) -> None:
    images = pictures(40, (6, 5))
    flip: GeometricAugmentation = Flip(direction=direction)
    made = AugmentationPipeline((flip,), (6, 5)).apply_and_tell(images.copy(), np.random.default_rng(0))
    flipped = made.draws[f"flip {direction}"] == 1
    assert 10 < flipped.sum() < 30
    np.testing.assert_array_equal(made.images[flipped], images[mirror][flipped])
    np.testing.assert_array_equal(made.images[~flipped], images[~flipped])


def test_mixing_takes_the_share_that_was_drawn_of_the_partner_that_was_drawn() -> None:
    images, rows = pictures(4, (3, 2)), pictures(4, (5,), seed=1)
    draws = {"mix-up": np.array([0.0, 50.0, 25.0, 10.0]), "mix-up with": np.array([2.0, 3.0, 1.0, 2.0])}
    expected = [(0, 2, 0.0), (1, 0, 0.5), (2, 3, 0.25), (3, 1, 0.1)]
    mixed_images, mixed_rows = images.copy(), rows.copy()
    MixUp().apply(mixed_images, draws, tools())
    MixUp().mix_targets(mixed_rows, draws)
    for own, other, share in expected:
        np.testing.assert_allclose(mixed_images[own], (1 - share) * images[own] + share * images[other], rtol=1e-5)
        np.testing.assert_allclose(mixed_rows[own], (1 - share) * rows[own] + share * rows[other], rtol=1e-5)


def test_a_person_reads_the_share_of_the_other_and_not_how_far_off_it_stood() -> None:
    assert (MixUp().said("mix-up", 12.6), MixUp().said("mix-up with", 3.0)) == ("13 %", "")


def test_a_mixed_sample_stays_mostly_itself_and_never_mixes_with_itself() -> None:
    for count in (2, 5, 256):
        draws = MixUp(alpha=1).draw(count, np.random.default_rng(0))
        assert 0 <= draws["mix-up"].min() <= draws["mix-up"].max() <= 50
        assert 1 <= draws["mix-up with"].min() <= draws["mix-up with"].max() <= count - 1
    assert MixUp(alpha=1).draw(1, np.random.default_rng(0))["mix-up with"] == 1  # around to itself
