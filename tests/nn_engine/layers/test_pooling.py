"""Pooling: ties, edges, and windows that do not fill the map."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def by_definition(layer: Pool2DLayer, x: Floats) -> tuple[Floats, Floats]:
    """Every answer by itself, and the gradient of their sum."""
    (high, wide), (down, across) = layer.pool_size, layer.strides or layer.pool_size
    _, height, width, _ = x.shape
    rows, columns, _ = layer.output_shape(x.shape[1:])
    above, left = (
        max((steps - 1) * stride + size - length, 0) // 2
        for steps, stride, size, length in ((rows, down, high, height), (columns, across, wide, width))
    )
    y, back = np.empty((len(x), rows, columns, x.shape[3])), np.zeros(x.shape)
    for sample, i, j, channel in np.ndindex(y.shape):
        top, first = i * down - above, j * across - left
        inside = (
            sample,
            slice(max(top, 0), min(top + high, height)),
            slice(max(first, 0), min(first + wide, width)),
            channel,
        )
        seen = x[inside]
        if isinstance(layer, MaxPool2DLayer):
            y[sample, i, j, channel] = seen.max()
            back[inside] += seen == seen.max()
        else:
            y[sample, i, j, channel] = seen.mean()
            back[inside] += 1 / seen.size
    return y, back


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_answer_is_what_the_definition_says(data: st.DataObject) -> None:
    pairs, channels = st.tuples(st.integers(1, 4), st.integers(1, 4)), st.sampled_from([1, 2, 9])
    window = data.draw(pairs, label="window")
    layer = data.draw(st.sampled_from([MaxPool2DLayer, AveragePool2DLayer]), label="kind")(
        pool_size=window,
        strides=data.draw(st.none() | pairs, label="strides"),
        padding=data.draw(st.sampled_from(["valid", "same"]), label="padding"),
    )
    shape = (*(data.draw(st.integers(size, 9), label="size") for size in window), data.draw(channels))
    # Behind a convolution, windows may come in blocks; of many channels it makes them in another way than of few.
    behind = data.draw(st.booleans(), label="behind a convolution")
    before = [Conv2DLayer(filters=shape[2], kernel_size=(1, 1))] if behind else []
    network = Network([InputLayer(shape=shape), *before, layer], dtype=np.float64, bias_init="zeros")
    if behind:
        network.named_parameters()["layers.1.weights"][...] = np.eye(shape[2])
    x = np.random.default_rng(0).normal(size=(2, *shape))
    expected, expected_back = by_definition(layer, x)
    y = network.forward(x, training=True)
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    back = network.backward(np.ones_like(y), need_input_grad=True)
    assert back is not None
    np.testing.assert_allclose(back, expected_back, rtol=1e-12)
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-12)


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


def test_a_single_row_of_windows_behind_a_convolution() -> None:
    """They lie side by side in one direction alone; in the other a convolution makes one patch and no step."""
    layers = [InputLayer(shape=(3, 30, 9)), Conv2DLayer(filters=9, kernel_size=(1, 1), bias_init="zeros")]
    network = Network([*layers, MaxPool2DLayer(pool_size=(2, 1))], dtype=np.float64)
    assert network.layers[2].site.taken.window == (2, 1)
    network.named_parameters()["layers.1.weights"][...] = np.eye(9)
    x = np.random.default_rng(0).normal(size=(3, 3, 30, 9))
    np.testing.assert_allclose(network.predict(x), x[:, :2].max(axis=1, keepdims=True), rtol=1e-12)


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
