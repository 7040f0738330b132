"""Networks to be asked about, in double precision, and what surrounds a layer in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_engine import (
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    InputLayer,
    Layer,
    MaxPool2DLayer,
    Network,
    ResidualBlock,
)

DENSE: tuple[Layer, ...] = (
    InputLayer(units=6),
    DenseLayer(units=5, fn="tanh"),
    DropoutLayer(rate=0.5),
    DenseLayer(units=4, fn="softmax"),
)
# Of the 5×5 the pooling sees 4×4: inside, the convolution need not compute the rest.
CONVOLUTIONAL: tuple[Layer, ...] = (
    InputLayer(shape=(7, 7, 2)),
    Conv2DLayer(filters=3, fn="tanh"),
    MaxPool2DLayer(),
    BatchNormLayer(),
    ResidualBlock(layers=(Conv2DLayer(filters=3, padding="same", fn="sigmoid"),)),
    FlattenLayer(),
    DenseLayer(units=4, fn="softmax"),
)
STACKS = {"dense": DENSE, "convolutional": CONVOLUTIONAL}


def made(*layers: Layer) -> Network:
    """A network with numbers of its own everywhere."""
    network = Network(layers, dtype=np.float64)
    rng = np.random.default_rng(3)
    network.state += rng.uniform(0.05, 0.5, network.state.size)
    return network


def samples(network: Network, count: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Prepared samples."""
    return np.random.default_rng(seed).normal(size=(count, *network.input_shape))


def piece(network: Network, start: int, stop: int | None = None) -> Network:
    """The layers from ``start`` on, up to ``stop``, as a network that takes what the layer before gives."""
    layers = network.layers[start:stop]
    cut = Network([InputLayer(shape=network.descriptions[start].input_shape), *layers], dtype=np.float64, draw=False)
    moved = {}
    for name, array in network.state_dict().items():
        word, index, rest = name.split(".", 2)
        if start <= int(index) < start + len(layers):
            moved[f"{word}.{int(index) - start + 1}.{rest}"] = array
    cut.load_state_dict(moved)
    return cut
