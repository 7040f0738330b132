"""Gradients are what one finds by moving a number a little."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import CrossEntropy, DenseLayer, InputLayer, MeanSquaredError, Network, ResidualBlock
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
    assert list(found) == list(between)[: -1 if network.pairs_with(loss) else None]
    for index in range(last if network.pairs_with(loss) else last + 1):
        name = f"layers.{index}"
        y, gradient = between[name], found[name]
        if index == last:
            expected = numerical_gradient(lambda y=y: float(loss.per_sample(y, TARGETS, False).mean()), y)  # type: ignore[misc]
        else:
            rest = piece(network, index + 1)
            expected = numerical_gradient(lambda y=y, rest=rest: mean_loss(rest, loss, y, TARGETS), y)  # type: ignore[misc]
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-8, err_msg=name)


def test_in_layers_inside_a_block_and_inside_a_block_in_it() -> None:
    inner = ResidualBlock(layers=(DenseLayer(units=3, fn="tanh"),))
    block = ResidualBlock(layers=(DenseLayer(units=3, fn="silu"), inner), shortcut=(DenseLayer(units=3),))
    network = made(InputLayer(units=2), DenseLayer(units=4, fn="sigmoid"), block, DenseLayer(units=4, fn="softmax"))
    x, loss = samples(network, 3), CrossEntropy()
    found, arrays = layer_gradients(network, loss, x, TARGETS), network.named_parameters()
    assert list(found) == [
        "layers.0",
        "layers.1",
        "layers.2.layers.0",
        "layers.2.layers.1.layers.0",
        "layers.2.layers.1",
        "layers.2.shortcut.0",
        "layers.2",
    ]
    between = layer_activations(network, x)
    z = between["layers.1"] @ arrays["layers.2.layers.0.weights"] + arrays["layers.2.layers.0.bias"]
    gate = 1 / (1 + np.exp(-z))
    # A bias stands before its activation: moved a little, it moves what the layer gives by the activation's slope.
    slopes = {
        "layers.2.layers.0": gate * (1 + z * (1 - gate)),
        "layers.2.layers.1.layers.0": 1 - between["layers.2.layers.1.layers.0"] ** 2,
        "layers.2.shortcut.0": np.ones((3, 3)),
    }
    for name, slope in slopes.items():
        expected = numerical_gradient(lambda: mean_loss(network, loss, x, TARGETS), arrays[f"{name}.bias"])
        np.testing.assert_allclose((found[name] * slope).sum(axis=0), expected, rtol=1e-5, err_msg=name)


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
