from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.studio import Studio
from nn_engine import Experiment
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.experiment_file import save_experiment
from nn_engine.io.safetensors_files import load_safetensors, save_safetensors
from nn_engine.layers import DenseLayer, InputLayer
from nn_engine.types import Floats
from tests.app.conftest import MakeStudio, drain_until, train_to_end
from tests.app.studio.helpers import ready, run_id, told, weights


def test_an_experiment_is_saved_and_opened(studio: Studio, home: Path) -> None:
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.document.set("layers.1.units", "20")
    assert studio.save_experiment(home / "mine.json") == ""
    assert saved == [home / "mine.json"]
    assert not studio.document.modified
    expected = studio.document.experiment
    studio.new_experiment("mnist-300")
    assert not studio.document.path
    assert studio.open_file(home / "mine.json") == ""
    assert studio.document.experiment == expected
    assert str(studio.document.path) == str(home / "mine.json")
    assert studio.preferences.recent_files == [str(home / "mine.json")]
    ready(studio)


def test_an_experiment_that_cannot_be_saved_gives_a_sentence(studio: Studio, home: Path) -> None:
    studio.document.set("layers.1.units", "20")
    (home / "file").touch()
    fault = studio.save_experiment(home / "file" / "mine.json")
    assert "Choose another place" in fault
    assert studio.document.modified


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.json", b""),
        ("cut.json", b'{"format": "backprop-studio-exp'),
        ("other.json", json.dumps({"format": "something", "version": 1}).encode()),
        ("binary.json", bytes(range(256))),
        ("empty.npz", b""),
        ("cut.npz", b"PK\x03\x04 and no more"),
        ("text.npz", b"hello"),
    ],
)
def test_a_broken_file_gives_a_sentence_and_nothing_is_lost(
    studio: Studio, home: Path, name: str, content: bytes
) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    before, experiment, run = weights(studio), studio.document.experiment, run_id(studio)
    (home / name).write_bytes(content)
    fault = studio.open_file(home / name)
    assert name in fault
    assert fault.endswith((".", ")"))
    assert studio.document.experiment is experiment
    assert run_id(studio) == run
    assert np.array_equal(weights(studio), before)
    assert studio.transport.step == 1
    assert studio.preferences.recent_files == [str(studio.run_folder)]


def test_an_exported_network_answers_on_the_pad(studio: Studio, home: Path) -> None:
    train_to_end(studio)
    trained = studio.pad.trained()
    assert trained is not None
    save_safetensors(home / "mine.safetensors", trained)
    studio.rewind()
    ready(studio)
    assert studio.open_file(home / "mine.safetensors") == ""
    again = studio.pad.trained()
    assert again is not None
    assert again.network.state.tobytes() == trained.network.state.tobytes()
    assert studio.pad.label == "mine.safetensors"
    studio.rewind()
    ready(studio)
    assert studio.pad.label == "mine.safetensors", "as with a checkpoint, until a training answers"
    assert str(home / "mine.safetensors") in studio.preferences.recent_files


def test_a_checkpoint_is_known_by_its_suffix_in_capitals_too(
    make_studio: MakeStudio, home: Path, small: Experiment
) -> None:
    """As it may be saved."""
    studio = make_studio()
    train_to_end(studio)
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.save_checkpoint(home / "MINE.NPZ")
    drain_until(studio, lambda: saved)
    studio.new_experiment("mnist-300")
    ready(studio)
    assert studio.open_file(home / "MINE.NPZ") == ""
    assert studio.document.experiment == small


