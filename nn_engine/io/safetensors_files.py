"""Networks as ``.safetensors``: the format in which most programs exchange weights, read without running any code.

The tensors have the names they have here, such as ``layers.1.weights``, in the network's own type. The file's metadata,
which is text by name, says in JSON what is needed to build the network again: ``network``, ``dtype``,
``preprocessing`` and ``task``, as a checkpoint's manifest does. There is no hash over the numbers, so that another
program may train the weights further and save them under the same names.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.io import trained_network
from nn_engine.io.files import write_atomically
from nn_engine.io.json_text import JSONTextError, parse
from nn_engine.io.schema import record
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.types import Array
from nn_engine.version import VERSION as PROGRAM_VERSION

FORMAT, VERSION = "backprop-studio-network", "1"

_TYPES = {"F32", "F64"}
_FIELDS = record(**trained_network.FIELDS)


class SafetensorsFileError(ValueError):
    """A file that is not a whole network of this program; the message names the file and the fault."""


def save_safetensors(path: Path | str, trained: TrainedNetwork) -> None:
    """Write the network, atomically. Nothing of its numbers is lost."""
    path = Path(path)
    from safetensors.numpy import save

    described = trained_network.to_json(trained.network, trained.preprocessing, trained.task)
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "program": f"Backprop Studio {PROGRAM_VERSION}",
        **{name: json.dumps(value, allow_nan=False) for name, value in described.items()},
    }
    # The library takes the memory as it lies, so it has to lie in order.
    tensors = {name: np.asarray(array, order="C") for name, array in trained.network.state_dict().items()}
    write_atomically(path, save(tensors, metadata))


def load_safetensors(path: Path | str) -> TrainedNetwork:
    """Read a network. Raises SafetensorsFileError naming file and fault; OSError as ``open`` does."""
    path = Path(path)
    with path.open("rb"):
        pass  # what cannot be opened is told as for any other file
    try:
        metadata, tensors = _read(path)
        if metadata.get("format") != FORMAT:
            raise ValueError("a safetensors file of another program: it does not say which network it holds.")
        if metadata.get("version") != VERSION:
            raise ValueError(f"format version {metadata.get('version')}; this program reads {VERSION}.")
        return _trained(metadata, tensors)
    except ValueError as error:
        raise SafetensorsFileError(f"{path}: {error}") from None


def _read(path: Path) -> tuple[Mapping[str, str], dict[str, Array]]:
    """Metadata and tensors. The library compares every size with the file's before it takes memory."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {}
            for name in file.keys():  # noqa: SIM118 (it is no mapping)
                if (found := file.get_slice(name).get_dtype()) not in _TYPES:
                    raise ValueError(f"{name}: expected float32 or float64; found {found}.")
                tensors[name] = file.get_tensor(name)
            return file.metadata() or {}, tensors
    except (SafetensorError, OSError) as error:
        raise ValueError(f"not a whole safetensors file ({error}).") from None


def _trained(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> TrainedNetwork:
    told = {name: _json(name, metadata[name]) for name in trained_network.FIELDS if name in metadata}
    try:
        found: dict[str, Any] = _FIELDS(told, "metadata")
        layers = trained_network.layers_from(found)
        shapes = {name: parameter.shape for name, parameter in trained_network.parameters_of(layers).items()}
        trained_network.check_arrays(tensors, shapes, found["dtype"])
        return trained_network.from_json(found, layers, tensors)
    except ValueError as error:
        raise ValueError(f"the network does not fit together: {error}") from None


def _json(name: str, text: str) -> Any:
    try:
        return parse(text)
    except JSONTextError as error:
        raise ValueError(f"its metadata {name} is not readable as JSON: {error}.") from None
