"""Trained networks to be written into files for other programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_engine import DenseLayer, DropoutLayer, InputLayer, Layer, Network, Preprocessing
from nn_engine.data import Task
from nn_engine.io.trained_network import TrainedNetwork

IMAGE = (6, 6)
DENSE = (
    InputLayer(units=36),
    DenseLayer(units=8, fn="relu"),
    DropoutLayer(rate=0.5),
    DenseLayer(units=4, fn="softmax"),
)


def trained(
    *layers: Layer, dtype: Any = np.float32, preprocessing: Preprocessing | None = None, seed: int = 0
) -> TrainedNetwork:
    """A network whose every parameter is some number of its own, for samples as its first layer takes them."""
    network = Network(layers or DENSE, dtype=dtype, seed=seed)
    rng = np.random.default_rng(seed)
    for name, array in network.named_parameters().items():
        spread = 1.5 / max(1.0, np.sqrt(array[..., 0].size))
        array[...] = rng.normal(0, spread, array.shape)
        if "variance" in name or name.endswith("scale"):
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    names = tuple(f"answer {number}" for number in range(network.output_shape[-1]))
    shape = network.input_shape if layers else IMAGE
    return TrainedNetwork(network, preprocessing or Preprocessing(), Task(shape, "classes", names))


def raw_samples(trained: TrainedNetwork, count: int, seed: int = 1) -> np.ndarray[Any, Any]:
    """Samples as a data set has them: bytes, (count, *sample_shape)."""
    return np.random.default_rng(seed).integers(0, 256, (count, *trained.task.sample_shape), dtype=np.uint8)


def answers(trained: TrainedNetwork, raw: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the engine itself makes of raw samples."""
    return trained.network.predict(trained.preprocessing(raw, trained.network.state.dtype.type))
