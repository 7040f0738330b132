"""Ranges of bins: where they lie, and what merging does to counts away from zero."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine.inspection.bins import BINS, BinRange, choose_range, merged


def test_where_a_range_lies() -> None:
    bins = BinRange(-3, -100)
    assert (bins.width, bins.low, bins.high) == (0.125, -12.5, 115.5)
    assert (bins.place(-12.5), bins.place(0.0), bins.place(115.5)) == (0, 100, BINS)


def test_only_zeros_have_a_narrow_range_about_zero() -> None:
    bins = choose_range(0.0, 0.0)
    assert bins.low == -bins.high
    assert 2**-6 < bins.high < 2**-4


@pytest.mark.parametrize(("low", "high", "wide"), [(100.0, 101.0, 150.0), (-101.0, -100.0, -180.0)])
def test_counts_away_from_zero_stay_with_their_values(low: float, high: float, wide: float) -> None:
    old = choose_range(low, high)
    new = old.holding(wide, wide)
    assert new != old
    counts = np.zeros(BINS, np.int64)
    for value, count in ((low, 3), (high, 4)):
        counts[old.place(value)] += count
    expected = np.zeros(BINS, np.int64)
    for value, count in ((low, 3), (high, 4)):
        expected[new.place(value)] += count
    np.testing.assert_array_equal(merged(counts, old, new), expected)


@pytest.mark.parametrize(
    ("low", "high", "middle", "reach"),
    [(100.0, 101.0, 100.5, 0.5), (-101.0, -100.0, -100.5, 0.5), (-1.0, 3.0, 0.0, 3.0), (8.0, 8.0, 8.0, 4.0)],
)
def test_a_range_lies_about_its_values_with_a_little_room(low: float, high: float, middle: float, reach: float) -> None:
    """A quarter more than is needed, then up to the next power of two; about zero where both signs occur."""
    bins = choose_range(low, high)
    assert (bins.low + bins.high) / 2 == pytest.approx(middle, abs=bins.width)
    assert 1.25 * reach <= (bins.high - bins.low) / 2 <= 2.5 * reach
