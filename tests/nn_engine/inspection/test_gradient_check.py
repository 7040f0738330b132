"""The numerical gradient, which the other tests of gradients rely on."""

from __future__ import annotations

import math

import numpy as np

from nn_engine.inspection import numerical_gradient


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
