"""The size of a step beside the size of what it changes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine import BatchNormLayer, DenseLayer, InputLayer
from nn_engine.inspection import update_ratios
from tests.nn_engine.inspection.asked import made


def test_for_every_trained_parameter() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=2), BatchNormLayer())
    before = network.state.copy()
    arrays = network.named_parameters()
    arrays["layers.1.weights"][0, 0] += 0.5
    arrays["layers.1.bias"] *= 1.01
    arrays["layers.2.running_mean"] += 7
    found = update_ratios(network, before, network.state)
    assert set(found) == {"layers.1.weights", "layers.1.bias", "layers.2.scale", "layers.2.shift"}
    length = np.linalg.norm(network.vector_as_dict(before)["layers.1.weights"])
    assert found["layers.1.weights"] == pytest.approx(0.5 / length)
    assert found["layers.1.bias"] == pytest.approx(0.01)
    assert found["layers.2.scale"] == found["layers.2.shift"] == 0


def test_what_was_zero() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=2))
    before, after = np.zeros_like(network.state), np.zeros_like(network.state)
    network.vector_as_dict(after)["layers.1.bias"][0] = 1
    assert update_ratios(network, before, after) == {"layers.1.weights": 0.0, "layers.1.bias": math.inf}


def test_small_steps_of_float32_are_not_lost() -> None:
    network = made(InputLayer(units=1000), DenseLayer(units=100))
    before = np.ones(network.state.shape, np.float32)
    after = before + np.float32(2**-20)
    for ratio in update_ratios(network, before, after).values():
        assert ratio == pytest.approx(2**-20, rel=1e-6)


def test_other_vectors_are_refused() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=2))
    with pytest.raises(ValueError, match=r"Expected states of shape \(8,\); received \(6,\)"):
        update_ratios(network, network.state, network.state[:6])
