"""Layer normalization where there is nothing to normalize."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import InputLayer, LayerNormLayer, Network
from nn_engine.types import Shape


@pytest.mark.parametrize("shape", [(1,), (3, 1), (4, 3, 1)])
def test_a_value_alone_says_nothing(shape: Shape) -> None:
    """It is its own mean: whatever it is, the shift comes out, and no gradient goes back."""
    network = Network([InputLayer(shape=shape), LayerNormLayer()], dtype=np.float64)
    network.named_parameters()["layers.1.shift"][...] = 0.75
    x = np.random.default_rng(0).normal(100, 30, (5, *shape))
    y = network.forward(x, training=True)
    np.testing.assert_array_equal(y, np.full(x.shape, 0.75))
    back = network.backward(np.ones_like(y), need_input_grad=True)
    np.testing.assert_array_equal(back, np.zeros_like(x))
    gradients = network.named_gradients()
    np.testing.assert_array_equal(gradients["layers.1.scale"], [0])
    np.testing.assert_array_equal(gradients["layers.1.shift"], [x.size])


def test_values_that_are_all_the_same_come_out_as_the_shift() -> None:
    network = Network([InputLayer(units=4), LayerNormLayer()])
    y = network.predict(np.array([[7.0] * 4, [-300.0] * 4, [0.0] * 4]))
    np.testing.assert_array_equal(y, np.zeros((3, 4)))
