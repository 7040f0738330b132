"""Experiments come back from their files as they were; files that are none are refused in a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nn_engine import PRESETS, Adam, EarlyStopping, Experiment, Rotation, StepDecay, StopAtTarget
from nn_engine.io.experiment_file import ExperimentFileError, load_experiment, save_experiment
from tests.nn_engine.io.damage import JUNK, each_flip, each_truncation, nested_blocks
from tests.nn_engine.io.runs import refused

UNUSUAL = Experiment(
    name="größer als \"alles\" \\ 'hier'",
    train_size=1234,
    validation_share=0.1,
    optimizer=Adam(learning_rate=5e-324, epsilon=0.1 + 0.2),
    schedule=StepDecay(),
    augmentation=(Rotation(degrees=0.1 + 0.2),),
    callbacks=(EarlyStopping(patience=3), StopAtTarget(value=-1e308)),
    monitor="val_loss",
    seed=2**63 - 1,
)
EXPERIMENTS = {**{name: preset.experiment for name, preset in PRESETS.items()}, "unusual": UNUSUAL}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_round_trip(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    save_experiment(path, EXPERIMENTS[name])
    assert load_experiment(path) == EXPERIMENTS[name]
    first = path.read_bytes()
    save_experiment(path, load_experiment(path))
    assert path.read_bytes() == first


def test_json_alone_reads_it(tmp_path: Path) -> None:
    save_experiment(tmp_path / "a.json", Experiment(name="plain"))
    document = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert (document["format"], document["version"]) == ("backprop-studio-experiment", 1)
    assert document["experiment"]["name"] == "plain"
    assert document["experiment"]["layers"][1] == {
        **{"type": "dense", "units": 10, "fn": "softmax"},
        **{"weight_init": None, "bias_init": None},
    }


def test_settings_that_are_left_out_take_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"format": "backprop-studio-experiment", "version": 1, "experiment": {"epochs": 7}}')
    assert load_experiment(path) == Experiment(epochs=7)


def test_every_truncation(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save_experiment(path, Experiment())
    os.truncate(path, path.stat().st_size - 1)  # without the last line's end it is still whole
    assert load_experiment(path) == Experiment()
    for length in each_truncation(path):
        with pytest.raises(ExperimentFileError) as caught:
            load_experiment(path)
        assert ("the file is empty" if length == 0 else "not readable as JSON") in refused(caught, path)


def test_every_flipped_bit_gives_an_experiment_or_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(
        b'{"format":"backprop-studio-experiment","version":1,"experiment":{"epochs":7,"seed":1,"optimizer":'
        b'{"type":"sgd","momentum":0.5},"layers":[{"type":"input","units":4},{"type":"dense","units":2}]}}'
    )
    taken = refusals = 0
    for _ in each_flip(path):
        try:
            taken += isinstance(load_experiment(path), Experiment)
        except ExperimentFileError as error:
            refusals += str(error).startswith(f"{path}: ")
    assert taken > 5  # 7 epochs may become 5, and nobody can know
    assert taken + refusals == 8 * path.stat().st_size


@pytest.mark.parametrize("kind", JUNK)
def test_other_files(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "junk.json"
    path.write_bytes(JUNK[kind])
    with pytest.raises(ExperimentFileError) as caught:
        load_experiment(path)
    refused(caught, path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda document: document.update(version=2), "newer version of the studio"),
        (lambda document: document.update(version=None), "expected a format version"),
        (lambda document: document.update(format="backprop-studio-run"), "another kind of file"),
        (lambda document: document.pop("experiment"), 'expected an object named "experiment"; found NoneType'),
        (lambda document: document.update(experiment=[]), 'expected an object named "experiment"; found list'),
        (lambda document: document["experiment"].update(magic=1), "Experiment has no setting 'magic'"),
        (lambda document: document["experiment"].update(epoch=1), "Did you mean 'epochs'?"),
        (lambda document: document["experiment"].update(epochs=0), "Experiment.epochs: expected a whole number from 1"),
        (lambda document: document["experiment"].update(epochs="7"), "Experiment.epochs"),
        (lambda document: document["experiment"].update(epochs=None), "Experiment.epochs"),
        (lambda document: document["experiment"].update(name=5), "Experiment.name"),
        (lambda document: document["experiment"].update(name="two\nlines"), "Experiment.name"),
        (lambda document: document["experiment"].update(name="\ud800"), "Experiment.name"),
        (lambda document: document["experiment"].update(name="x" * 100_000), "Experiment.name"),
        (lambda document: document["experiment"].update(seed=-1), "Experiment.seed"),
        (lambda document: document["experiment"].update(seed=2**63), "Experiment.seed"),
        (lambda document: document["experiment"].update(validation_share=1), "Experiment.validation_share"),
        (lambda document: document["experiment"].update(optimizer="magic"), "Experiment.optimizer"),
        (lambda document: document["experiment"].update(optimizer={"type": "magic"}), "magic"),
        (lambda document: document["experiment"].update(optimizer={"type": {}}), "There is no optimizer named {}"),
        (lambda document: document["experiment"].update(optimizer={}), "needs a 'type'"),
        (lambda document: document["experiment"]["optimizer"].update(magic=1), "SGD has no setting 'magic'"),
        (lambda document: document["experiment"].update(layers={}), "Experiment.layers"),
        (lambda document: document["experiment"].update(layers=[None]), "Experiment.layers"),
        (lambda document: document["experiment"].update(layers=[[]]), "Experiment.layers"),
        (lambda document: document["experiment"]["layers"][1].update(units=1e9), "layer 1: DenseLayer.units"),
        (lambda document: document["experiment"]["layers"][1].update(units=10**400), "layer 1: DenseLayer.units"),
        (lambda document: document["experiment"]["layers"].extend([{"type": "dropout"}] * 1001), "Experiment.layers"),
        (lambda document: document["experiment"]["layers"].append(nested_blocks(5)), "in one another at most 4 deep"),
        (lambda document: document["experiment"]["layers"].append(nested_blocks(200)), "nested too deeply"),
        (lambda document: document["experiment"].update(augmentation=7), "Experiment.augmentation"),
        (lambda document: document["experiment"].update(weight_init=["zeros"]), "Experiment.weight_init"),
    ],
)
def test_refusals_say_why(tmp_path: Path, change: Callable[[dict[str, Any]], object], fault: str) -> None:
    path = tmp_path / "a.json"
    save_experiment(path, Experiment())
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ExperimentFileError) as caught:
        load_experiment(path)
    assert fault in refused(caught, path)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "-1e999"])
def test_numbers_beyond_all_bounds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"format": "backprop-studio-experiment", "version": 1, "experiment": '
        '{"optimizer": {"type": "sgd", "learning_rate": ' + text + "}}}"
    )
    with pytest.raises(ExperimentFileError) as caught:
        load_experiment(path)
    refused(caught, path)
