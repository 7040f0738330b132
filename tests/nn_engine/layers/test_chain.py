"""Which layouts a network chooses for its layers, and that its answers and gradients do not depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    ActivationLayer,
    AveragePool2DLayer,
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GaussianNoiseLayer,
    GlobalAveragePool2DLayer,
    InputLayer,
    Layer,
    LayerNormLayer,
    MaxPool2DLayer,
    MeanSquaredError,
    Network,
    ResidualBlock,
    SpatialDropoutLayer,
)
from nn_engine.inspection import numerical_gradient
from nn_engine.layers.chain import choose_layouts, shapes_through
from nn_engine.layouts import BATCH_FIRST, BATCH_LAST, Layout, in_windows
from nn_engine.types import Floats, Shape
from nn_engine.workspace import Workspace

WINDOWS = in_windows(2, 2)


def conv(filters: int = 3, fn: str = "tanh", **settings: Any) -> Conv2DLayer:
    return Conv2DLayer(filters=filters, fn=fn, **settings)


STACKS: dict[str, tuple[Shape, list[Layer]]] = {
    "small cnn": ((14, 14, 1), [conv(2, "relu"), MaxPool2DLayer(), conv(fn="relu"), MaxPool2DLayer()]),
    "odd maps": ((9, 11, 2), [conv(), MaxPool2DLayer(), DropoutLayer(rate=0.25)]),
    "between convolution and pooling": (
        (8, 8, 1),
        [conv(fn="linear"), ActivationLayer(fn="tanh"), DropoutLayer(rate=0.25), MaxPool2DLayer()],
    ),
    "normalized before pooling": (
        (8, 8, 1),
        [conv(fn="linear"), BatchNormLayer(), ActivationLayer(), MaxPool2DLayer()],
    ),
    "normalized where pooling leaves some out": ((7, 9, 1), [conv(fn="linear"), BatchNormLayer(), MaxPool2DLayer()]),
    "maps and pixels normalized": ((6, 6, 2), [LayerNormLayer(), conv(), LayerNormLayer(), AveragePool2DLayer()]),
    "average": ((7, 6, 2), [conv(), AveragePool2DLayer(), SpatialDropoutLayer(rate=0.5)]),
    "spatial dropout in windows": ((8, 8, 1), [conv(), SpatialDropoutLayer(rate=0.5), AveragePool2DLayer()]),
    "noise": ((6, 6, 1), [GaussianNoiseLayer(deviation=0.5), conv(), GaussianNoiseLayer(), MaxPool2DLayer()]),
    "same": (
        (7, 5, 2),
        [conv(padding="same", kernel_size=(4, 3)), MaxPool2DLayer(padding="same"), conv(padding="same")],
    ),
    "many channels": (
        (6, 7, 8),
        [conv(9, padding="same"), conv(8, kernel_size=(2, 3)), conv(2, kernel_size=(3, 2), padding="same")],
    ),
    "strides": ((11, 9, 1), [conv(strides=(2, 3), kernel_size=(4, 2)), MaxPool2DLayer(pool_size=(2, 1))]),
    "strides before pooling": (
        (13, 12, 1),
        [conv(strides=(2, 1), kernel_size=(3, 2)), MaxPool2DLayer(pool_size=(2, 3))],
    ),
    "overlapping": ((9, 9, 1), [conv(), MaxPool2DLayer(pool_size=(3, 3), strides=(2, 2)), GlobalAveragePool2DLayer()]),
    "gaps": ((9, 9, 1), [conv(), MaxPool2DLayer(pool_size=(2, 2), strides=(3, 3))]),
    "one by one": ((4, 4, 3), [conv(kernel_size=(1, 1)), conv(kernel_size=(1, 1), strides=(2, 2))]),
    "softmax over channels": ((5, 5, 1), [conv(fn="softmax"), MaxPool2DLayer()]),
    "residual": (
        (6, 6, 3),
        [
            ResidualBlock(layers=(conv(padding="same"), DropoutLayer(rate=0.25), conv(padding="same"))),
            ResidualBlock(layers=(conv(4), MaxPool2DLayer()), shortcut=(conv(4, "linear"), AveragePool2DLayer())),
        ],
    ),
    "residual in residual": (
        (4, 4, 2),
        [ResidualBlock(layers=(ResidualBlock(layers=(conv(2, padding="same"),)), BatchNormLayer()))],
    ),
}


def network(name: str, **settings: Any) -> Network:
    shape, layers = STACKS[name]
    return Network(
        [InputLayer(shape=shape), *layers, FlattenLayer(), DenseLayer(units=3, fn="sigmoid")],
        weight_init="xavier_initialization",
        bias_init="small_constant",
        dtype=np.float64,
        **settings,
    )


def samples(shape: Sequence[int]) -> Floats:
    return np.random.default_rng(tuple(shape)).normal(size=shape)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("name", STACKS)
def test_gradients_agree_with_moving_every_number_a_little(name: str, count: int) -> None:
    net = network(name)
    net.randomness.position = (1, 2, 3)
    x, targets = samples((count, *net.input_shape)), samples((count, 3))

    def mean_loss() -> float:
        outputs = net.forward(x, training=True)
        return float(MeanSquaredError().per_sample(outputs, targets, paired=False).mean())

    outputs = net.forward(x, training=True)
    _, grad = MeanSquaredError().sum_and_gradient(outputs, targets, False, count, Workspace())
    back = net.backward(grad, need_input_grad=True)
    assert back is not None
    found, back = net.gradients.copy(), back.copy()
    net.forward(x, training=True)
    _, grad = MeanSquaredError().sum_and_gradient(outputs, targets, False, count, Workspace())
    assert net.backward(grad) is None
    np.testing.assert_array_equal(net.gradients, found, err_msg="other gradients without that of the input")
    np.testing.assert_allclose(found, numerical_gradient(mean_loss, net.trainable), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(back, numerical_gradient(mean_loss, x), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", STACKS)
def test_a_sample_gets_the_same_answer_alone_and_among_others(name: str) -> None:
    net = network(name)
    net.forward(samples((6, *net.input_shape)), training=True)
    net.settle()  # so that running statistics are not those of the start
    x = samples((70, *net.input_shape))
    answers = net.predict(x)
    np.testing.assert_allclose(net.infer(x), answers, rtol=1e-12)
    np.testing.assert_allclose(net.forward(x), answers, rtol=1e-9, err_msg="another answer without a way back")
    for index in (0, 33, 69):
        np.testing.assert_allclose(net.predict(x[index : index + 1])[0], answers[index], rtol=1e-9)


@pytest.mark.parametrize("fn", ["linear", "tanh"])
@pytest.mark.parametrize("channels", [1, 8])
def test_prediction_normalizes_in_the_convolution_where_no_activation_stands_between(
    monkeypatch: pytest.MonkeyPatch, fn: str, channels: int
) -> None:
    layers = [InputLayer(shape=(6, 6, channels)), conv(fn=fn), BatchNormLayer(), FlattenLayer()]
    x, passes = samples((9, 6, 6, channels)), list[Floats]()

    def infer(layer: BatchNormLayer, x: Floats) -> Floats:
        passes.append(x)
        return layer.forward(x, training=False)

    monkeypatch.setattr(BatchNormLayer, "infer", infer)
    net = Network(layers, dtype=np.float64)
    net.forward(x, training=True)
    net.settle()
    expected = net.forward(x).copy()
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-9, atol=1e-12)
    assert len(passes) == (fn != "linear")


@pytest.mark.parametrize("name", STACKS)
def test_float32_does_the_same(name: str) -> None:
    net = network(name)
    shape, layers = STACKS[name]
    single = Network([InputLayer(shape=shape), *layers, FlattenLayer(), DenseLayer(units=3, fn="sigmoid")])
    single.state[...] = net.state
    x, upstream = samples((5, *shape)), samples((5, 3))
    for each in (net, single):
        each.randomness.position = (3, 2, 1)
        each.forward(x.astype(each.state.dtype), training=True)
        each.backward(upstream.astype(each.state.dtype))
    assert single.gradients.dtype == np.float32
    np.testing.assert_allclose(single.gradients, net.gradients, rtol=2e-3, atol=2e-4)


def test_a_layer_works_where_its_inputs_stand_only_if_nobody_needs_them() -> None:
    inner = [
        DenseLayer(units=4),
        BatchNormLayer(),
        ActivationLayer(),
        ActivationLayer(),
        DenseLayer(units=4, fn="relu"),
    ]
    net = Network([InputLayer(units=4), *inner, BatchNormLayer(), ResidualBlock(layers=(ActivationLayer(),))])
    assert [layer.site.overwrites for layer in net.layers] == [False, False, True, True, False, False, False, True]
    block = net.layers[-1]
    assert isinstance(block, ResidualBlock)
    assert not block.layers[0].site.overwrites, "the other branch needs what comes"
    x = samples((3, 4)).astype(np.float32)
    between = net.layers[1].forward(x, training=True)
    kept = between.copy()
    net.layers[2].forward(between, training=True)
    assert not np.array_equal(between, kept), "no second array of that size"


# -- what is chosen -----------------------------------------------------------------------------------------------


def chosen(layers: list[Layer], shape: Shape) -> list[Layout]:
    """How each layer gives its outputs."""
    plan = choose_layouts(layers, shapes_through(layers, shape), BATCH_FIRST, BATCH_FIRST)
    assert plan is not None
    return [given for _, given in plan.layouts]


def test_a_dense_network_stays_batch_first() -> None:
    layers = [FlattenLayer(), DenseLayer(units=9), DropoutLayer(), BatchNormLayer(), DenseLayer(units=3)]
    assert chosen(layers, (5, 5, 2)) == [BATCH_FIRST] * 5


def test_convolutions_work_batch_last_and_what_is_elementwise_follows() -> None:
    layers = [conv(8), DropoutLayer(), ActivationLayer(), BatchNormLayer(), conv(8), FlattenLayer()]
    assert chosen(layers, (12, 12, 1)) == [BATCH_LAST] * 5 + [BATCH_FIRST]


def test_what_pooling_compares_comes_in_windows_through_what_is_elementwise() -> None:
    for between in ([], [DropoutLayer()], [ActivationLayer(fn="relu"), SpatialDropoutLayer()]):
        layers = [conv(8), *between, MaxPool2DLayer()]
        assert chosen(layers, (28, 28, 1)) == [WINDOWS] * (1 + len(between)) + [BATCH_LAST]


def test_windows_of_another_size_and_those_that_leave_some_out() -> None:
    assert chosen([conv(8), MaxPool2DLayer(pool_size=(3, 2))], (11, 11, 1))[0] == in_windows(3, 2)
    assert chosen([conv(8), MaxPool2DLayer()], (13, 13, 1))[0] == WINDOWS


def test_statistics_need_all_values() -> None:
    assert chosen([conv(8), BatchNormLayer(), MaxPool2DLayer()], (14, 14, 1))[0] == WINDOWS
    assert chosen([conv(8), BatchNormLayer(), MaxPool2DLayer()], (13, 13, 1))[0] == BATCH_LAST


def test_where_windows_would_cost_more_than_they_save_there_are_none() -> None:
    assert chosen([conv(128), MaxPool2DLayer()], (16, 16, 128))[0] == BATCH_LAST


def test_overlapping_windows_and_activations_of_several_values_need_whole_maps() -> None:
    assert chosen([conv(8), MaxPool2DLayer(strides=(1, 1))], (28, 28, 1))[0] == BATCH_LAST
    assert chosen([conv(8, fn="softmax"), MaxPool2DLayer()], (28, 28, 1))[0] == BATCH_LAST


# -- activations that follow pooling ------------------------------------------------------------------------------


@pytest.mark.parametrize("fn", ["relu", "tanh", "sigmoid", "leaky_relu", "softmax", "linear"])
def test_a_late_activation_gives_what_an_early_one_does(fn: str) -> None:
    """In the second network a layer stands between, so that the activation cannot wait."""
    made = [
        Network([InputLayer(shape=(8, 8, 1)), *layers, MaxPool2DLayer(), FlattenLayer()], dtype=np.float64)
        for layers in ([conv(fn=fn)], [conv(fn=fn), DropoutLayer(rate=0)])
    ]
    x, upstream = samples((4, 8, 8, 1)), samples((4, 27))
    made[1].state[...] = made[0].state
    outputs = [net.forward(x, training=True).copy() for net in made]
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-12)
    backs = [net.backward(upstream.copy(), need_input_grad=True) for net in made]
    np.testing.assert_allclose(made[0].gradients, made[1].gradients, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(backs[0], backs[1], rtol=1e-9, atol=1e-12)  # type: ignore[arg-type]


def test_a_steady_step_allocates_nothing_large() -> None:
    import tracemalloc

    net = Network(
        [
            InputLayer(shape=(28, 28, 1)),
            *(conv(8, fn="relu", kernel_size=(5, 5)), MaxPool2DLayer(), DropoutLayer(), conv(16, fn="relu")),
            *(BatchNormLayer(), AveragePool2DLayer(), SpatialDropoutLayer(), LayerNormLayer(), GaussianNoiseLayer()),
            ResidualBlock(layers=(conv(16, padding="same"),)),
            *(FlattenLayer(), DenseLayer(units=10, fn="softmax")),
        ]
    )
    x, grad = samples((64, 28, 28, 1)).astype(np.float32), samples((64, 10)).astype(np.float32)

    def step() -> None:
        net.forward(x, training=True, logits=True)
        net.backward(grad, logits=True)

    for _ in range(3):
        step()
    tracemalloc.start()
    try:
        step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024
