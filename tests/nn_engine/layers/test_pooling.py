"""Pooling: ties, edges, and windows that do not fill the map."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from nn_engine import AveragePool2DLayer, Conv2DLayer, InputLayer, Layer, MaxPool2DLayer, Network
from nn_engine.layers.pool2d import Pool2DLayer
from nn_engine.types import Floats


def gradient_through(layer: Layer, image: Floats) -> Floats:
    """∂ Σ outputs / ∂ image, for one image without channel axis."""
    network = Network([InputLayer(shape=(*image.shape, 1)), layer], dtype=np.float64)
    y = network.forward(image[np.newaxis, ..., np.newaxis], training=True)
    back = network.backward(np.ones_like(y), need_input_grad=True)
    assert back is not None
    return back[0, ..., 0]


def test_of_equal_values_the_first_takes_the_gradient() -> None:
    image = np.array([[1.0, 3, 3, 0], [3, 3, 3, 3], [0, 0, -1, -1], [0, 0, -1, -2]])
    expected = np.array([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(gradient_through(MaxPool2DLayer(), image), expected)


def test_of_equal_values_behind_a_convolution_the_first_takes_the_gradient() -> None:
    """There the windows come in blocks."""
    layers = [InputLayer(shape=(4, 4, 1)), Conv2DLayer(filters=1, kernel_size=(1, 1), bias_init="zeros")]
    network = Network([*layers, MaxPool2DLayer()], dtype=np.float64)
    assert network.layers[2].site.taken.window == (2, 2)
    network.state[...] = [1, 0]
    y = network.forward(np.full((2, 4, 4, 1), 5.0), training=True)
    back = network.backward(np.ones_like(y), need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back[1, ..., 0], np.array([[1, 0] * 2, [0, 0] * 2] * 2))


def test_overlapping_windows_add_up() -> None:
    image = np.array([[0.0, 0, 0], [0, 9, 0], [0, 0, 0]])
    back = gradient_through(MaxPool2DLayer(pool_size=(2, 2), strides=(1, 1)), image)
    np.testing.assert_array_equal(back, [[0, 0, 0], [0, 4, 0], [0, 0, 0]])


def test_what_lies_beyond_the_edge_is_never_the_largest_and_counts_for_no_mean() -> None:
    image = np.full((1, 3, 3, 1), -7.0)
    for layer in (MaxPool2DLayer(padding="same"), AveragePool2DLayer(padding="same")):
        answers = Network([InputLayer(shape=(3, 3, 1)), layer]).predict(image)
        np.testing.assert_array_equal(answers, np.full((1, 2, 2, 1), -7.0))


@pytest.mark.parametrize("strides", [(1, 1), (2, 3), (100, 100)])
@pytest.mark.parametrize("kind", [MaxPool2DLayer, AveragePool2DLayer])
def test_windows_far_larger_than_the_image_cost_no_more_than_those_that_see_all_of_it(
    kind: type[Pool2DLayer], strides: tuple[int, int]
) -> None:
    x = np.random.default_rng(0).normal(size=(3, 6, 5, 2))
    network = Network(
        [InputLayer(shape=(6, 5, 2)), kind(pool_size=(300, 300), strides=strides, padding="same")], dtype=np.float64
    )
    tracemalloc.start()
    try:
        y = network.forward(x, training=True)
        back = network.backward(np.ones_like(y), need_input_grad=True)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
    whole = x.max(axis=(1, 2)) if kind is MaxPool2DLayer else x.mean(axis=(1, 2))
    np.testing.assert_allclose(y, np.broadcast_to(whole[:, np.newaxis, np.newaxis], y.shape), rtol=1e-6)
    assert back is not None
    np.testing.assert_allclose(back.sum(axis=(1, 2)), np.full((3, 2), y[0, ..., 0].size), rtol=1e-5)


@pytest.mark.parametrize("layer", [MaxPool2DLayer(), AveragePool2DLayer()])
def test_rows_and_columns_that_fill_no_window_get_no_gradient(layer: Layer) -> None:
    back = gradient_through(layer, np.random.default_rng(0).normal(size=(5, 3)))
    assert back[:4, :2].sum() == pytest.approx(2)
    assert not back[4:].any()
    assert not back[:, 2:].any()


def test_strides_are_the_windows_unless_given() -> None:
    assert MaxPool2DLayer(pool_size=(3, 2)).output_shape((9, 8, 4)) == (3, 4, 4)
    assert MaxPool2DLayer(pool_size=(3, 2), strides=(1, 2)).output_shape((9, 8, 4)) == (7, 4, 4)
    with pytest.raises(ValueError, match=r"at least 3 × 3 pixels; received the shape \(2, 8, 1\)"):
        MaxPool2DLayer(pool_size=(3, 3)).output_shape((2, 8, 1))
