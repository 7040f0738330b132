"""What it takes to use a trained network somewhere else: its layers and weights, how its numbers are prepared, what its
answers mean.

Checkpoints hold that and a training around it; files for other programs hold just that.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn_engine.data.dataset import Task
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.declarations.kinds import PartKind, PartsKind
from nn_engine.io.schema import Check, anything, list_of, mapping_of, one_of, record, text, whole
from nn_engine.layers import Layer, Parameter
from nn_engine.network import Network
from nn_engine.stack import describe
from nn_engine.types import Array, Shape


@dataclass(frozen=True)
class TrainedNetwork:
    """A network that can be used: it takes what ``preprocessing`` makes of raw samples, and answers ``task``."""

    network: Network
    preprocessing: Preprocessing
    task: Task


FIELDS: Mapping[str, Check] = {
    "network": record(layers=list_of(mapping_of(anything)), weight_init=text, bias_init=text),
    "dtype": one_of("float32", "float64"),
    "preprocessing": mapping_of(anything),
    "task": record(
        sample_shape=list_of(whole(1)),
        target_kind=one_of("classes", "labels", "values"),
        names=list_of(text),
    ),
}
"""How a file says in JSON what a trained network is, all but its weights."""


def to_json(network: Network, preprocessing: Preprocessing, task: Task) -> dict[str, Any]:
    """What ``FIELDS`` checks."""
    return {
        "network": network.to_config(),
        "dtype": network.state.dtype.name,
        "preprocessing": preprocessing.to_config(),
        "task": {"sample_shape": list(task.sample_shape), "target_kind": task.target_kind, "names": list(task.names)},
    }


def layers_from(found: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers that the fields name. Raises ValueError where there are no such layers."""
    layers: tuple[Layer, ...] = PartsKind(PartKind(Layer)).from_json(list(found["network"]["layers"]))
    return layers


def parameters_of(layers: Sequence[Layer]) -> dict[str, Parameter]:
    """Every parameter that a network of these layers has, by full name: known before a network is made."""
    return {
        f"layers.{index}.{parameter.name}": parameter
        for index, described in enumerate(describe(layers))
        for parameter in described.parameters
    }


def check_arrays(arrays: Mapping[str, Array], shapes: Mapping[str, Shape], dtype: str) -> None:
    """Raise ValueError unless the arrays are just these: before a network of a size that may be a lie is made."""
    if wrong := sorted(set(arrays) ^ set(shapes)):
        verb = "is missing" if wrong[0] in shapes else "belongs to no part of it"
        raise ValueError(f"the array {wrong[0]} {verb}.")
    for name, array in arrays.items():
        if array.shape != shapes[name] or array.dtype != dtype:
            expected = f"{dtype} of shape {shapes[name]}"
            raise ValueError(f"{name}: expected {expected}; found {array.dtype} of shape {array.shape}.")


def from_json(
    found: Mapping[str, Any], layers: Sequence[Layer], weights: Mapping[str, Array], seed: int = 0
) -> TrainedNetwork:
    """The network that the fields and the weights, by full name, are about; ``check_arrays`` comes first.

    Raises ValueError where it does not fit together.
    """
    network = Network(
        layers,
        weight_init=found["network"]["weight_init"],
        bias_init=found["network"]["bias_init"],
        seed=seed,
        dtype=np.dtype(found["dtype"]),
        draw=False,
    )
    network.load_state_dict(weights)
    task = Task(**found["task"])
    if math.prod(task.sample_shape) != math.prod(network.input_shape) or network.output_shape != (task.output_size,):
        raise ValueError(
            f"the network maps {network.input_shape} to {network.output_shape}; its task has samples of "
            f"{task.sample_shape} and {task.output_size} {task.target_kind}."
        )
    return TrainedNetwork(network, PartKind(Preprocessing).from_json(found["preprocessing"]), task)
