from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view_models.smoothing import ExponentialSmoother, MovingAverage, smoother, window_for

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=700)


def plain_exponential(values: list[float], weight: float) -> list[float]:
    """The formula as TensorBoard has it."""
    last, smoothed = 0.0, []
    for count, value in enumerate(values, 1):
        last = weight * last + (1 - weight) * value
        smoothed.append(last / (1 - weight**count) if weight else value)
    return smoothed


@given(VALUES, st.floats(0, 0.999), st.integers(1, 300))
def test_exponential_is_the_plain_formula_however_it_comes(values: list[float], weight: float, piece: int) -> None:
    pieces = ExponentialSmoother(weight)
    got = np.concatenate([pieces.extend(np.array(values[at : at + piece])) for at in range(0, len(values), piece)])
    tolerance = 1e-6 * max(1.0, float(np.abs(values).max()))
    np.testing.assert_allclose(got, plain_exponential(values, weight), rtol=1e-7, atol=tolerance)


@given(VALUES, st.integers(1, 300), st.integers(1, 300))
def test_moving_average_is_the_mean_of_the_last(values: list[float], window: int, piece: int) -> None:
    pieces = MovingAverage(window)
    got = np.concatenate([pieces.extend(np.array(values[at : at + piece])) for at in range(0, len(values), piece)])
    expected = [np.mean(values[max(0, at - window + 1) : at + 1]) for at in range(len(values))]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-6)


def test_one_huge_value_leaves_the_moving_average_with_its_window() -> None:
    values = np.ones(100)
    values[10] = 1e30
    assert (MovingAverage(8).extend(values)[18:] == 1).all()


@pytest.mark.parametrize("average", [False, True])
def test_constant_stays_constant_from_the_first_value(average: bool) -> None:
    np.testing.assert_allclose(smoother(0.99, average).extend(np.full(2000, 2.5)), 2.5, rtol=1e-12)


@pytest.mark.parametrize("average", [False, True])
def test_what_is_no_number_stays_and_leaves_the_rest_alone(average: bool) -> None:
    values = np.array([1.0, np.nan, 2.0, np.inf, 3.0])
    got = smoother(0.5, average).extend(values)
    assert np.isnan(got[1])
    assert np.isinf(got[3])
    np.testing.assert_array_equal(got[[0, 2, 4]], smoother(0.5, average).extend(np.array([1.0, 2.0, 3.0])))


def test_window_grows_with_the_weight() -> None:
    assert [window_for(weight) for weight in (0, 0.5, 0.9, 0.96, 0.999)] == [1, 3, 19, 49, 1999]
