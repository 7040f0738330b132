"""Networks as ``.onnx``, the format that runs anywhere: phones, browsers, other languages.

The file holds the graph of a prediction, opset 17 and format 8, which every runtime of the last years loads:

- ``input``, float32 (batch, *sample shape), such as (batch, 28, 28): raw samples as the data set has them, bytes from 0
  to 255 for images, unless preprocessing was left out; then what preprocessing makes of them. Channels come last.
- ``output``, float32 (batch, *answer shape): what the network answers, probabilities where it ends in softmax.

The batch may have any size. Layers that act only in training are not in it. A network of float64 is written as
float32. The model's metadata has, in JSON: ``class_names``, ``preprocessing``, ``preprocessing_included``, ``network``
(its layers) and ``program``.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.data.preprocessing import Preprocessing
from nn_engine.io import onnx_writers, trained_network
from nn_engine.io.files import write_atomically
from nn_engine.io.onnx_graph import Graph, Value
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.io.writers import places_of
from nn_engine.types import Shape
from nn_engine.version import VERSION as PROGRAM_VERSION

OPSET, IR_VERSION = 17, 8
INPUT, OUTPUT = "input", "output"
MOST_BYTES = 2**31 - 2**20
"""The format ends at 2 GiB; the graph around the weights takes some of it."""


def export_onnx(path: Path | str, trained: TrainedNetwork, *, include_preprocessing: bool = True) -> None:
    """Write the network as ONNX, atomically.

    Args:
        path: where to.
        trained: what to write.
        include_preprocessing: whether the graph takes raw samples and prepares them itself.

    Raises ValueError for a network that the format cannot hold, or with a layer that no writer knows.
    """
    path = Path(path)
    if 4 * trained.network.parameter_count > MOST_BYTES:
        raise ValueError(
            f"An ONNX file holds at most {MOST_BYTES:,} bytes of weights; this network has "
            f"{4 * trained.network.parameter_count:,}. Export it as safetensors."
        )
    graph = Graph()
    x = Value(INPUT, trained.task.sample_shape)
    if include_preprocessing:
        x = _prepare(graph, x, trained.preprocessing)
    y = graph.end_in(graph.channels_last(onnx_writers.write(graph, x, places_of(trained.network))), OUTPUT)
    metadata = _metadata(trained, include_preprocessing)
    write_atomically(path, _serialized(graph, trained.task.sample_shape, y.shape, metadata))


def _prepare(graph: Graph, x: Value, preprocessing: Preprocessing) -> Value:
    """(raw / divide_by - mean) / deviation, with the very numbers that the studio takes."""
    graph.scope = "preprocessing"
    factor = np.array(1 / (preprocessing.divide_by * preprocessing.deviation))
    x = graph.add("Mul", x, graph.constant("factor", factor))
    if preprocessing.mean:
        offset = np.array(preprocessing.mean / preprocessing.deviation)
        x = graph.add("Sub", x, graph.constant("offset", offset))
    return x


def _metadata(trained: TrainedNetwork, include_preprocessing: bool) -> dict[str, str]:
    described = trained_network.to_json(trained.network, trained.preprocessing, trained.task)
    return {
        "class_names": json.dumps(trained.task.names, ensure_ascii=False),
        "preprocessing": json.dumps(described["preprocessing"]),
        "preprocessing_included": json.dumps(include_preprocessing),
        "network": json.dumps(described["network"]),
        "program": f"Backprop Studio {PROGRAM_VERSION}",
    }


def _serialized(graph: Graph, sample_shape: Shape, answer_shape: Shape, metadata: dict[str, str]) -> bytes:
    from onnx import TensorProto, checker, helper, numpy_helper

    def described(name: str, shape: Shape) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])

    made = helper.make_graph(
        [
            helper.make_node(node.operator, node.inputs, [node.output], name=node.output, **node.attributes)
            for node in graph.nodes
        ],
        "network",
        [described(INPUT, sample_shape)],
        [described(OUTPUT, answer_shape)],
        [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="Backprop Studio",
        producer_version=PROGRAM_VERSION,
    )
    helper.set_model_props(model, metadata)
    checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
