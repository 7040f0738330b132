"""Drawn digits in the form of MNIST's: the right size, in the middle, with all their ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.data import ArrayDataset, LoadedData
from nn_engine.data.digit import BOX, CENTRE, SIZE, center_digit
from nn_engine.types import Array


@st.composite
def drawings(draw: st.DrawFn) -> Array:
    """Black rectangles anywhere on a ground of any size: solid enough to be measured."""
    height, width = draw(st.integers(3, 120)), draw(st.integers(3, 120))
    ink = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 4))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        ink[top : draw(st.integers(top + 1, height)), left : draw(st.integers(left + 1, width))] = 255
    return ink


def bounds(ink: Array) -> tuple[int, int, int, int]:
    """First row, last row + 1, first column, last column + 1 with ink."""
    rows, columns = np.nonzero(ink)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def centre(ink: Array) -> tuple[float, float]:
    """The centre of mass, in pixels from the upper left corner."""
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]] + 0.5
    mass = ink.sum(dtype=np.float64)
    return float((rows * ink).sum() / mass), float((columns * ink).sum() / mass)


def scale_of(ink: Array) -> float:
    """How much larger the result is."""
    top, bottom, left, right = bounds(ink)
    return BOX / max(bottom - top, right - left)


@given(ink=drawings())
def test_the_result_has_the_form_of_a_digit(ink: Array) -> None:
    before = ink.copy()
    digit = center_digit(ink)
    assert digit.shape == (SIZE, SIZE) == (28, 28)
    assert digit.dtype == np.uint8
    np.testing.assert_array_equal(ink, before)


@given(ink=drawings())
def test_no_ink_is_lost_and_none_is_added(ink: Array) -> None:
    expected = ink.sum(dtype=np.float64) * scale_of(ink) ** 2
    # Each of the pixels is rounded to a whole number.
    assert center_digit(ink).sum(dtype=np.float64) == pytest.approx(expected, abs=0.5 * SIZE * SIZE)


@given(ink=drawings())
def test_the_longer_side_is_twenty_pixels(ink: Array) -> None:
    top, bottom, left, right = bounds(ink)
    found = bounds(center_digit(ink))
    height, width = found[1] - found[0], found[3] - found[2]
    # What begins within a pixel and is 20 long may touch 21 of them.
    assert max(height, width) in (20, 21)
    assert height <= (bottom - top) * scale_of(ink) + 2
    assert width <= (right - left) * scale_of(ink) + 2


@given(ink=drawings())
def test_the_centre_of_mass_is_where_it_should_be_or_as_near_as_the_edge_allows(ink: Array) -> None:
    top, bottom, left, right = bounds(ink)
    scale = scale_of(ink)
    digit = center_digit(ink)
    for place, first, last, found in zip(centre(ink), (top, left), (bottom, right), centre(digit), strict=True):
        inside = (place - first) * scale
        start = min(max(CENTRE - inside, 0), SIZE - (last - first) * scale)
        # Rounding moves it a little, the more so the fainter the digit is.
        assert found == pytest.approx(start + inside, abs=0.01 + 3000 / digit.sum(dtype=np.float64))


@given(size=st.tuples(st.integers(0, 50), st.integers(0, 50)), dtype=st.sampled_from(["u1", "f4", "f8", "?"]))
def test_nothing_stays_nothing(size: tuple[int, int], dtype: str) -> None:
    digit = center_digit(np.zeros(size, dtype))
    assert digit.shape == (28, 28)
    assert not digit.any()


@given(ink=drawings(), offset=st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_where_it_is_drawn_does_not_matter(ink: Array, offset: tuple[int, int]) -> None:
    elsewhere = np.zeros((ink.shape[0] + 40, ink.shape[1] + 40), np.uint8)
    elsewhere[offset[0] : offset[0] + ink.shape[0], offset[1] : offset[1] + ink.shape[1]] = ink
    np.testing.assert_array_equal(center_digit(elsewhere), center_digit(ink))


@given(ink=drawings(), times=st.integers(2, 5))
def test_how_large_it_is_drawn_does_not_matter(ink: Array, times: int) -> None:
    larger = np.kron(ink, np.ones((times, times), np.uint8))
    np.testing.assert_allclose(center_digit(larger).astype(int), center_digit(ink).astype(int), atol=1)


@given(ink=drawings())
def test_down_is_treated_as_across(ink: Array) -> None:
    np.testing.assert_allclose(center_digit(ink.T).astype(int), center_digit(ink).T.astype(int), atol=1)


def test_a_dot_becomes_a_square_in_the_middle() -> None:
    ink = np.zeros((9, 9))
    ink[2, 7] = 200
    across = np.array([0, 0, 0, 0, 0.5, *19 * [1], 0.5, 0, 0, 0])
    np.testing.assert_array_equal(center_digit(ink), 200 * np.outer(across, across))


def test_each_pixel_is_the_mean_of_what_it_covers() -> None:
    ink = np.zeros((40, 40))
    ink[::2] = 100
    ink[39] = 100
    digit = center_digit(ink)
    inside = digit[6:23, 6:23]
    # Two rows of the drawing make one of the digit: one with ink and one without.
    assert np.abs(inside.astype(int) - 50).max() <= 1


def test_ink_with_a_long_thin_tail_stays_inside() -> None:
    # The centre of mass is near one end: centred on it, the tail would leave the image by almost six pixels.
    ink = np.zeros((200, 200), np.uint8)
    ink[0:12, 80:120] = 255
    ink[12:200, 99:101] = 255
    digit = center_digit(ink)
    assert digit[27, 14] > 0
    assert digit.sum(dtype=np.float64) == pytest.approx(255 * (12 * 40 + 188 * 2) * 0.01, rel=0.02)


@pytest.mark.parametrize("length", [20, 280, 1000, 2000])
def test_thin_strokes_survive(length: int) -> None:
    ink = np.zeros((length + 10, length + 10), np.uint8)
    ink[5 : length + 5, length // 2] = 255
    digit = center_digit(ink)
    assert digit.any(axis=1).sum() in (20, 21)
    assert digit.any(axis=0).sum() in (1, 2)
    np.testing.assert_array_equal(center_digit(ink.T), digit.T)


def test_ink_out_of_range_is_cut_to_it() -> None:
    assert center_digit(np.full((5, 5), 1000.0)).max() == 255


def test_the_centres_of_mass_of_real_digits_are_scattered_around_the_same_place(mnist: LoadedData) -> None:
    assert isinstance(mnist.test, ArrayDataset)
    centres = np.array([centre(digit) for digit in mnist.test.samples[:1000]])
    # They were placed by whole pixels.
    assert centres.min() > CENTRE - 0.51
    assert centres.max() < CENTRE + 0.51
    np.testing.assert_allclose(centres.mean(axis=0), CENTRE, atol=0.05)


def test_a_real_digit_drawn_large_comes_back(mnist: LoadedData) -> None:
    assert isinstance(mnist.test, ArrayDataset)
    rng = np.random.default_rng(0)
    for digit in mnist.test.samples[:200]:
        drawn = np.zeros((400, 400), np.uint8)
        top, left = rng.integers(0, 400 - 280, 2)
        drawn[top : top + 280, left : left + 280] = np.kron(digit, np.ones((10, 10), np.uint8))
        again = center_digit(drawn)
        # The same digit, by less than half a pixel beside its place: a blend of it and its neighbours in one direction.
        moved = np.subtract(CENTRE, centre(digit))
        np.testing.assert_allclose(again, shifted(digit, *moved), atol=1)
        assert np.abs(moved).max() < 0.51


def shifted(image: Array, down: float, right: float) -> Array:
    """The image moved by less than a pixel: each pixel goes in part to its neighbour."""
    moved = image.astype(np.float64)
    for axis, by in enumerate((down, right)):
        neighbour = np.roll(moved, int(np.sign(by)), axis)
        moved = (1 - abs(by)) * moved + abs(by) * neighbour
    return moved
