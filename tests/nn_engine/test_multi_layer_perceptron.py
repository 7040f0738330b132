"""The multi-layer perceptron: a network held to dense stacks."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, DropoutLayer, FlattenLayer, InputLayer, Layer, MultiLayerPerceptron, Network
from nn_engine.types import Floats, Shape


class Mirror(Layer):
    """Any layer that is not for perceptrons."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Floats, training: bool) -> Floats:
        return -x

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return -grad


def test_dense_layers_with_dropout_and_flattening_are_taken() -> None:
    layers = [
        InputLayer(shape=(2, 2)),
        FlattenLayer(),
        DenseLayer(units=3, fn="relu"),
        DropoutLayer(),
        DenseLayer(units=2),
    ]
    perceptron, network = MultiLayerPerceptron(layers, seed=4), Network(layers, seed=4)
    x = np.random.default_rng(0).normal(size=(5, 2, 2))
    np.testing.assert_array_equal(perceptron.predict(x), network.predict(x))
    assert repr(perceptron).startswith("MultiLayerPerceptron([InputLayer(shape=(2, 2)), ")


def test_another_layer_is_refused_by_index_and_name_with_the_way_out() -> None:
    layers = [InputLayer(units=4), DenseLayer(units=3), Mirror(), DenseLayer(units=2)]
    with pytest.raises(ValueError, match=r"^Layer 2 \(Mirror\): a MultiLayerPerceptron expects .*DenseLayer") as error:
        MultiLayerPerceptron(layers)
    assert "Use Network for other stacks." in str(error.value)
    assert Network(layers).output_shape == (2,)


def test_a_layer_derived_from_a_dense_one_is_dense() -> None:
    class Named(DenseLayer):
        """A dense layer by another name."""

    assert MultiLayerPerceptron([InputLayer(units=4), Named(units=3)]).parameter_count == 15
