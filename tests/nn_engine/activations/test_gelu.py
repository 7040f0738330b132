"""The Gaussian error linear unit against its definition, at the ends and at the tiny values in between."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.activations import GELU
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


def gelu_and_slope(z: Floats) -> tuple[Floats, Floats]:
    activation = GELU(Workspace(), "")
    y = activation.forward(z.copy())
    return y, activation.backward(np.ones_like(z))


def exact(z: float) -> tuple[float, float]:
    below = math.erfc(-z / math.sqrt(2)) / 2
    return z * below, below + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


@given(st.floats(-38, 38))
def test_it_is_the_definition_to_twelve_digits(z: float) -> None:
    y, slope = gelu_and_slope(np.array([[z]]))
    value, derivative = exact(z)
    assert math.isclose(y[0, 0], value, rel_tol=1e-12, abs_tol=1e-300)
    assert math.isclose(slope[0, 0], derivative, rel_tol=1e-12, abs_tol=1e-14)


@given(st.floats(-12, 12, width=32))
def test_in_float32_it_is_right_to_its_precision(z: float) -> None:
    y, slope = gelu_and_slope(np.array([[z]], np.float32))
    value, derivative = exact(z)
    assert math.isclose(y[0, 0], value, rel_tol=1e-6, abs_tol=1e-6)
    assert math.isclose(slope[0, 0], derivative, rel_tol=1e-6, abs_tol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_inputs_are_quiet(dtype: type[np.floating]) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = gelu_and_slope(np.array([[1e30, -1e30, 0, -0.0]], dtype))
    np.testing.assert_allclose(y, np.array([[1e30, 0, 0, 0]], dtype))
    np.testing.assert_allclose(slope, [[1, 0, 0.5, 0.5]], atol=1e-7)


def test_a_gradient_may_be_asked_for_again() -> None:
    activation = GELU(Workspace(), "")
    activation.forward(np.array([[-1.0, 0.5, 2.0]]))
    first = activation.backward(np.ones((1, 3))).copy()
    np.testing.assert_array_equal(activation.backward(np.ones((1, 3))), first)
