"""Softmax: probabilities, whatever the scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.activations import Sigmoid, Softmax
from nn_engine.inspection import numerical_gradient
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


def softmax(z: Floats) -> Floats:
    return Softmax(Workspace(), "").forward(z.copy())


def test_known_values() -> None:
    y = softmax(np.log(np.array([[1.0, 2, 5], [3, 3, 3]])))
    np.testing.assert_allclose(y, np.array([[0.125, 0.25, 0.625], [1 / 3, 1 / 3, 1 / 3]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_scores_give_probabilities_in_silence(dtype: type[np.floating]) -> None:
    z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4]], dtype)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        activation = Softmax(Workspace(), "")
        y = activation.forward(z)
        expected = np.array([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]])
        np.testing.assert_allclose(y, expected, rtol=1e-6)
        assert np.isfinite(activation.backward(np.full_like(y, 1e4))).all()


@given(st.integers(1, 8), st.integers(1, 12), st.floats(0, 1e4), st.integers(0, 2**31))
def test_every_row_sums_to_one(batch: int, units: int, size: float, seed: int) -> None:
    z = (size * np.random.default_rng(seed).normal(size=(batch, units))).astype(np.float32)
    y = softmax(z)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)
    assert (y >= 0).all()
    best = y[np.arange(batch), z.argmax(axis=1)]
    np.testing.assert_array_equal(best, y.max(axis=1), err_msg="the highest score is not the most probable")


def test_a_shift_of_all_scores_changes_nothing() -> None:
    z = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_allclose(softmax(z + 500), softmax(z), rtol=1e-12)


def test_with_two_classes_it_is_the_sigmoid_of_the_difference() -> None:
    z = np.random.default_rng(0).normal(size=(20, 2))
    expected = Sigmoid(Workspace(), "").forward((z[:, :1] - z[:, 1:]).copy())
    np.testing.assert_allclose(softmax(z)[:, :1], expected, rtol=1e-12)


def test_the_whole_jacobian_by_hand() -> None:
    """∂y_i/∂z_j = y_i · ([i = j] - y_j), one row of it for each unit gradient."""
    z = np.random.default_rng(0).normal(size=(1, 4))
    activation = Softmax(Workspace(), "")
    y = activation.forward(z.copy())[0]
    rows = [activation.backward(unit[np.newaxis].copy())[0].copy() for unit in np.eye(4)]
    np.testing.assert_allclose(rows, np.diag(y) - np.outer(y, y), atol=1e-15)
    numerical = [numerical_gradient(lambda i=i: float(softmax(z)[0, i]), z)[0] for i in range(4)]  # type: ignore[misc]
    np.testing.assert_allclose(rows, numerical, atol=1e-9)


def test_the_same_gradient_for_every_output_moves_nothing() -> None:
    activation = Softmax(Workspace(), "")
    activation.forward(np.random.default_rng(0).normal(size=(3, 4)))
    np.testing.assert_allclose(activation.backward(np.full((3, 4), 5.0)), 0, atol=1e-15)
