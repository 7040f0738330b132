"""Convolution against its definition, pixel by pixel, and what it refuses."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import Conv2DLayer, DenseLayer, FlattenLayer, InputLayer, MaxPool2DLayer, Network
from nn_engine.stack import LayerError
from nn_engine.types import Floats


def by_definition(x: Floats, weights: Floats, bias: Floats, strides: tuple[int, int], padding: str) -> Floats:
    """Every output by itself."""
    count, height, width, _ = x.shape
    kernel_height, kernel_width, _, filters = weights.shape
    if padding == "same":
        rows, columns = -(-height // strides[0]), -(-width // strides[1])
        more = (
            max((rows - 1) * strides[0] + kernel_height - height, 0),
            max((columns - 1) * strides[1] + kernel_width - width, 0),
        )
        x = np.pad(x, ((0, 0), *((each // 2, each - each // 2) for each in more), (0, 0)))
    else:
        rows = (height - kernel_height) // strides[0] + 1
        columns = (width - kernel_width) // strides[1] + 1
    y = np.empty((count, rows, columns, filters))
    for i, j in itertools.product(range(rows), range(columns)):
        top, left = i * strides[0], j * strides[1]
        seen = x[:, top : top + kernel_height, left : left + kernel_width]
        y[:, i, j] = np.tensordot(seen, weights, 3) + bias
    return y


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_output_is_what_the_definition_says(data: st.DataObject) -> None:
    kernel, strides = (
        data.draw(st.tuples(st.integers(1, most), st.integers(1, most)), label=what)
        for what, most in (("kernel", 5), ("strides", 4))
    )
    padding = data.draw(st.sampled_from(["valid", "same"]), label="padding")
    size = tuple(data.draw(st.integers(edge, 11), label="size") for edge in kernel)
    # Few channels take another way than many.
    channels, filters = data.draw(st.sampled_from([1, 3, 9]), label="channels"), data.draw(st.integers(1, 4))
    pooled = data.draw(st.booleans(), label="pooled")
    layer = Conv2DLayer(filters=filters, kernel_size=kernel, strides=strides, padding=padding)
    network = Network([InputLayer(shape=(*size, channels)), layer], dtype=np.float64, bias_init="small_constant")
    x = np.random.default_rng(0).normal(size=(3, *size, channels))
    named = network.named_parameters()
    expected = by_definition(x, named["layers.1.weights"], named["layers.1.bias"], strides, padding)
    np.testing.assert_allclose(network.predict(x), expected, atol=1e-12)
    rows, columns = expected.shape[1] // 2, expected.shape[2] // 2
    if pooled and rows and columns:
        pooling = Network([InputLayer(shape=(*size, channels)), layer, MaxPool2DLayer()], dtype=np.float64)
        pooling.state[...] = network.state
        windows = expected[:, : 2 * rows, : 2 * columns].reshape(3, rows, 2, columns, 2, filters)
        np.testing.assert_allclose(pooling.predict(x), windows.max(axis=(2, 4)), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ((784,), r"expected images, \(height, width, channels\); received the shape \(784,\).*such as \(28, 28, 1\)"),
        (
            (28, 28),
            r".*received the shape \(28, 28\)\. Give the InputLayer the shape of an image, such as \(28, 28, 1\)",
        ),
        ((2, 9, 1), r"expected images of at least 3 × 3 pixels; received the shape \(2, 9, 1\)\. Make the window"),
    ],
)
def test_what_is_no_image_is_refused_with_the_way_out(shape: tuple[int, ...], complaint: str) -> None:
    with pytest.raises(LayerError, match=rf"^Layer 1 \(Conv2DLayer\): {complaint}"):
        Network([InputLayer(shape=shape), Conv2DLayer(filters=3)])


def test_images_without_a_channel_axis_are_taken_by_an_input_of_one_channel() -> None:
    network = Network(
        [InputLayer(shape=(8, 8, 1)), Conv2DLayer(filters=2), FlattenLayer(), DenseLayer(units=3, fn="softmax")]
    )
    x = np.random.default_rng(0).random((5, 8, 8))
    answers = network.predict(x)
    np.testing.assert_array_equal(network.predict(x[..., np.newaxis]), answers)
    np.testing.assert_array_equal(network.predict(x.reshape(5, 64)), answers)
    np.testing.assert_allclose(network.predict(x[0]), answers[:1], rtol=1e-5)


def test_one_number_stands_for_a_square() -> None:
    layer = Conv2DLayer(filters=2, kernel_size=5, strides=2)  # type: ignore[arg-type]
    assert layer == Conv2DLayer(filters=2, kernel_size=(5, 5), strides=(2, 2))
    assert layer.output_shape((9, 8, 1)) == (3, 2, 2)


def test_weights_lie_as_documented_and_know_their_fans() -> None:
    weights, bias = Conv2DLayer(filters=6, kernel_size=(3, 5)).parameters((9, 9, 4))
    assert (weights.name, weights.shape, weights.fan_in, weights.fan_out) == ("weights", (3, 5, 4, 6), 60, 90)
    assert (bias.name, bias.shape, bias.role) == ("bias", (6,), "bias")


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_strides_far_wider_than_the_image_cost_no_more_than_one_patch(padding: str) -> None:
    """There is one, at the first place; nothing as large as a stride may be made for it."""
    x, found = np.random.default_rng(0).normal(size=(3, 7, 6, 2)), []
    for strides in ((7, 7), (400, 400)):
        layer = Conv2DLayer(filters=2, kernel_size=(3, 2), strides=strides, padding=padding)
        network = Network([InputLayer(shape=(7, 6, 2)), layer], dtype=np.float64)
        tracemalloc.start()
        try:
            y = network.forward(x, training=True)
            back = network.backward(np.ones_like(y), need_input_grad=True)
            assert tracemalloc.get_traced_memory()[1] < 200_000
        finally:
            tracemalloc.stop()
        found.append((y, network.gradients, back))
    for near, far in zip(*found, strict=True):
        np.testing.assert_allclose(far, near, atol=1e-12)


@pytest.mark.parametrize("channels", [1, 8])
def test_no_samples_pass_through(channels: int) -> None:
    layers = [InputLayer(shape=(8, 8, channels)), *(Conv2DLayer(filters=2, padding=each) for each in ("same", "valid"))]
    network = Network([*layers, MaxPool2DLayer(), FlattenLayer()])
    assert network.forward(np.empty((0, 8, 8, channels), np.float32), training=True).shape == (0, 18)
    network.backward(np.empty((0, 18), np.float32))
    assert not network.gradients.any()
