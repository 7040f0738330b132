"""The logistic function at known places and at the ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine.activations import Sigmoid
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


def sigmoid(z: Floats) -> Floats:
    return Sigmoid(Workspace(), "").forward(z.copy())


def test_known_values() -> None:
    z = np.array([[0, math.log(3), -math.log(3), math.log(99)]])
    np.testing.assert_allclose(sigmoid(z), [[0.5, 0.75, 0.25, 0.99]], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_inputs_reach_the_ends_in_silence(dtype: type[np.floating]) -> None:
    with np.errstate(all="raise"):
        activation = Sigmoid(Workspace(), "")
        y = activation.forward(np.array([[1e4, -1e4, 1e30, -1e30]], dtype))
        np.testing.assert_array_equal(y, [[1, 0, 1, 0]])
        np.testing.assert_array_equal(activation.backward(np.ones_like(y)), np.zeros((1, 4)))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-7), (np.float64, 2e-16)])
def test_it_is_the_textbooks_function(dtype: type[np.floating], tolerance: float) -> None:
    z = np.linspace(-30, 30, 1001)[np.newaxis]
    np.testing.assert_allclose(sigmoid(z.astype(dtype)), 1 / (1 + np.exp(-z)), rtol=0, atol=tolerance * 2)


def test_it_is_symmetric() -> None:
    z = np.linspace(0, 20, 101)[np.newaxis]
    np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=1e-15)


def test_float32_is_exact_to_the_last_places_of_one() -> None:
    z = np.linspace(-30, 30, 1001, dtype=np.float32)[np.newaxis]
    np.testing.assert_allclose(sigmoid(z), 1 / (1 + np.exp(-z.astype(np.float64))), rtol=0, atol=1.2e-7)
