"""The dense layer against PyTorch's figures, with every activation."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, InputLayer, Network
from tests.golden.figures import DTYPES, array, assert_golden, golden

GOLDEN = golden("dense")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("fn", GOLDEN["activations"])
def test_outputs_and_gradients_agree_with_pytorch(fn: str, dtype: str) -> None:
    given = {name: array(values, dtype) for name, values in GOLDEN["given"].items()}
    network = Network([InputLayer(units=4), DenseLayer(units=6, fn=fn), DenseLayer(units=3)], dtype=dtype)
    network.load_state_dict({name: values for name, values in given.items() if name.startswith("layers")})
    expected = GOLDEN["activations"][fn][dtype]

    assert_golden(network.forward(given["x"], training=True), expected["outputs"], dtype, f"{fn}: outputs")
    input_grad = network.backward(given["upstream"].copy(), need_input_grad=True)

    assert input_grad is not None
    found = {"x": input_grad, **network.named_gradients()}
    assert set(found) == set(expected["gradients"])
    for name, gradient in found.items():
        assert_golden(gradient, expected["gradients"][name], dtype, f"{fn}: gradient of {name}")


def test_without_the_input_gradient_none_is_computed() -> None:
    network = Network([InputLayer(units=4), DenseLayer(units=3)])
    network.forward(np.ones((2, 4), np.float32), training=True)
    assert network.layers[1].backward(np.ones((2, 3), np.float32), need_input_grad=False) is None
    np.testing.assert_array_equal(network.named_gradients()["layers.1.weights"], np.full((4, 3), 2))


@pytest.mark.parametrize("shape", [(28, 28), (1, 4), ()])
def test_what_is_not_flat_is_refused_with_the_way_out(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"received the shape \(.*\)\. Put a FlattenLayer before it\."):
        DenseLayer(units=3).output_shape(shape)


def test_a_layers_own_initializers_come_before_the_networks() -> None:
    layers = [
        InputLayer(units=4),
        DenseLayer(units=3, weight_init="zeros", bias_init="small_constant"),
        DenseLayer(units=2),
    ]
    parameters = Network(layers, weight_init="small_constant", bias_init="zeros").named_parameters()
    assert not parameters["layers.1.weights"].any()
    np.testing.assert_array_equal(parameters["layers.1.bias"], np.full(3, np.float32(0.01)))
    np.testing.assert_array_equal(parameters["layers.2.weights"], np.full((3, 2), np.float32(0.01)))
    assert not parameters["layers.2.bias"].any()
