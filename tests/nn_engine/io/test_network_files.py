"""The file's name says what is written and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from nn_engine.io.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from nn_engine.io.network_files import EXPORT_FORMATS, format_for, load_trained
from nn_engine.io.safetensors_files import SafetensorsFileError
from tests.nn_engine.io.runs import smallest_trainer
from tests.nn_engine.io.trained import trained


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_what_is_written_is_what_is_announced(tmp_path: Path, name: str) -> None:
    chosen = EXPORT_FORMATS[name]
    path = tmp_path / f"a{chosen.suffix}"
    assert format_for(path) is chosen
    assert format_for(path.with_suffix(chosen.suffix.upper())) is chosen
    chosen.write(path, trained())
    assert set(tmp_path.iterdir()) == set(chosen.files(path))
    assert path in chosen.files(path)


@pytest.mark.parametrize(
    ("name", "hint"), [("a", ""), ("a.npz", ""), (".py", ""), ("a.onxx", " Did you mean '.onnx'?")]
)
def test_other_names_are_refused(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="expected a file name that ends in one of") as caught:
        format_for(Path(name))
    assert str(caught.value) == f"{name}: expected a file name that ends in one of .onnx, .safetensors, .py.{hint}"


def test_both_kinds_are_read(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.npz", smallest_trainer())
    checkpoint = load_checkpoint(tmp_path / "a.npz")
    EXPORT_FORMATS["safetensors"].write(tmp_path / "a.SafeTensors", checkpoint)
    states = {load_trained(path).network.state.tobytes() for path in tmp_path.iterdir()}
    assert states == {checkpoint.network.state.tobytes()}


def test_neither_is_taken_for_the_other(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.safetensors", smallest_trainer())
    EXPORT_FORMATS["safetensors"].write(tmp_path / "b.npz", trained())
    with pytest.raises(SafetensorsFileError):
        load_trained(tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError):
        load_trained(tmp_path / "b.npz")
