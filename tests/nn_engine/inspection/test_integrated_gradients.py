"""The shares of all pixels add up to the answer."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, InputLayer
from nn_engine.inspection import class_scores, integrated_gradients
from tests.nn_engine.inspection.asked import DENSE, STACKS, made, samples

CLASSES = np.array([2, 0, 3])


@pytest.mark.parametrize("baseline", [0.0, 0.7])
@pytest.mark.parametrize("stack", STACKS)
def test_completeness(stack: str, baseline: float) -> None:
    network = made(*STACKS[stack])
    x = samples(network, 3)
    shares = integrated_gradients(network, x, CLASSES, baseline, steps=2000)
    assert shares.shape == x.shape
    start = np.full_like(x, baseline)
    expected = class_scores(network, x, CLASSES) - class_scores(network, start, CLASSES)
    np.testing.assert_allclose(shares.reshape(3, -1).sum(axis=1), expected, rtol=1e-3, atol=1e-4)
    assert np.abs(expected).max() > 0.1


def test_more_steps_are_more_exact() -> None:
    network = made(*DENSE)
    x = samples(network, 20)
    expected = class_scores(network, x, 1) - class_scores(network, np.zeros_like(x), 1)
    errors = [
        np.abs(integrated_gradients(network, x, 1, steps=steps).sum(axis=1) - expected).max() for steps in (1, 8, 64)
    ]
    assert errors[0] > 8 * errors[1] > 64 * errors[2]


def test_a_linear_network_needs_one_step() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=2))
    x, base = samples(network, 4), np.array([0.5, -1, 2])
    found = integrated_gradients(network, x, 1, base, steps=1)
    np.testing.assert_allclose(found, (x - base) * network.state_dict()["layers.1.weights"][:, 1])


def test_what_is_as_in_the_baseline_has_no_share() -> None:
    network = made(*DENSE)
    x = samples(network, 3)
    x[:, 2] = 0
    assert not integrated_gradients(network, x, 0)[:, 2].any()


def test_samples_are_left_as_they_are_and_keep_their_shape() -> None:
    network = made(*DENSE)
    x = samples(network, 3).reshape(3, 3, 2)
    before = x.copy()
    assert integrated_gradients(network, x, 0, np.zeros((3, 2))).shape == (3, 3, 2)
    np.testing.assert_array_equal(x, before)


def test_no_step_is_refused() -> None:
    with pytest.raises(ValueError, match="steps: expected a whole number from 1 up; received 0"):
        integrated_gradients(made(*DENSE), np.zeros((1, 6)), 0, steps=0)
