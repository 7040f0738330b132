"""How a score moves with each value of the input."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, InputLayer
from nn_engine.inspection import class_scores, input_gradients, numerical_gradient, saliency
from tests.nn_engine.inspection.asked import DENSE, STACKS, made, samples

CLASSES = np.array([2, 0, 3])


def test_scores_are_those_before_softmax() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=4, fn="softmax"))
    x, arrays = samples(network, 3), network.state_dict()
    z = x @ arrays["layers.1.weights"] + arrays["layers.1.bias"]
    np.testing.assert_allclose(class_scores(network, x, CLASSES), z[np.arange(3), CLASSES])
    np.testing.assert_allclose(class_scores(network, x, 1), z[:, 1])


@pytest.mark.parametrize("stack", STACKS)
def test_gradients_are_what_one_finds_by_moving_a_value(stack: str) -> None:
    network = made(*STACKS[stack])
    x = samples(network, 3)
    found = input_gradients(network, x, CLASSES)
    expected = numerical_gradient(lambda: float(class_scores(network, x, CLASSES).sum()), x)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(saliency(network, x, CLASSES), np.abs(found))
    assert found.min() < 0


def test_of_a_network_that_ends_without_an_activation() -> None:
    network = made(InputLayer(units=3))
    x = samples(network, 2)
    np.testing.assert_array_equal(input_gradients(network, x, np.array([0, 2])), [[1, 0, 0], [0, 0, 1]])


def test_of_a_single_weight() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=2))
    weights = network.state_dict()["layers.1.weights"]
    np.testing.assert_allclose(input_gradients(network, np.ones((2, 3)), np.array([0, 1])), weights.T)


def test_many_samples_in_the_shape_in_which_they_come() -> None:
    network = made(*DENSE)
    x = samples(network, 450).reshape(450, 2, 3)
    found = input_gradients(network, x, 1)
    assert found.shape == (450, 2, 3)
    np.testing.assert_allclose(found[447:], input_gradients(network, x[447:], 1), atol=1e-12)
    assert input_gradients(network, x[:0], 1).shape == (0, 2, 3)


@pytest.mark.parametrize("classes", [4, -1, [0, 1, 4]])
def test_classes_that_do_not_exist(classes: object) -> None:
    network = made(*DENSE)
    with pytest.raises(ValueError, match="Expected classes from 0 to 3; received"):
        saliency(network, samples(network, 3), classes)  # type: ignore[arg-type]


@pytest.mark.parametrize("classes", [[0, 1], 1.0, [[0], [1], [2]]])
def test_classes_that_are_none(classes: object) -> None:
    network = made(*DENSE)
    with pytest.raises(ValueError, match="Expected one class number, or one for each of 3 samples; received"):
        saliency(network, samples(network, 3), classes)  # type: ignore[arg-type]
