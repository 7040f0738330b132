"""What does not fit together is refused in words that say what was meant, or how to mend it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    ArrayDataset,
    BinaryCrossEntropy,
    CrossEntropy,
    DenseLayer,
    EarlyStopping,
    InputLayer,
    Loss,
    MeanSquaredError,
    Network,
    Preprocessing,
    Trainer,
    TrainingPlan,
)
from nn_engine.metrics import metric_names
from nn_engine.training.requirements import check_fit, choose_monitor
from nn_engine.training.state import TrainerState
from nn_engine.types import Array
from tests.nn_engine.training.small import blobs, drain, small_trainer


def network(units: int, fn: str) -> Network:
    """Of 36 inputs."""
    return Network([InputLayer(units=36), DenseLayer(units=units, fn=fn)])


@pytest.mark.parametrize(
    ("targets", "net", "loss", "words"),
    [
        (
            np.arange(8) % 4 / 1,
            network(4, "softmax"),
            CrossEntropy(),
            "if the data means classes, give it whole numbers",
        ),
        (np.eye(4), network(4, "softmax"), CrossEntropy(), "data has values.* means classes, give it whole numbers"),
        (
            np.eye(4),
            network(4, "sigmoid"),
            BinaryCrossEntropy(),
            'means labels, make the data with target_kind="labels"',
        ),
        (np.arange(8) % 2, network(1, "sigmoid"), BinaryCrossEntropy(), 'yes or no make the data .*kind="labels"'),
        (np.arange(8), network(1, "linear"), MeanSquaredError(), 'for a number make the data .*kind="values"'),
        (np.arange(8) % 3, network(4, "softmax"), CrossEntropy(), "classes without a sample here, give .* the names"),
        (np.zeros(8, int), network(4, "softmax"), CrossEntropy(), "The data has 1 class, so the last layer"),
        (np.zeros(8), network(4, "linear"), MeanSquaredError(), "The data has 1 value, so the last layer"),
    ],
)
def test_says_how_the_data_is_to_be_made_where_it_means_something_else(
    targets: Array, net: Network, loss: Loss, words: str
) -> None:
    data = ArrayDataset(np.zeros((len(targets), 36)), targets)
    with pytest.raises(ValueError, match=words):
        check_fit(net, data, None, TrainingPlan(loss=loss))


def test_refuses_validation_data_of_other_classes() -> None:
    samples, net = np.zeros((4, 36)), network(4, "softmax")
    train = ArrayDataset(samples, np.arange(4))
    with pytest.raises(ValueError, match=r"4 classes .*\. Give both data sets the names of all of them\."):
        check_fit(net, train, ArrayDataset(samples, np.arange(4) % 3), TrainingPlan())
    with pytest.raises(ValueError, match=r"4 classes \(0, 1, 2, 3\)\.$"):
        check_fit(net, train, ArrayDataset(samples[:, :9], np.arange(4)), TrainingPlan())


@pytest.mark.parametrize(
    ("plan", "validated", "words"),
    [
        (TrainingPlan(monitor="val_acc"), True, r"received 'val_acc'\. Did you mean 'val_accuracy'\?$"),
        (TrainingPlan(monitor="val_loss"), False, "No data is set apart for validation: set some apart, or choose one"),
        (TrainingPlan(callbacks=(EarlyStopping(),)), False, "early_stopping: .* No data is set apart for validation"),
        (TrainingPlan(callbacks=(EarlyStopping(monitor="los"),)), False, r"'los'\. Did you mean 'loss'\?$"),
    ],
)
def test_a_metric_that_is_not_there_is_refused_with_what_it_takes_to_have_it(
    plan: TrainingPlan, validated: bool, words: str
) -> None:
    task = ArrayDataset(np.zeros((4, 36)), np.arange(4)).task
    with pytest.raises(ValueError, match=words):
        choose_monitor(plan, metric_names(task, validated))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"train": (np.zeros((2, 36)), np.zeros(2))},
            r"train: expected a data set, such as Array.*received tuple",
        ),
        ({"train": None}, "train: expected a data set.*received NoneType"),
        ({"network": [InputLayer(units=36)]}, "network: expected a Network of layers; received list"),
        ({"validation": TrainingPlan()}, "validation: expected a data set, or none; the plan.*received TrainingPlan"),
        ({"plan": CrossEntropy()}, "plan: expected a TrainingPlan, or none; received CrossEntropy"),
    ],
)
def test_one_thing_in_the_place_of_another_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Trainer(**{"network": network(4, "softmax"), "train": blobs(8), **given})


def test_bytes_are_divided_by_255_and_measurements_are_not() -> None:
    pixels, rows = blobs(8), ArrayDataset(np.ones((8, 36), np.float32), np.arange(8) % 4)
    net = network(4, "softmax")
    assert Trainer(net, pixels).preprocessing == Preprocessing(divide_by=255)
    assert Trainer(net, rows).preprocessing == Preprocessing(divide_by=1)
    assert Trainer(net, rows, preprocessing=Preprocessing()).preprocessing == Preprocessing()


def saved() -> TrainerState:
    trainer = small_trainer(epochs=1, averaging=0.9)
    drain(trainer)
    return trainer.state()


def with_wide_slots(state: TrainerState) -> TrainerState:
    return dataclasses.replace(state, slots={name: slot.astype(np.float64) for name, slot in state.slots.items()})


def with_wide_best(state: TrainerState) -> TrainerState:
    assert state.best is not None
    best = dataclasses.replace(state.best, weights=state.best.weights.astype(np.float64))
    return dataclasses.replace(state, best=best)


def with_short_average(state: TrainerState) -> TrainerState:
    assert state.average is not None
    return dataclasses.replace(state, average=state.average[1:])


def without_a_slot(state: TrainerState) -> TrainerState:
    return dataclasses.replace(state, slots=dict(list(state.slots.items())[1:]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_wide_slots, r"496 numbers in the slot \w+, float32; received 496, float64"),
        (with_wide_best, r"496 best parameters, float32; received 496, float64"),
        (with_short_average, r"496 averaged parameters, float32; received 495, float32"),
        (without_a_slot, "not whole: expected slots"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(
    change: Callable[[TrainerState], TrainerState], message: str
) -> None:
    trainer, state = small_trainer(epochs=1, averaging=0.9), saved()
    before = trainer.network.state.copy()
    with pytest.raises(ValueError, match=message):
        trainer.restore(change(state))
    np.testing.assert_array_equal(trainer.network.state, before)
    trainer.restore(state)


def test_a_training_in_another_type_of_numbers_is_refused() -> None:
    """Its slots would keep their type, and the next checkpoint would hold two, which none loads."""
    state = small_trainer(epochs=1).state()
    network = Network(small_trainer().network.layers, dtype=np.float64)
    other = Trainer(network, blobs(150), blobs(40), TrainingPlan())
    with pytest.raises(ValueError, match="496 parameters, float64; received 496, float32"):
        other.restore(state)
