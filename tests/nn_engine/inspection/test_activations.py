"""What lies between the layers is what they hand on."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, DropoutLayer, InputLayer, ResidualBlock
from nn_engine.inspection import layer_activations
from nn_engine.types import Floats
from tests.nn_engine.inspection.asked import CONVOLUTIONAL, DENSE, STACKS, made, piece, samples


def test_written_out_for_dense_layers() -> None:
    network = made(*DENSE)
    x, arrays = samples(network, 3), network.state_dict()
    found = layer_activations(network, x)
    hidden = np.tanh(x @ arrays["layers.1.weights"] + arrays["layers.1.bias"])
    e = np.exp(hidden @ arrays["layers.3.weights"] + arrays["layers.3.bias"])
    expected = {
        "layers.0": x,
        "layers.1": hidden,
        "layers.2": hidden,
        "layers.3": e / e.sum(axis=1, keepdims=True),
    }
    assert list(found) == list(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("stack", STACKS)
def test_each_is_what_the_network_up_to_there_answers(stack: str) -> None:
    network = made(*STACKS[stack])
    x = samples(network, 3)
    found = layer_activations(network, x)
    assert [name for name in found if name.count(".") == 1] == [f"layers.{i}" for i in range(len(network.layers))]
    for index in range(1, len(network.layers)):
        outputs = found[f"layers.{index}"]
        assert outputs.shape == (3, *network.descriptions[index].output_shape)
        np.testing.assert_allclose(outputs, piece(network, 1, index + 1).predict(x), rtol=1e-10)


def test_layers_inside_a_block_and_inside_a_block_in_it() -> None:
    inner = ResidualBlock(layers=(DenseLayer(units=3, fn="tanh"),))
    block = ResidualBlock(layers=(DenseLayer(units=3, fn="relu"), inner), shortcut=(DenseLayer(units=3),))
    network = made(InputLayer(units=2), DenseLayer(units=4, fn="sigmoid"), block, DenseLayer(units=2))
    x, arrays = samples(network, 5), network.state_dict()
    found = layer_activations(network, x)

    def through(name: str, given: str) -> Floats:
        product: Floats = found[given] @ arrays[f"{name}.weights"] + arrays[f"{name}.bias"]
        return product

    first, within = "layers.2.layers.0", "layers.2.layers.1.layers.0"
    expected = {
        first: np.maximum(through(first, "layers.1"), 0),
        within: np.tanh(through(within, first)),
        "layers.2.layers.1": found[first] + found[within],
        "layers.2.shortcut.0": through("layers.2.shortcut.0", "layers.1"),
        "layers.2": found["layers.2.layers.1"] + found["layers.2.shortcut.0"],
    }
    assert list(found) == ["layers.0", "layers.1", *expected, "layers.3"]
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, err_msg=name)


def test_of_a_network_without_parameters() -> None:
    network = made(InputLayer(units=3), DropoutLayer())
    x = samples(network, 2)
    found = layer_activations(network, x)
    assert list(found) == ["layers.0", "layers.1"]
    np.testing.assert_array_equal(found["layers.1"], x)


def test_the_last_are_the_answers_for_any_number_of_samples() -> None:
    network = made(*CONVOLUTIONAL)
    for count in (0, 1, 1234):
        x = samples(network, count)
        np.testing.assert_allclose(layer_activations(network, x)["layers.6"], network.predict(x), rtol=1e-10)


def test_arrays_are_their_own() -> None:
    network = made(*DENSE)
    x = samples(network, 3)
    before = {name: array.copy() for name, array in layer_activations(network, x).items()}
    found = layer_activations(network, x)
    layer_activations(network, samples(network, 3, seed=1))
    x[...] = 0
    for name, array in before.items():
        np.testing.assert_array_equal(found[name], array)


def test_flat_samples_for_a_network_of_images() -> None:
    network = made(*CONVOLUTIONAL)
    x = samples(network, 2)
    np.testing.assert_array_equal(
        layer_activations(network, x.reshape(2, -1))["layers.6"], layer_activations(network, x)["layers.6"]
    )


@pytest.mark.parametrize("shape", [(3, 5), (6,), (2, 6, 2)])
def test_samples_that_do_not_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"Expected samples of 6 values each, shape \(n, 6\); received an array of"):
        layer_activations(made(*DENSE), np.zeros(shape))
