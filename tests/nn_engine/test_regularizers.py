"""The price on large weights."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import L1, L2, Adam, Constant, Regularizer, WeightDecay
from nn_engine.inspection import numerical_gradient
from nn_engine.workspace import Workspace
from tests.nn_engine.training.small import small_trainer


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
    l2 = l2.replace(strength=3)
    l2.add_gradient(weights, gradient, workspace)
    np.testing.assert_array_equal(gradient, [2 + 6])


def test_l1_pulls_by_the_same_amount_whatever_the_size() -> None:
    gradient = np.zeros(4)
    L1(strength=0.5).add_gradient(np.array([3.0, -0.001, 0.0, -7.0]), gradient, Workspace())
    np.testing.assert_array_equal(gradient, [0.5, -0.5, 0, -0.5])


def test_weight_decay_shrinks_in_proportion_to_rate_and_strength() -> None:
    weights, gradient = np.array([2.0, -4.0]), np.zeros(2)
    decay = WeightDecay(strength=0.5)
    decay.add_gradient(weights, gradient, Workspace())
    decay.shrink(weights, learning_rate=0.1)
    np.testing.assert_allclose(weights, [1.9, -3.8])
    assert not gradient.any()


def test_in_adam_decay_is_the_same_for_all_weights_where_l2_is_not() -> None:
    """What sets decoupled decay apart: with a large gradient history L2 hardly pulls at all."""

    def shrunk(regularization: tuple[Regularizer, ...]) -> float:
        trainer = small_trainer(
            optimizer=Adam(learning_rate=0.001), schedule=Constant(), regularization=regularization, epochs=5
        )
        for _ in trainer.fit():
            pass
        weights = trainer.state().snapshot.weights[: trainer.network.weight_size]
        return float(np.abs(weights).sum())

    free, decayed = shrunk(()), shrunk((WeightDecay(strength=1),))
    steps = 25
    assert decayed == pytest.approx(free * (1 - 0.001) ** steps, rel=0.03)
