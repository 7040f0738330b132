"""A step from the gradient to new parameters: what is done in which order, and that parts of it make a whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import L1, L2, SGD, Adam, AdamW, ClipByNorm, ClipByValue, TrainingPlan, WeightDecay
from nn_engine.network import Network
from nn_engine.training.step import ALIGNED, Step, can_part, make_step, parts_of
from nn_engine.workspace import Workspace
from tests.nn_engine.training.small import small_network


@given(st.integers(0, 100_000), st.integers(1, 40))
def test_parts_are_the_whole_in_order(size: int, count: int) -> None:
    parts = list(parts_of(size, count))
    assert len(parts) == count
    assert [parts[0].start, *(part.stop for part in parts)] == [*(part.start for part in parts), size]
    assert all(part.start % ALIGNED == 0 and part.start <= part.stop for part in parts)
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 2 * ALIGNED


def test_what_has_to_see_the_whole_gradient_is_not_done_in_parts() -> None:
    assert can_part(TrainingPlan(optimizer=Adam(), regularization=(L1(), L2(), WeightDecay())))
    assert can_part(TrainingPlan(clipping=(ClipByValue(),)))
    assert not can_part(TrainingPlan(clipping=(ClipByValue(), ClipByNorm())))


def with_gradients() -> Network:
    network = small_network()
    network.gradients[...] = np.random.default_rng(3).normal(size=network.gradients.shape)
    return network


PLANS = [
    TrainingPlan(optimizer=SGD(momentum=0.9, nesterov=True), clipping=(ClipByValue(limit=0.3),)),
    TrainingPlan(optimizer=AdamW(weight_decay=0.3), regularization=(L1(strength=0.1), WeightDecay(strength=0.5))),
]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("count", [2, 3, 60])
def test_parts_are_stepped_as_the_whole_is(plan: TrainingPlan, count: int) -> None:
    found = []
    for parts in ([slice(0, with_gradients().trainable_size)], parts_of(with_gradients().trainable_size, count)):
        network, workspace = with_gradients(), Workspace()
        slots = {name: np.ones_like(network.trainable) for name in plan.optimizer.slots}
        for part in parts:
            make_step(plan, network, slots, Step(0.1, 3, None), part, workspace)
        found.append({"state": network.state, "gradients": network.gradients, **slots})
    np.testing.assert_equal(found[1], found[0])


def test_only_weights_are_penalized_and_shrunk() -> None:
    network, plan = with_gradients(), TrainingPlan(optimizer=SGD(), regularization=(L1(strength=1), WeightDecay()))
    weights, biases = slice(0, network.weight_size), slice(network.weight_size, None)
    before, gradients = network.state.copy(), network.gradients.copy()
    slots = {"velocity": np.zeros_like(network.trainable)}
    make_step(plan, network, slots, Step(0.1, 1, None), slice(0, network.trainable_size), Workspace())
    np.testing.assert_array_equal(network.gradients[biases], gradients[biases])
    np.testing.assert_allclose(network.state[biases], before[biases] - 0.1 * gradients[biases], rtol=1e-6)
    pulled = gradients[weights] + np.sign(before[weights])
    np.testing.assert_allclose(network.gradients[weights], pulled, rtol=1e-6)
    shrunk = before[weights] * (1 - 0.1 * WeightDecay().strength)
    np.testing.assert_allclose(network.state[weights], shrunk - 0.1 * pulled, rtol=1e-5, atol=1e-7)


def test_bounds_come_after_penalties() -> None:
    network = with_gradients()
    plan = TrainingPlan(optimizer=SGD(), regularization=(L1(strength=5),), clipping=(ClipByNorm(limit=0.01),))
    slots = {"velocity": np.zeros_like(network.trainable)}
    make_step(plan, network, slots, Step(0.1, 1, None), slice(0, network.trainable_size), Workspace())
    assert float(np.linalg.norm(network.gradients)) == pytest.approx(0.01, rel=1e-4)
