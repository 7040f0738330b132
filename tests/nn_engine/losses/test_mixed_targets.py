"""Losses of targets that are rows of shares, as MixUp makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn_engine import CrossEntropy, Loss, registered
from nn_engine.losses.loss import as_values
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

LOSSES: list[Any] = list(registered("loss").values())
FOR_CLASSES = [cls for cls in LOSSES if "classes" in cls.target_kinds and cls.takes_shares]


def outputs_of(seed: int = 0) -> Floats:
    """Probabilities of 4 classes."""
    return np.random.default_rng(seed).dirichlet(np.ones(4), 7)


def shares() -> Floats:
    """Rows that sum to 1."""
    return np.random.default_rng(5).dirichlet(np.ones(4), 7)


SMOOTH = CrossEntropy(label_smoothing=0.25, class_weights=(1, 2, 0.5, 4))


@pytest.mark.parametrize("loss", [*(cls() for cls in FOR_CLASSES), SMOOTH], ids=repr)
def test_a_row_with_a_single_one_is_the_class(loss: Loss) -> None:
    classes, outputs, cls = np.random.default_rng(1).integers(0, 4, 7), outputs_of(), type(loss)
    rows = as_values(classes, outputs)
    for paired in (False, True) if cls.pairs_with else (False,):
        np.testing.assert_allclose(
            loss.per_sample(outputs, rows, paired), loss.per_sample(outputs, classes, paired), rtol=1e-12
        )
        total, grad = loss.sum_and_gradient(outputs, rows, paired, 9, Workspace())
        expected_total, expected_grad = loss.sum_and_gradient(outputs, classes, paired, 9, Workspace())
        assert total == pytest.approx(expected_total)
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("loss", [CrossEntropy(), SMOOTH], ids=repr)
def test_cross_entropy_of_shares_is_the_mean_over_the_classes(loss: CrossEntropy, paired: bool) -> None:
    outputs, rows = outputs_of(), shares()
    each = [loss.per_sample(outputs, np.full(7, number), paired) for number in range(4)]
    np.testing.assert_allclose(loss.per_sample(outputs, rows, paired), (rows.T * each).sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", [CrossEntropy(), SMOOTH], ids=repr)
def test_the_derivative_of_cross_entropy_of_shares(loss: CrossEntropy, paired: bool, dtype: type) -> None:
    outputs, rows = outputs_of(), shares()
    total, grad = loss.sum_and_gradient(outputs.astype(dtype), rows.astype(dtype), paired, 9, Workspace())
    assert grad.dtype == dtype
    assert total == pytest.approx(loss.per_sample(outputs, rows, paired).sum(), rel=1e-5)
    numerical = np.zeros_like(outputs)
    for place in np.ndindex(outputs.shape):
        for sign in (1, -1):
            moved = outputs.copy()
            moved[place] += sign * 1e-6
            numerical[place] += sign * loss.per_sample(moved, rows, paired).sum() / 9 / 2e-6
    np.testing.assert_allclose(grad, numerical, rtol=1e-4, atol=1e-6)
