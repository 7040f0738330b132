"""What an ONNX file says of itself, and how the graph in it is made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from nn_engine import DenseLayer, FlattenLayer, InputLayer, Preprocessing
from nn_engine.io import onnx_export
from nn_engine.io.onnx_export import export_onnx
from nn_engine.io.onnx_graph import Graph, Value
from nn_engine.version import VERSION
from tests.nn_engine.io.exported import run_onnx, session
from tests.nn_engine.io.trained import answers, raw_samples, trained


def test_the_format_is_one_that_every_runtime_of_the_last_years_loads(tmp_path: Path) -> None:
    export_onnx(tmp_path / "a.onnx", trained())
    model = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    assert model.ir_version == 8
    assert (model.producer_name, model.producer_version) == ("Backprop Studio", VERSION)
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]


def test_names_shapes_and_types(tmp_path: Path) -> None:
    export_onnx(tmp_path / "a.onnx", trained())
    found = session(tmp_path / "a.onnx")
    (taken,), (given,) = found.get_inputs(), found.get_outputs()
    assert (taken.name, taken.shape, taken.type) == ("input", ["batch", 6, 6], "tensor(float)")
    assert (given.name, given.shape, given.type) == ("output", ["batch", 4], "tensor(float)")


def test_it_says_what_its_answers_mean(tmp_path: Path) -> None:
    exported = trained(preprocessing=Preprocessing(divide_by=3, mean=0.5))
    export_onnx(tmp_path / "a.onnx", exported)
    found = session(tmp_path / "a.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(found["class_names"]) == ["answer 0", "answer 1", "answer 2", "answer 3"]
    assert json.loads(found["preprocessing"]) == exported.preprocessing.to_config()
    assert json.loads(found["preprocessing_included"]) is True
    assert json.loads(found["network"]) == exported.network.to_config()
    assert found["program"] == f"Backprop Studio {VERSION}"


def test_without_preprocessing_it_takes_prepared_samples(tmp_path: Path) -> None:
    exported = trained(preprocessing=Preprocessing(divide_by=3, mean=0.5))
    export_onnx(tmp_path / "a.onnx", exported, include_preprocessing=False)
    raw = raw_samples(exported, 5)
    expected = answers(exported, raw)
    np.testing.assert_allclose(run_onnx(tmp_path / "a.onnx", exported.preprocessing(raw)), expected, atol=1e-6)
    found = session(tmp_path / "a.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(found["preprocessing_included"]) is False
    operators = [node.op_type for node in onnx.load(tmp_path / "a.onnx").graph.node]
    assert operators == ["Reshape", "Gemm", "Relu", "Gemm", "Softmax"]


def test_a_network_in_double_precision_becomes_single(tmp_path: Path) -> None:
    exported = trained(dtype=np.float64)
    export_onnx(tmp_path / "a.onnx", exported)
    raw = raw_samples(exported, 5)
    found = run_onnx(tmp_path / "a.onnx", raw)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, answers(exported, raw), atol=1e-6)


def test_a_network_that_does_nothing_has_an_output_all_the_same(tmp_path: Path) -> None:
    exported = trained(InputLayer(units=4))
    export_onnx(tmp_path / "a.onnx", exported, include_preprocessing=False)
    np.testing.assert_array_equal(run_onnx(tmp_path / "a.onnx", raw_samples(exported, 3)), raw_samples(exported, 3))


def test_equal_networks_make_equal_files(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        export_onnx(tmp_path / name, trained(InputLayer(shape=(2, 3)), FlattenLayer(), DenseLayer(units=2)))
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_what_the_format_cannot_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = trained()
    monkeypatch.setattr(onnx_export, "MOST_BYTES", 4 * exported.network.parameter_count - 1)
    with pytest.raises(ValueError, match="Export it as safetensors"):
        export_onnx(tmp_path / "a.onnx", exported)
    assert list(tmp_path.iterdir()) == []


class TestGraph:
    def test_images_are_transposed_once_for_all_who_want_it(self) -> None:
        graph = Graph()
        x = Value("input", (5, 6, 2))
        first = graph.channels_first(x)
        assert graph.channels_first(x) == first
        y = graph.add("Relu", first)
        assert graph.channels_first(y) is y
        back = graph.channels_last(y)
        assert [node.operator for node in graph.nodes] == ["Transpose", "Relu", "Transpose"]
        assert [node.attributes.get("perm") for node in graph.nodes] == [(0, 3, 1, 2), None, (0, 2, 3, 1)]
        assert (back.channels_first, back.shape) == (False, (5, 6, 2))

    @pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 3, 4), (2, 3, 4, 5)])
    def test_both_ways_round_for_any_number_of_axes(self, shape: tuple[int, ...]) -> None:
        graph, array = Graph(), np.arange(2 * np.prod(shape)).reshape(2, *shape)
        found = graph.channels_last(graph.channels_first(Value("x", shape)))
        moved = array
        for number, node in enumerate(graph.nodes):
            moved = moved.transpose(node.attributes["perm"])
            if number == 0:
                np.testing.assert_array_equal(moved, np.moveaxis(array, -1, 1))
        np.testing.assert_array_equal(moved, array)
        assert len(graph.nodes) == (0 if len(shape) == 1 else 2)
        assert found.shape == shape

    def test_two_values_are_combined_the_same_way_round(self) -> None:
        graph = Graph()
        x = Value("x", (5, 6, 2))
        made = graph.combine("Add", graph.channels_first(x), x)
        assert not made.channels_first
        assert graph.nodes[-1].inputs[1] == "x"

    def test_no_name_is_given_twice(self) -> None:
        graph = Graph()
        x = Value("x", (2,))
        names = [graph.constant("one", np.ones(1)) for _ in range(3)]
        names += [graph.add("Relu", x).name for _ in range(3)]
        assert len(set(names)) == 6
