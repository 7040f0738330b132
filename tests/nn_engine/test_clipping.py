"""Bounds on gradients: what they leave, and that training uses them."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import L2, SGD, ClipByNorm, ClipByValue
from tests.nn_engine.training.small import small_trainer


@pytest.mark.parametrize(("limit", "expected"), [(10.0, [3.0, -4.0]), (5.0, [3.0, -4.0]), (1.0, [0.6, -0.8])])
def test_by_norm_shortens_without_turning(limit: float, expected: list[float]) -> None:
    gradient = np.array([3.0, -4.0])
    ClipByNorm(limit=limit).clip(gradient)
    np.testing.assert_allclose(gradient, expected)


@pytest.mark.parametrize("limit", [1.0, 1e9])
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e19), (np.float32, 8e37), (np.float64, 1e300)])
def test_by_norm_shortens_what_is_too_large_for_its_square(dtype: type[np.floating], size: float, limit: float) -> None:
    gradient = np.array([3.0, -4.0, 0.0], dtype) * dtype(size)
    with np.errstate(all="raise"):
        ClipByNorm(limit=limit).clip(gradient)
    np.testing.assert_allclose(gradient, limit * np.array([0.6, -0.8, 0.0]), rtol=1e-6)


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_by_norm_leaves_what_is_not_finite_to_be_found(wrong: float) -> None:
    gradient = np.array([wrong, 1.0], np.float32)
    ClipByNorm().clip(gradient)
    np.testing.assert_array_equal(gradient, np.array([wrong, 1.0], np.float32))


def test_by_value_bounds_each_component() -> None:
    gradient = np.array([3.0, -4.0, 0.25])
    ClipByValue(limit=0.5).clip(gradient)
    np.testing.assert_array_equal(gradient, [0.5, -0.5, 0.25])


def test_a_training_step_is_no_longer_than_the_limit_allows_with_all_penalties() -> None:
    trainer = small_trainer(
        optimizer=SGD(learning_rate=2.0), regularization=(L2(strength=10),), clipping=(ClipByNorm(limit=0.01),)
    )
    before = trainer.network.state.copy()
    events = trainer.fit()
    rates: list[float] = []
    while len(rates) < 3:
        if rate := getattr(next(events), "learning_rate", None):
            rates.append(rate)
            step = np.linalg.norm(trainer.network.state - before)
            assert step == pytest.approx(0.01 * rate, rel=1e-3)
            before = trainer.network.state.copy()
