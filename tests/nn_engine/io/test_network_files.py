"""The file's name says what is written and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from nn_engine import Experiment
from nn_engine.io.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from nn_engine.io.experiment_file import load_experiment, save_experiment
from nn_engine.io.network_files import EXPORT_FORMATS, format_for, load_trained
from nn_engine.io.onnx_export import export_onnx
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.safetensors_files import SafetensorsFileError, load_safetensors, save_safetensors
from nn_engine.io.script_export import export_script
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


def test_a_path_may_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is typed at a prompt."""
    monkeypatch.chdir(tmp_path)
    save_checkpoint("a.npz", trainer := smallest_trainer())
    save_safetensors("a.safetensors", trained())
    export_onnx("a.onnx", trained())
    export_script("a.py", trained())
    save_experiment("a.json", Experiment(epochs=7))
    assert load_checkpoint("a.npz").network.state.tobytes() == trainer.network.state.tobytes()
    assert load_trained("a.safetensors").task == load_safetensors("a.safetensors").task == trained().task
    assert load_experiment("a.json").epochs == 7
    with RunFolder.create("run", trainer) as folder:
        assert folder.path == Path("run")
    with RunFolder.open("run")[0] as folder:
        assert folder.path == Path("run")
