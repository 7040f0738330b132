"""The experiment as one immutable value: what it holds, that it is repeated by its JSON, and what it refuses."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from nn_engine import MNIST, SGD, Adam, Constant, CrossEntropy, DenseLayer, Experiment, InputLayer, Preprocessing
from nn_engine.declarations import settings_of
from nn_engine.declarations.paths import all_paths
from nn_engine.training import TrainingPlan


def test_an_experiment_works_as_it_is() -> None:
    experiment = Experiment()
    assert experiment.data == MNIST()
    assert experiment.layers == (InputLayer(units=784), DenseLayer(units=10, fn="softmax"))
    assert experiment.loss == CrossEntropy()
    assert experiment.optimizer == SGD(momentum=0.9)
    assert experiment.schedule == Constant()
    assert experiment.preprocessing == Preprocessing()
    assert (experiment.seed, experiment.epochs, experiment.batch_size) == (0, 20, 128)
    assert experiment.weight_init == "he_initialization"
    assert (experiment.augmentation, experiment.regularization, experiment.callbacks) == ((), (), ())


def test_every_part_of_a_training_plan_is_part_of_it() -> None:
    experiment = Experiment()
    assert isinstance(experiment, TrainingPlan)
    names = [spec.name for spec in settings_of(Experiment)]
    plan_names = [spec.name for spec in settings_of(TrainingPlan)]
    assert names[: len(plan_names)] == plan_names


def test_two_of_the_same_are_equal_and_one_that_differs_anywhere_is_not() -> None:
    assert Experiment(seed=3) == Experiment(seed=3)
    assert hash(Experiment(seed=3)) == hash(Experiment(seed=3))
    assert Experiment(seed=3) != Experiment(seed=4)
    deep = Experiment(layers=(InputLayer(units=784), DenseLayer(units=10, fn="sigmoid")))
    assert deep != Experiment()


def test_an_older_one_stays_as_it_was_when_a_newer_one_is_made_of_it() -> None:
    history = [Experiment()]
    for changes in ({"seed": 1}, {"optimizer": Adam()}, {"layers": (InputLayer(units=4),)}):
        history.append(history[-1].replace(**changes))
    assert history[0] == Experiment()
    assert history[1] == Experiment(seed=1)
    assert history[2] == Experiment(seed=1, optimizer=Adam())
    assert len(set(history)) == 4


def test_its_json_is_plain_and_complete() -> None:
    config = json.loads(json.dumps(Experiment().to_config(), allow_nan=False))
    assert list(config) == [spec.name for spec in settings_of(Experiment)]
    assert config["layers"] == [
        {"type": "input", "units": 784, "shape": None},
        {"type": "dense", "units": 10, "fn": "softmax", "weight_init": None, "bias_init": None},
    ]
    assert config["data"] == {"type": "mnist", "folder": None}
    assert config["train_size"] is None
    assert Experiment.from_config(config) == Experiment()


def test_a_copy_in_another_process_is_equal() -> None:
    experiment = Experiment(seed=5, optimizer=Adam(beta_1=0.8))
    again = pickle.loads(pickle.dumps(experiment))
    assert again == experiment
    with pytest.raises(AttributeError, match="is fixed"):
        again.seed = 6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"train_size": 1},
            r"Experiment\.train_size: expected a whole number from 2 to 1000000000, or none; received 1",
        ),
        ({"validation_share": 1}, r"Experiment\.validation_share: expected a number from 0 to 0\.9; received 1"),
        ({"validation_share": -0.1}, "validation_share"),
        ({"epochs": 0}, r"Experiment\.epochs: expected a whole number from 1 "),
        ({"batch_size": 0}, r"Experiment\.batch_size: .* samples; received 0"),
        ({"seed": -1}, r"Experiment\.seed: "),
        ({"weight_init": "hee"}, r"Experiment\.weight_init: .*Did you mean 'he'"),
        ({"loss": "cross_entrpy"}, "Did you mean 'cross_entropy'"),
        ({"layers": [DenseLayer]}, r"Experiment\.layers: expected a list, each item one layer of"),
    ],
)
def test_what_no_experiment_can_have(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Experiment(**settings)


def test_what_may_change_while_it_runs() -> None:
    live = {path for path, spec in all_paths(Experiment()) if spec.setting.live}
    assert {"optimizer.learning_rate", "epochs", "schedule", "augmentation", "regularization"} <= live
    fixed = {
        "seed",
        "optimizer",
        "batch_size",
        "layers",
        "layers.1.units",
        "data",
        "loss",
        "weight_init",
        "preprocessing",
    }
    assert not fixed & live
