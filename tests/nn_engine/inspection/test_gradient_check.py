"""The numerical gradient, which the other tests of gradients rely on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine.inspection import numerical_gradient
from nn_engine.types import Array


def test_a_known_gradient_is_found_and_the_values_are_put_back() -> None:
    values = np.array([[0.5, -2.0], [3.0, 0.0]])
    before = values.copy()
    gradient = numerical_gradient(lambda: float(np.sin(values).sum() + values[0, 1] * values[1, 0]), values)
    expected = np.cos(before)
    expected[0, 1] += before[1, 0]
    expected[1, 0] += before[0, 1]
    np.testing.assert_allclose(gradient, expected, atol=1e-9)
    np.testing.assert_array_equal(values, before)


def test_the_error_is_of_the_order_of_the_squared_step() -> None:
    values = np.array([1.0])
    errors = []
    for step in (1e-2, 1e-3):
        (slope,) = numerical_gradient(lambda: math.exp(values[0]), values, step)
        errors.append(abs(slope - math.e))
    assert errors[0] > 1e-6
    assert math.isclose(errors[0] / errors[1], 100, rel_tol=0.01)


@pytest.mark.parametrize(
    ("values", "received"),
    [
        (np.ones((2, 3), np.float32), "float32 in one piece"),
        (np.ones((2, 3), int), "int64 in one piece"),
        (np.ones((3, 2)).T, "float64 in another order or with gaps"),
        (np.ones((2, 6))[:, ::2], "float64 in another order or with gaps"),
    ],
    ids=["float32", "integers", "transposed", "strided"],
)
def test_arrays_that_cannot_be_moved_a_little_in_place_are_refused(values: Array, received: str) -> None:
    before = values.copy()
    with pytest.raises(ValueError, match=f"Expected an array of float64 in one piece of memory.*; received {received}"):
        numerical_gradient(lambda: float(np.square(values).sum()), values)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_a_function_that_raises_finds_the_values_put_back(last: int) -> None:
    values, calls = np.array([0.5, -2.0]), 0

    def function() -> float:
        nonlocal calls
        calls += 1
        if calls == last:
            raise ArithmeticError("enough")
        return 0.0

    with pytest.raises(ArithmeticError, match="enough"):
        numerical_gradient(function, values)
    np.testing.assert_array_equal(values, [0.5, -2.0])
