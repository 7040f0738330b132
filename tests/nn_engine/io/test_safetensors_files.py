"""What is saved as safetensors is loaded bit by bit, read by anybody, and refused in words unless it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from nn_engine import DenseLayer, InputLayer, Preprocessing
from nn_engine.io.safetensors_files import SafetensorsFileError, load_safetensors, save_safetensors
from nn_engine.types import Array
from tests.nn_engine.io.damage import JUNK, each_flip, each_truncation, nested_blocks
from tests.nn_engine.io.runs import refused
from tests.nn_engine.io.trained import trained

SMALLEST = (InputLayer(units=2), DenseLayer(units=2, fn="softmax"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_is_loaded_as_it_was(tmp_path: Path, dtype: Any) -> None:
    saved = trained(dtype=dtype, preprocessing=Preprocessing(divide_by=17, mean=0.1, deviation=3))
    saved.network.state[:5] = [np.nan, -0.0, np.inf, np.finfo(dtype).tiny / 2, 1]
    save_safetensors(tmp_path / "a.safetensors", saved)
    loaded = load_safetensors(tmp_path / "a.safetensors")
    assert loaded.network.state.tobytes() == saved.network.state.tobytes()
    assert loaded.network.state.dtype == dtype
    assert loaded.network.to_config() == saved.network.to_config()
    assert (loaded.preprocessing, loaded.task) == (saved.preprocessing, saved.task)
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_other_programs_find_the_tensors_under_our_names(tmp_path: Path) -> None:
    saved = trained()
    save_safetensors(tmp_path / "a.safetensors", saved)
    found = load_file(tmp_path / "a.safetensors")
    expected = saved.network.state_dict()
    assert set(found) == {"layers.1.weights", "layers.1.bias", "layers.3.weights", "layers.3.bias"} == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
    with safe_open(tmp_path / "a.safetensors", framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["program"].startswith("Backprop Studio ")
    assert json.loads(metadata["task"])["names"] == list(saved.task.names)
    assert [layer["type"] for layer in json.loads(metadata["network"])["layers"]] == [
        "input", "dense", "dropout", "dense",
    ]  # fmt: skip


def test_weights_that_another_program_changed_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(path, trained())
    change(path, lambda tensors, metadata: tensors["layers.1.weights"].__imul__(2))
    found = load_safetensors(path).network.state_dict()
    np.testing.assert_array_equal(found["layers.1.weights"], 2 * trained().network.state_dict()["layers.1.weights"])


def test_an_array_that_does_not_lie_in_order_is_saved_in_order(tmp_path: Path) -> None:
    saved = trained()
    weights = saved.network.state_dict()["layers.1.weights"]
    saved.network.state_dict = lambda: {  # type: ignore[method-assign]
        **trained().network.state_dict(),
        "layers.1.weights": np.asfortranarray(weights),
    }
    save_safetensors(tmp_path / "a.safetensors", saved)
    np.testing.assert_array_equal(load_file(tmp_path / "a.safetensors")["layers.1.weights"], weights)


# -- what is refused ----------------------------------------------------------------------------------------------


def change(path: Path, by: Callable[[dict[str, Array], dict[str, str]], object]) -> None:
    """Write the file anew, after ``by`` has been at its tensors and metadata."""
    tensors = {name: array.copy() for name, array in load_file(path).items()}
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    by(tensors, metadata)
    save_file(tensors, path, metadata)


CHANGES: dict[str, tuple[Callable[[dict[str, Array], dict[str, str]], object], str]] = {
    "a tensor too few": (lambda t, m: t.pop("layers.1.bias"), "the array layers.1.bias is missing"),
    "a tensor too many": (lambda t, m: t.update(more=np.zeros(3, np.float32)), "the array more belongs to no part"),
    "another shape": (
        lambda t, m: t.update({"layers.1.bias": np.zeros(3, np.float32)}),
        "layers.1.bias: expected float32 of shape (2,); found float32 of shape (3,)",
    ),
    "another type": (
        lambda t, m: t.update({"layers.1.bias": np.zeros(2)}),
        "layers.1.bias: expected float32 of shape (2,); found float64",
    ),
    "half precision": (
        lambda t, m: t.update({"layers.1.bias": np.zeros(2, np.float16)}),
        "layers.1.bias: expected float32 or float64; found F16",
    ),
    "whole numbers": (lambda t, m: t.update({"layers.1.bias": np.zeros(2, np.int64)}), "found I64"),
    "no metadata": (lambda t, m: m.clear(), "another program"),
    "PyTorch's metadata": (lambda t, m: m.update(format="pt"), "another program"),
    "a later version": (lambda t, m: m.update(version="2"), "format version 2; this program reads 1"),
    "no layers told": (lambda t, m: m.pop("network"), "metadata: network is missing"),
    "layers that are no JSON": (lambda t, m: m.update(network="{"), "metadata network is not readable as JSON"),
    "layers nested without end": (lambda t, m: m.update(network="[" * 100_000), "not readable as JSON"),
    "blocks in blocks without end": (
        lambda t, m: m.update(network=json.dumps(json.loads(m["network"]) | {"layers": [nested_blocks(200)]})),
        "nested too deeply",
    ),
    "layers that do not exist": (
        lambda t, m: m.update(network=m["network"].replace("dense", "dens")),
        "There is no layer named 'dens'",
    ),
    "a huge layer": (
        lambda t, m: m.update(network=m["network"].replace('"units": 2', '"units": 60000')),
        "3,600,060,000 parameters; at most",
    ),
    "a constant that is no number": (
        lambda t, m: m.update(preprocessing=m["preprocessing"].replace("255.0", "NaN")),
        "NaN is not a number in JSON",
    ),
    "another task": (
        lambda t, m: m.update(task=m["task"].replace('"answer 1"', '"answer 1", "x"')),
        "its task has samples",
    ),
    "a name for two classes": (
        lambda t, m: m.update(task=m["task"].replace("answer 1", "answer 0")),
        "different names; received 'answer 0' 2 times",
    ),
    "another dtype": (lambda t, m: m.update(dtype='"float64"'), "expected float64"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_does_not_fit_together(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(path, trained(*SMALLEST))
    load_safetensors(path)
    by, words = CHANGES[what]
    change(path, by)
    with pytest.raises(SafetensorsFileError) as caught:
        load_safetensors(path)
    assert words in refused(caught, path)


@pytest.mark.parametrize("kind", JUNK)
def test_what_is_no_such_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(JUNK[kind])
    with pytest.raises(SafetensorsFileError) as caught:
        load_safetensors(path)
    assert "not a whole safetensors file" in refused(caught, path)


def test_a_file_cut_short_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(path, trained(*SMALLEST))
    for _ in each_truncation(path):
        with pytest.raises(SafetensorsFileError) as caught:
            load_safetensors(path)
        refused(caught, path)


def test_a_flipped_bit_is_refused_in_words_or_changes_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(path, trained(*SMALLEST))
    was = load_safetensors(path)
    taken = 0
    for where in each_flip(path):
        # Anything else that is raised ends the test.
        with suppress(SafetensorsFileError):
            assert load_safetensors(path).network.state.shape == was.network.state.shape, where
            taken += 1
    assert taken >= 8 * was.network.state.nbytes


def test_missing_files_and_folders_are_told_as_by_open(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load_safetensors(tmp_path / "none.safetensors")
    assert caught.value.filename == str(tmp_path / "none.safetensors")
    with pytest.raises(IsADirectoryError):
        load_safetensors(tmp_path)
