"""Each layer and activation in the words of ONNX (operators of opset 17)."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from nn_engine.activations import LeakyReLU
from nn_engine.io.onnx_graph import Graph, Value
from nn_engine.io.writers import Place, Writers, padding

LayerWriter = Callable[[Graph, Value, Place], Value]
ActivationWriter = Callable[[Graph, Value], Value]

layers: Writers[LayerWriter] = Writers("ONNX", "layer")
activations: Writers[ActivationWriter] = Writers("ONNX", "activation")


def write(graph: Graph, x: Value, places: Sequence[Place]) -> Value:
    """Append layers one behind the other; gives what comes out of the last."""
    for place in places:
        graph.scope = place.name
        x = layers.find(place.layer.registered_name)(graph, x, place)
    return x


def _activate(graph: Graph, x: Value, fn: str) -> Value:
    return activations.find(fn)(graph, x)


# -- layers -------------------------------------------------------------------------------------------------------


@layers("input", "flatten", "reshape")
def _shape(graph: Graph, x: Value, place: Place) -> Value:
    x = graph.channels_last(x)
    if x.shape == place.output_shape:
        return x
    # Zero stands for what it is already: the size of the batch.
    target = graph.constant("shape", np.array([0, *place.output_shape], np.int64))
    return graph.add("Reshape", x, target, shape=place.output_shape)


@layers("dropout", "spatial_dropout", "gaussian_noise")
def _training_only(graph: Graph, x: Value, place: Place) -> Value:
    return x


@layers("activation")
def _activation(graph: Graph, x: Value, place: Place) -> Value:
    return _activate(graph, x, place.layer.fn)


@layers("dense")
def _dense(graph: Graph, x: Value, place: Place) -> Value:
    weights = graph.constant("weights", place.parameters["weights"])
    bias = graph.constant("bias", place.parameters["bias"])
    z = graph.add("Gemm", x, weights, bias, shape=place.output_shape)
    return _activate(graph, z, place.layer.fn)


@layers("conv2d")
def _conv2d(graph: Graph, x: Value, place: Place) -> Value:
    layer = place.layer
    # (height, width, channels, filters) becomes (filters, channels, height, width)
    weights = graph.constant("weights", place.parameters["weights"].transpose(3, 2, 0, 1))
    bias = graph.constant("bias", place.parameters["bias"])
    z = graph.add(
        "Conv",
        graph.channels_first(x),
        weights,
        bias,
        shape=place.output_shape,
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        pads=_pads(place, layer.kernel_size, layer.strides),
    )
    return _activate(graph, z, layer.fn)


@layers("max_pool2d")
def _max_pool(graph: Graph, x: Value, place: Place) -> Value:
    return _pool(graph, x, place, "MaxPool")


@layers("average_pool2d")
def _average_pool(graph: Graph, x: Value, place: Place) -> Value:
    return _pool(graph, x, place, "AveragePool", count_include_pad=0)


def _pool(graph: Graph, x: Value, place: Place, operator: str, **attributes: int) -> Value:
    window = place.layer.pool_size
    strides = place.layer.strides or window
    return graph.add(
        operator,
        graph.channels_first(x),
        shape=place.output_shape,
        kernel_shape=window,
        strides=strides,
        pads=_pads(place, window, strides),
        **attributes,
    )


def _pads(place: Place, window: tuple[int, int], strides: tuple[int, int]) -> list[int]:
    (above, below), (left, right) = padding(place, window, strides)
    return [above, left, below, right]


@layers("global_average_pool2d")
def _global_average_pool(graph: Graph, x: Value, place: Place) -> Value:
    means = graph.add("GlobalAveragePool", graph.channels_first(x))  # (batch, channels, 1, 1)
    flat = graph.add("Flatten", means, axis=1)
    return Value(flat.name, place.output_shape)


@layers("batch_norm")
def _batch_norm(graph: Graph, x: Value, place: Place) -> Value:
    names = ("scale", "shift", "running_mean", "running_variance")
    constants = [graph.constant(name, place.parameters[name]) for name in names]
    return graph.add("BatchNormalization", graph.channels_first(x), *constants, epsilon=place.layer.epsilon)


@layers("layer_norm")
def _layer_norm(graph: Graph, x: Value, place: Place) -> Value:
    constants = [graph.constant(name, place.parameters[name]) for name in ("scale", "shift")]
    return graph.add("LayerNormalization", graph.channels_last(x), *constants, axis=-1, epsilon=place.layer.epsilon)


@layers("residual")
def _residual(graph: Graph, x: Value, place: Place) -> Value:
    learned, beside = (write(graph, x, place.inside(branch)) for branch in ("layers", "shortcut"))
    graph.scope = place.name
    return graph.combine("Add", learned, beside)


# -- activations --------------------------------------------------------------------------------------------------


@activations("linear")
def _linear(graph: Graph, x: Value) -> Value:
    return x


@activations("relu")
def _relu(graph: Graph, x: Value) -> Value:
    return graph.add("Relu", x)


@activations("leaky_relu")
def _leaky_relu(graph: Graph, x: Value) -> Value:
    return graph.add("LeakyRelu", x, alpha=LeakyReLU.SLOPE)


@activations("elu")
def _elu(graph: Graph, x: Value) -> Value:
    return graph.add("Elu", x, alpha=1.0)


@activations("selu")
def _selu(graph: Graph, x: Value) -> Value:
    return graph.add("Selu", x)  # its own constants are those of the paper


@activations("gelu")
def _gelu(graph: Graph, x: Value) -> Value:
    # x·Φ(x) = x/2 · (1 + erf(x/√2)); an operator of its own comes with opset 20.
    erf = graph.add("Erf", graph.add("Div", x, graph.constant("root_of_two", np.array(math.sqrt(2)))))
    twice = graph.combine("Mul", x, graph.add("Add", erf, graph.constant("one", np.array(1.0))))
    return graph.add("Mul", twice, graph.constant("half", np.array(0.5)))


@activations("silu")
def _silu(graph: Graph, x: Value) -> Value:
    return graph.combine("Mul", x, graph.add("Sigmoid", x))


@activations("softplus")
def _softplus(graph: Graph, x: Value) -> Value:
    return graph.add("Softplus", x)


@activations("sigmoid")
def _sigmoid(graph: Graph, x: Value) -> Value:
    return graph.add("Sigmoid", x)


@activations("tanh")
def _tanh(graph: Graph, x: Value) -> Value:
    return graph.add("Tanh", x)


@activations("softmax")
def _softmax(graph: Graph, x: Value) -> Value:
    return graph.add("Softmax", graph.channels_last(x), axis=-1)
