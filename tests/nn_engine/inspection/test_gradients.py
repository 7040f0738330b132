"""Gradients are what one finds by moving a number a little."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import CrossEntropy, DenseLayer, InputLayer, MeanSquaredError, Network
from nn_engine.inspection import layer_activations, layer_gradients, numerical_gradient, parameter_gradients
from nn_engine.losses import Loss
from nn_engine.types import Array
from tests.nn_engine.inspection.asked import DENSE, STACKS, made, piece, samples

TARGETS = np.array([0, 3, 1])


def mean_loss(network: Network, loss: Loss, x: Array, targets: Array) -> float:
    return float(loss.per_sample(network.predict(x), targets, paired=False).mean())


@pytest.mark.parametrize("loss", [CrossEntropy(), MeanSquaredError()])
@pytest.mark.parametrize("stack", STACKS)
def test_in_every_parameter(stack: str, loss: Loss) -> None:
    network = made(*STACKS[stack])
    x = samples(network, 3)
    found = parameter_gradients(network, loss, x, TARGETS)
    assert list(found) == list(network.named_gradients())
    arrays = network.named_parameters()
    for name, gradient in found.items():
        expected = numerical_gradient(lambda: mean_loss(network, loss, x, TARGETS), arrays[name])
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("loss", [CrossEntropy(), MeanSquaredError()])
@pytest.mark.parametrize("stack", STACKS)
def test_in_what_every_layer_gives(stack: str, loss: Loss) -> None:
    network = made(*STACKS[stack])
    x = samples(network, 3)
    found, between = layer_gradients(network, loss, x, TARGETS), layer_activations(network, x)
    last = len(network.layers) - 1
    assert list(found) == [f"layers.{index}" for index in range(last if network.pairs_with(loss) else last + 1)]
    for index, (name, gradient) in enumerate(found.items()):
        y = between[name]
        if index == last:
            expected = numerical_gradient(lambda y=y: float(loss.per_sample(y, TARGETS, False).mean()), y)  # type: ignore[misc]
        else:
            rest = piece(network, index + 1)
            expected = numerical_gradient(lambda y=y, rest=rest: mean_loss(rest, loss, y, TARGETS), y)  # type: ignore[misc]
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-8, err_msg=name)


def test_many_samples_are_as_good_as_few() -> None:
    network = made(*DENSE)
    x, targets = samples(network, 450), np.arange(450) % 4
    each = [parameter_gradients(network, CrossEntropy(), x[i : i + 1], targets[i : i + 1]) for i in range(450)]
    for name, gradient in parameter_gradients(network, CrossEntropy(), x, targets).items():
        np.testing.assert_allclose(gradient, np.mean([one[name] for one in each], axis=0), atol=1e-12)
    one = layer_gradients(network, CrossEntropy(), x[449:], targets[449:])
    for name, gradient in layer_gradients(network, CrossEntropy(), x, targets).items():
        assert len(gradient) == 450
        np.testing.assert_allclose(gradient[449:] * 450, one[name], atol=1e-12)


def test_values_as_targets() -> None:
    network = made(InputLayer(units=2), DenseLayer(units=2))
    x, targets = samples(network, 3), samples(network, 3, seed=1)
    found = layer_gradients(network, MeanSquaredError(), x, targets)["layers.1"]
    expected = numerical_gradient(
        lambda: float(MeanSquaredError().per_sample(network.predict(x), targets, False).mean()),
        network.named_parameters()["layers.1.bias"],
    )
    np.testing.assert_allclose(found.sum(axis=0), expected, rtol=1e-6)


def test_the_state_is_left_as_it_is() -> None:
    network = made(*STACKS["convolutional"])
    before = network.state.copy()
    parameter_gradients(network, CrossEntropy(), samples(network, 3), TARGETS)
    layer_gradients(network, CrossEntropy(), samples(network, 3), TARGETS)
    np.testing.assert_array_equal(network.state, before)
