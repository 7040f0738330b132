"""From raw values to the numbers a network takes: one formula, whatever the types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nn_engine.data import LoadedData, Preprocessing
from nn_engine.types import Array


@pytest.mark.parametrize("raw_type", [np.uint8, np.int16, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_brightest_byte_is_exactly_one(raw_type: Any, dtype: Any) -> None:
    x = Preprocessing()(np.array([0, 255, 51], raw_type), dtype)
    assert x.dtype == dtype
    assert x[0] == 0
    assert x[1] == 1
    assert x[2] == pytest.approx(0.2, rel=1e-6)


@given(
    raw=hnp.arrays(np.uint8, (3, 4)) | hnp.arrays(np.float32, (3, 4), elements=st.floats(-1000, 1000, width=32)),
    divide_by=st.floats(0.01, 1000),
    mean=st.floats(-10, 10),
    deviation=st.floats(0.01, 100),
)
def test_the_formula(raw: Array, divide_by: float, mean: float, deviation: float) -> None:
    preprocessing = Preprocessing(divide_by=divide_by, mean=mean, deviation=deviation)
    expected = (raw.astype(np.float64) / divide_by - mean) / deviation
    scale = np.abs(expected).max() + abs(mean / deviation) + 1
    np.testing.assert_allclose(preprocessing(raw, np.float64), expected, rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(preprocessing(raw), expected, rtol=0, atol=1e-6 * scale)


def test_mean_and_deviation_of_real_digits(mnist: LoadedData) -> None:
    raw = np.empty((2000, 28, 28), np.uint8)
    mnist.train.read(np.arange(2000), raw)
    shares = raw / 255
    x = Preprocessing(mean=float(shares.mean()), deviation=float(shares.std()))(raw)
    assert x.mean() == pytest.approx(0, abs=1e-4)
    assert x.std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_is_written_where_it_is_wanted(dtype: Any) -> None:
    raw = np.array([[0, 255]], np.uint8)
    out = np.full((1, 2), 9, dtype)
    assert Preprocessing(mean=0.5).apply(raw, out) is out
    np.testing.assert_array_equal(out, [[-0.5, 0.5]])
    np.testing.assert_array_equal(raw, [[0, 255]])


def test_the_raw_values_stay_as_they_are() -> None:
    raw = np.array([1.0, 2.0], np.float32)
    x = Preprocessing(divide_by=1, mean=1)(raw)
    np.testing.assert_array_equal(raw, [1, 2])
    np.testing.assert_array_equal(x, [0, 1])


def test_one_sample_and_none() -> None:
    assert Preprocessing()(np.uint8(255)) == 1  # type: ignore[arg-type]
    assert Preprocessing()(np.zeros((0, 28, 28), np.uint8)).shape == (0, 28, 28)


def test_shape_is_kept() -> None:
    assert Preprocessing()(np.zeros((2, 28, 28, 3), np.uint8)).shape == (2, 28, 28, 3)


@pytest.mark.parametrize("name", ["divide_by", "deviation"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), None])
def test_what_cannot_divide_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"Preprocessing\.{name}: expected a number above 0"):
        Preprocessing(**{name: value})


@pytest.mark.parametrize("small", [1e-300, 1e300])
def test_divisors_that_leave_nothing_or_everything_are_refused(small: float) -> None:
    with pytest.raises(ValueError, match="expected divide_by times deviation from 1e-30 to 1e30"):
        Preprocessing(divide_by=small, deviation=small)
