"""Layouts: every way from one to another keeps every value in its place."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nn_engine.layouts import BATCH_FIRST, BATCH_LAST, Layout, convert, convertible, in_windows
from nn_engine.types import Floats

SHAPE = (4, 6, 3)
COUNT = 5
ALL = (BATCH_FIRST, BATCH_LAST, in_windows(2, 2), in_windows(2, 3), in_windows(4, 1))


def images(shape: tuple[int, ...] = SHAPE) -> Floats:
    return np.arange(float(COUNT * np.prod(shape))).reshape(COUNT, *shape)


def laid_out(layout: Layout, shape: tuple[int, ...] = SHAPE) -> Floats:
    """The images in a layout, value by value."""
    x, made = images(shape), np.full(layout.array_shape(shape, COUNT), np.nan)
    rows, columns = layout.window
    for n, i, j, c in np.ndindex(x.shape):
        if not layout.batch_last:
            made[n, i, j, c] = x[n, i, j, c]
        elif i // rows < shape[0] // rows and j // columns < shape[1] // columns:
            place = (c, i // rows, j // columns, n)
            made[place if layout.window == (1, 1) else (i % rows * columns + j % columns, *place)] = x[n, i, j, c]
    return made


@pytest.mark.parametrize(("source", "target"), list(itertools.product(ALL, ALL)))
def test_every_value_comes_to_its_place(source: Layout, target: Layout) -> None:
    if not convertible(source, target, SHAPE):
        assert source.window != (1, 1) != target.window
        return
    out = np.full(target.array_shape(SHAPE, COUNT), np.nan)
    assert convert(laid_out(source), source, target, out) is out
    np.testing.assert_array_equal(out, laid_out(target))
    assert target.count(out) == COUNT


@pytest.mark.parametrize("plain", [BATCH_FIRST, BATCH_LAST])
def test_what_fills_no_window_is_left_out_and_comes_back_as_zero(plain: Layout) -> None:
    shape, windows = (5, 7, 2), in_windows(2, 3)
    assert windows.holds(shape)
    assert not windows.holds_all(shape)
    inside = convert(laid_out(plain, shape), plain, windows, np.full(windows.array_shape(shape, COUNT), np.nan))
    np.testing.assert_array_equal(inside, laid_out(windows, shape))
    back = convert(inside, windows, plain, np.full(plain.array_shape(shape, COUNT), np.nan))
    expected = images(shape)
    expected[:, 4:], expected[:, :, 6:] = 0, 0
    np.testing.assert_array_equal(back if plain == BATCH_FIRST else back.transpose(3, 1, 2, 0), expected)
    # The gradient comes back like this; what goes forward must not be missing anything.
    assert convertible(plain, windows, shape)
    assert not convertible(windows, plain, shape)


def test_only_images_can_lie_batch_last() -> None:
    for shape in ((6,), (2, 3), (2, 3, 4, 5)):
        assert BATCH_FIRST.holds(shape)
        assert BATCH_FIRST.array_shape(shape, 7) == (7, *shape)
        assert not BATCH_LAST.holds(shape)
        assert not convertible(BATCH_FIRST, BATCH_LAST, shape)
    assert not in_windows(3, 3).holds((2, 6, 1)), "there is no whole window in it"


@pytest.mark.parametrize("layout", [BATCH_FIRST, BATCH_LAST, in_windows(2, 2)])
def test_one_index_of_the_middle_axis_picks_a_channel(layout: Layout) -> None:
    view = layout.channels_in_the_middle(laid_out(layout))
    assert view.ndim == 3
    for channel in range(SHAPE[2]):
        np.testing.assert_array_equal(np.sort(view[:, channel], axis=None), images()[..., channel].ravel())
