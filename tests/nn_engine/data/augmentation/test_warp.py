"""Moving pixels: against a slow loop that says what is meant, and against moves whose result is known exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.data.augmentation.warp import Warp
from nn_engine.types import Array

SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 7)) | st.tuples(
    st.integers(1, 7), st.integers(1, 7), st.integers(1, 3)
)
BLOCK = 12
"""How many images are moved at once where the number does not matter."""


def pictures(shape: tuple[int, ...], count: int, seed: int = 0, dtype: Any = np.float32) -> Array:
    """Random images, bright up to their edges."""
    return np.random.default_rng(seed).uniform(0.5, 1, (count, *shape)).astype(dtype)


def slow_warp(images: Array, matrices: Array) -> Array:
    """Pixel by pixel: find where each comes from, blend the four pixels around, take 0 for what lies outside."""
    count, height, width = images.shape[:3]
    result = np.zeros(images.shape)
    for number in range(count):
        inverse = np.linalg.inv(np.vstack((matrices[number], (0, 0, 1))))
        for row in range(height):
            for column in range(width):
                x, y, _ = inverse @ (column - (width - 1) / 2, row - (height - 1) / 2, 1)
                x, y = x + (width - 1) / 2, y + (height - 1) / 2
                left, top = math.floor(x), math.floor(y)
                for near_row, near_column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                    if 0 <= near_row < height and 0 <= near_column < width:
                        weight = (1 - abs(x - near_column)) * (1 - abs(y - near_row))
                        result[number, row, column] += weight * images[number, near_row, near_column]
    return result


@st.composite
def moves(draw: st.DrawFn, count: int = 3) -> Array:
    """Turns, stretches, slants and shifts together, some of them far out of the image."""
    matrices = np.tile(np.eye(2, 3), (count, 1, 1))
    for matrix in matrices:
        angle = draw(st.floats(-math.pi, math.pi))
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        slant = np.array([[1, draw(st.floats(-1, 1))], [0, 1]])
        stretch = np.diag([draw(st.floats(0.3, 3)), draw(st.floats(0.3, 3))])
        matrix[:2, :2] = turn @ slant @ stretch
        matrix[:2, 2] = draw(st.floats(-9, 9)), draw(st.floats(-9, 9))
    return matrices


def shifts(*by: tuple[float, float]) -> Array:
    """One shift an image: right, down."""
    matrices = np.tile(np.eye(2, 3), (len(by), 1, 1))
    matrices[:, :2, 2] = by
    return matrices


def linear(*rows: tuple[float, float]) -> Array:
    """One linear map for one image."""
    matrix = np.eye(2, 3)
    matrix[:2, :2] = rows
    return matrix[np.newaxis]


# -- against the slow loop ----------------------------------------------------------------------------------------


@given(shape=SHAPES, matrices=moves(), seed=st.integers(0, 9))
def test_every_pixel_is_what_the_slow_loop_says(shape: tuple[int, ...], matrices: Array, seed: int) -> None:
    images = pictures(shape, 3, seed)
    expected = slow_warp(images, matrices)
    # Places are computed in float32; a pixel changes by no more than its neighbours differ.
    np.testing.assert_allclose(Warp(shape)(images, matrices), expected, rtol=0, atol=3e-5)


def test_images_as_large_as_real_ones() -> None:
    rng = np.random.default_rng(1)
    matrices = np.tile(np.eye(2, 3), (4, 1, 1))
    matrices[:, :2] += rng.uniform(-0.2, 0.2, (4, 2, 3)) * (1, 1, 10)
    images = pictures((28, 28), 4)
    np.testing.assert_allclose(Warp((28, 28))(images, matrices), slow_warp(images, matrices), rtol=0, atol=1e-4)


def test_float64_images_are_blended_in_float64() -> None:
    images = pictures((5, 6), 2, dtype=np.float64)
    matrices = shifts((0.25, 0.5), (-1.5, 0.125))
    found = Warp((5, 6))(images, matrices)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, slow_warp(images, matrices), rtol=0, atol=1e-15)


# -- what is known exactly ----------------------------------------------------------------------------------------


@given(shape=SHAPES, count=st.integers(0, 4))
def test_no_move_changes_no_bit(shape: tuple[int, ...], count: int) -> None:
    images = pictures(shape, count)
    found = Warp(shape)(images, np.tile(np.eye(2, 3), (count, 1, 1)))
    assert found.dtype == images.dtype
    np.testing.assert_array_equal(found, images)


@given(shape=SHAPES, right=st.integers(-8, 8), down=st.integers(-8, 8))
def test_a_shift_by_whole_pixels_changes_no_bit_and_fills_up_with_nothing(
    shape: tuple[int, ...], right: int, down: int
) -> None:
    images = pictures(shape, 2)
    height, width = shape[:2]
    expected = np.zeros_like(images)
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                expected[:, row, column] = images[:, row - down, column - right]
    found = Warp(shape)(images, shifts((right, down), (right, down)))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("size", "turns"), [(size, turns) for size in (1, 2, 5, 6, 28) for turns in (1, 2, 3)])
def test_a_quarter_turn(size: int, turns: int) -> None:
    images = pictures((size, size), 1)
    angle = turns * math.pi / 2
    matrix = linear((math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle)))
    expected = np.rot90(images, turns, (1, 2))
    np.testing.assert_allclose(Warp((size, size))(images, matrix), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 7), (5, 3, 2)])
def test_mirrors_and_half_turns_of_what_is_not_square(shape: tuple[int, ...]) -> None:
    images = pictures(shape, 1)
    warp = Warp(shape)
    np.testing.assert_array_equal(warp(images, linear((-1, 0), (0, 1))), images[:, :, ::-1])
    np.testing.assert_array_equal(warp(images, linear((1, 0), (0, -1))), images[:, ::-1])
    np.testing.assert_array_equal(warp(images, linear((-1, 0), (0, -1))), images[:, ::-1, ::-1])


def test_half_a_pixel_is_the_mean_of_two() -> None:
    images = pictures((3, 4), 1)
    found = Warp((3, 4))(images, shifts((0.5, 0)))
    np.testing.assert_allclose(found[0, :, 1:], (images[0, :, :-1] + images[0, :, 1:]) / 2, rtol=1e-6)
    np.testing.assert_allclose(found[0, :, 0], images[0, :, 0] / 2, rtol=1e-6)


@pytest.mark.parametrize("by", [(1000.0, 0.0), (-1000.0, 0.0), (0.0, 1000.0), (0.0, -1000.0), (4.0, 4.0)])
def test_what_comes_from_outside_is_exactly_nothing(by: tuple[float, float]) -> None:
    found = Warp((4, 4))(pictures((4, 4), 3), shifts(by, by, by))
    np.testing.assert_array_equal(found, np.zeros((3, 4, 4)))


# -- many at once -------------------------------------------------------------------------------------------------


def many(count: int, seed: int) -> tuple[Array, Array]:
    """Images with a move each."""
    rng = np.random.default_rng(seed)
    matrices = np.tile(np.eye(2, 3), (count, 1, 1))
    matrices[:, :2] += rng.uniform(-0.3, 0.3, (count, 2, 3)) * (1, 1, 5)
    return pictures((6, 5), count, seed), matrices


def test_each_image_is_moved_as_it_would_be_alone() -> None:
    images, matrices = many(BLOCK, 3)
    together = Warp((6, 5))(images, matrices).copy()
    for number in range(BLOCK):
        alone = Warp((6, 5))(images[number : number + 1], matrices[number : number + 1])
        # How many rows a product of matrices has may change its last bits.
        np.testing.assert_allclose(alone[0], together[number], rtol=0, atol=1e-5)


def test_each_channel_is_moved_as_it_would_be_alone() -> None:
    images = pictures((6, 5, 3), 4)
    _, matrices = many(4, 5)
    together = Warp((6, 5, 3))(images, matrices)
    for channel in range(3):
        alone = Warp((6, 5))(images[..., channel], matrices)
        np.testing.assert_array_equal(together[..., channel], alone)


def test_nothing_is_left_over_from_larger_or_smaller_calls_before() -> None:
    warp = Warp((6, 5))
    expected = {count: Warp((6, 5))(*many(count, count)).tobytes() for count in (1, 3, 7, 40)}
    for count in (7, 1, 40, 3, 1, 40, 7):
        images, matrices = many(count, count)
        assert warp(images, matrices).tobytes() == expected[count]


def test_the_images_given_stay_as_they_are() -> None:
    images, matrices = many(4, 0)
    images_before, matrices_before = images.copy(), matrices.copy()
    Warp((6, 5))(images, matrices)
    np.testing.assert_array_equal(images, images_before)
    np.testing.assert_array_equal(matrices, matrices_before)


def test_a_result_may_be_moved_again() -> None:
    warp = Warp((6, 5))
    images, _ = many(4, 0)
    found = warp(images, shifts(*4 * [(1, 0)]))
    found = warp(found, shifts(*4 * [(0, 2)]), out=found)
    np.testing.assert_array_equal(found[:, 2:, 1:], images[:, :-2, :-1])
    assert not found[:, :2].any()
    assert not found[:, :, :1].any()


def test_more_fields_than_the_memory_holds_are_refused() -> None:
    field = np.zeros((1, 784))
    with pytest.raises(
        ValueError, match=r"to bend images of the shape \(28, 28\) takes up to 67,109,616 numbers, 85,599"
    ):
        Warp((28, 28), [np.broadcast_to(field, (85_598, 784)), field])
