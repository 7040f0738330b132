"""The price on large weights."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import L2
from nn_engine.inspection import numerical_gradient
from nn_engine.workspace import Workspace


@pytest.mark.parametrize("strength", [0.0, 1e-4, 0.25])
def test_l2_adds_the_gradient_of_half_the_sum_of_squares(strength: float) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4))
    gradient = np.full((3, 4), 2.0)
    L2(strength=strength).add_gradient(weights, gradient, Workspace())
    penalty = numerical_gradient(lambda: strength / 2 * float(np.square(weights).sum()), weights)
    np.testing.assert_allclose(gradient, 2 + penalty, atol=1e-8)


def test_the_strength_can_change_while_training_runs() -> None:
    l2, weights, gradient = L2(strength=1), np.array([2.0]), np.zeros(1)
    workspace = Workspace()
    l2.add_gradient(weights, gradient, workspace)
    l2.change_live("strength", 3)
    l2.add_gradient(weights, gradient, workspace)
    np.testing.assert_array_equal(gradient, [2 + 6])
