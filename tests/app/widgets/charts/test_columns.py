from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.charts.columns import extents, strokes


@given(st.integers(1, 400), st.integers(1, 60), st.data())
def test_no_spike_is_lost(count: int, bins: int, data: st.DataObject) -> None:
    values = np.array(data.draw(st.lists(st.floats(-1e3, 1e3), min_size=count, max_size=count)))
    steps = np.arange(1.0, count + 1)
    width = (count + 1) / bins
    found = extents(steps, values, 0.0, width, 0, bins)
    assert found.low.min() == values.min()
    assert found.high.max() == values.max()
    for place, low, high in zip(found.bins, found.low, found.high, strict=True):
        edges = np.searchsorted(steps, 0.0 + np.array([place, place + 1]) * width)
        inside = values[edges[0] : edges[1]]
        assert (low, high) == (inside.min(), inside.max())


@given(st.integers(2, 200), st.integers(1, 199))
def test_a_longer_series_changes_only_its_last_bins(count: int, known: int) -> None:
    known = min(known, count)
    values = np.random.default_rng(count).normal(size=count)
    steps = np.arange(1.0, count + 1)
    before, after = extents(steps[:known], values[:known], 0, 3.7, 0, 99), extents(steps, values, 0, 3.7, 0, 99)
    finished = len(before.bins) - 1
    np.testing.assert_array_equal(before.low[:finished], after.low[:finished])
    np.testing.assert_array_equal(before.high[:finished], after.high[:finished])


def test_nan_is_passed_over() -> None:
    found = extents(np.arange(1.0, 5), np.array([np.nan, 2.0, np.nan, np.nan]), 0.5, 2, 0, 1)
    assert found.low[0] == found.high[0] == 2
    assert np.isnan(found.low[1])


def test_strokes_of_neighbours_touch() -> None:
    found = extents(np.arange(8.0), np.array([0.0, 1, 5, 6, 2, 3, 9, 8]), 0, 2, 0, 3)
    columns, lower, upper = strokes(found)
    for column in range(3):
        here, there = columns == column, columns == column + 1
        assert lower[there].min() <= upper[here].max()
        assert lower[here].min() <= upper[there].max()