def test_a_network_is_not_opened_over_the_one_in_training(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    studio = make_studio(small.replace(epochs=500))
    trained = studio.pad.trained()
    assert trained is not None
    save_safetensors(home / "mine.safetensors", trained)
    studio.train()
    assert "Pause or stop it first" in studio.open_file(home / "mine.safetensors")
    (home / "broken.safetensors").write_bytes(b"no network")
    studio.stop()
    drain_until(studio, lambda: not studio.transport.will_run)
    fault = studio.open_file(home / "broken.safetensors")
    assert "broken.safetensors: not a whole safetensors file" in fault


def test_an_experiment_whose_layers_do_not_fit_ends_the_training_that_was(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    """It was trained on under an experiment that it did not belong to, its folder forgotten."""
    save_experiment(home / "bad.json", small.replace(layers=(InputLayer(shape=(28, 28)), DenseLayer(units=10))))
    studio = make_studio(small.replace(epochs=500))
    heard = told(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 25)
    folder, learned = studio.run_folder, studio.transport.step
    assert folder is not None
    assert studio.open_file(home / "bad.json") == ""
    assert studio.session is None
    assert studio.run_folder is None
    drain_until(studio, lambda: heard)
    ((kind, sentence),) = heard
    assert kind == "error"
    assert "DenseLayer" in sentence
    assert not studio.transport.running
    assert not studio.transport.step
    assert studio.training.misfit
    assert load_checkpoint(folder / "checkpoints" / "last.npz").step >= learned
    assert studio.open_file(folder) == ""
    ready(studio)
    assert studio.transport.step >= learned, "nothing of the run was cut away"


def test_a_run_that_is_opened_before_it_has_ended_loses_nothing(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    """What it has learned since its last epoch is in no file yet when it is opened."""
    save_experiment(home / "other.json", small.replace(name="other"))
    studio = make_studio(small.replace(epochs=500, batch_size=2))
    studio.train()
    drain_until(studio, lambda: studio.transport.step % 160 > 20)
    folder, learned = studio.run_folder, studio.transport.step
    assert folder is not None
    assert studio.open_file(home / "other.json") == ""
    assert studio.open_file(folder) == ""
    ready(studio)
    assert studio.transport.step >= learned
    assert studio.curves.steps.tolist() == list(range(1, studio.transport.step + 1))


def test_a_missing_file_and_a_folder_that_is_no_run_give_sentences(studio: Studio, home: Path) -> None:
    assert "there is no such file" in studio.open_file(home / "gone.json")
    assert "there is no run here" in studio.open_file(home)


def test_a_run_with_a_broken_record_of_steps_leaves_what_is_open(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio()
    train_to_end(studio)
    folder = studio.run_folder
    assert folder is not None
    (folder / "steps.bin").write_bytes(b"nonsense")
    studio.new_experiment("mnist-300")
    ready(studio)
    before, run = studio.document.experiment, run_id(studio)
    assert "steps.bin" in studio.open_file(folder)
    assert studio.document.experiment is before
    assert run_id(studio) == run


def test_a_checkpoint_that_cannot_be_saved_is_told_and_training_runs_on(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    studio = make_studio(small.replace(epochs=500))
    heard = told(studio)
    (home / "file").touch()
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    studio.save_checkpoint(home / "file" / "deep.npz")
    drain_until(studio, lambda: heard)
    assert heard[0][0] == "error"
    stood = studio.transport.step
    drain_until(studio, lambda: studio.transport.step > stood)


def exported(studio: Studio, path: Path) -> Floats:
    """Export, and give the state that is in the file."""
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.export_network(path)
    drain_until(studio, lambda: saved)
    assert saved == [path]
    return load_safetensors(path).network.state


def test_the_network_that_answers_on_the_pad_is_exported(studio: Studio, home: Path) -> None:
    assert studio.pretrained is not None
    shipped = exported(studio, home / "shipped.safetensors")
    assert shipped.tobytes() == studio.pretrained.network.state.tobytes()
    train_to_end(studio)
    assert studio.session is not None
    best = exported(studio, home / "best.safetensors")
    assert best.tobytes() == studio.session.network.state.tobytes()
    assert best.size != shipped.size


def test_where_the_pad_has_nobody_to_ask_it_is_the_one_in_training(studio: Studio, home: Path) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and studio.transport.worker_state == "paused")
    studio.pad.no_network("It is none for digits.")
    assert exported(studio, home / "live.safetensors").tobytes() == weights(studio).tobytes()
    assert studio.transport.step == 1


def test_an_export_that_fails_gives_a_sentence(studio: Studio, home: Path) -> None:
    heard = told(studio)
    (home / "file").touch()
    for path, words in (
        (home / "file" / "a.onnx", "Choose another place"),
        (home / "a.txt", "expected a file name that ends in one of .onnx, .safetensors, .py"),
    ):
        heard.clear()
        studio.export_network(path)
        drain_until(studio, lambda: heard)
        ((kind, sentence),) = heard
        assert kind == "error"
        assert str(path) in sentence
        assert words in sentence


def test_a_run_that_is_opened_again_has_the_histograms_of_its_past(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=4))
    train_to_end(studio)
    folder = studio.run_folder
    assert folder is not None
    drain_until(studio, lambda: len(studio.histograms.shown()) == 5)
    live = studio.histograms.shown()
    studio.new_experiment("mnist-300")
    ready(studio)  # nobody else trains the run
    (folder / "checkpoints" / "epoch-0002.npz").write_bytes(b"broken")  # what cannot be read is left out
    other = make_studio(small.replace(name="other"))
    assert other.open_file(folder) == ""
    ready(other)
    drain_until(other, lambda: len(other.histograms.shown()) >= 2)
    kept = {each.step: each for each in other.histograms.shown()}
    for each in live:
        if each.step in kept:
            for layer, again in zip(each.layers, kept[each.step].layers, strict=True):
                assert (layer.name, layer.count) == (again.name, again.count)
                assert layer.counts.sum() == again.counts.sum()
    assert {10, 30} <= set(kept)
    assert 20 not in kept
    other.histograms.choose("biases")
    assert {10, 30} <= {each.step for each in other.histograms.shown()}
