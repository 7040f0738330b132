"""Presets: each can be built, learns, and is repeated by its JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nn_engine import PRESETS, Experiment, assemble, preset
from nn_engine.training import EpochEnd, StepEnd

each_preset = pytest.mark.parametrize("name", PRESETS)


@each_preset
def test_a_preset_is_found_by_the_name_of_its_experiment(name: str) -> None:
    assert preset(name) is PRESETS[name].experiment
    assert preset(name).name == name


@each_preset
def test_a_preset_says_what_it_is_good_for(name: str) -> None:
    explanation = PRESETS[name].explanation
    assert explanation.endswith(".")
    assert 20 < len(explanation) < 200


def test_an_unknown_preset_is_refused_with_what_exists() -> None:
    with pytest.raises(ValueError, match=r"There is no preset 'mnist': expected one of softmax-regression, mnist-300,"):
        preset("mnist")
    with pytest.raises(ValueError, match=r"deep-mlp\. Did you mean 'mnist-300'\?$"):
        preset("MNIST300")


def test_the_presets_that_the_documentation_names() -> None:
    documented = "softmax-regression mnist-300 mnist-300-augmented pen-ready mnist-300-record cnn deep-mlp"
    assert list(PRESETS) == documented.split()


@each_preset
def test_its_json_gives_it_back(name: str) -> None:
    config = json.loads(json.dumps(preset(name).to_config(), allow_nan=False))
    assert Experiment.from_config(config) == preset(name)


@each_preset
def test_it_learns_from_a_few_digits(name: str) -> None:
    experiment = preset(name).replace(train_size=240, validation_share=1 / 6, batch_size=20, epochs=1)
    session = assemble(experiment)
    events = list(session.trainer.fit())
    losses = [event.loss for event in events if isinstance(event, StepEnd)]
    assert len(losses) == 10
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])
    (epoch,) = (event for event in events if isinstance(event, EpochEnd))
    # One of ten at random is right; whoever has learned something is right far more often.
    assert epoch.metrics["val_accuracy"] > 0.25
    assert epoch.metrics["val_loss"] < np.log(10)


@each_preset
def test_it_can_be_trained_on_all_digits(name: str) -> None:
    session = assemble(preset(name))
    learned_from = 60_000 - {"mnist-300-record": 5_000}.get(name, 10_000)
    assert session.trainer.steps_per_epoch == -(-learned_from // preset(name).batch_size)
    assert len(session.test) == 10_000
