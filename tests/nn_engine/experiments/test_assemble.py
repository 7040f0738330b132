"""From an experiment to its session: the right samples on each side, the right weights, and refusals in words."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pytest

from nn_engine import (
    ArrayDataset,
    BinaryCrossEntropy,
    CrossEntropy,
    DenseLayer,
    DropoutLayer,
    Experiment,
    FlattenLayer,
    InputLayer,
    MeanSquaredError,
    Network,
    Rotation,
    Setting,
    Trainer,
    assemble,
)
from nn_engine.data import Dataset, DataSource, LoadedData
from nn_engine.data.dataset import TargetKind
from nn_engine.declarations import register, unregister
from nn_engine.experiments import Session
from nn_engine.optimizers import Adadelta, Adagrad, AdamW, Lion
from nn_engine.regularizers import L1, L2, WeightDecay
from nn_engine.schedules import OneCycle
from nn_engine.training import EpochEnd, Event, TrainBegin, TrainEnd
from nn_engine.types import Array

COUNT = 300


class Numbered(DataSource):
    """Samples that say which they are: 2×3 each, three unequal classes; the test set has numbers of its own."""

    kind: Annotated[str, Setting("What the targets mean.", choices=("classes", "labels", "values"))] = "classes"

    def load(self) -> LoadedData:
        return LoadedData(self._part(COUNT, 0), self._part(50, 1000))

    def _part(self, count: int, first: int) -> ArrayDataset:
        samples = np.repeat(np.arange(first, first + count, dtype=np.int32), 6).reshape(count, 2, 3)
        kind: TargetKind = "classes"
        targets: Array = np.repeat([0, 1, 2], [count // 2, count // 3, count - count // 2 - count // 3])
        if self.kind != "classes":
            kind, targets = ("labels" if self.kind == "labels" else "values"), np.eye(3)[targets]
        return ArrayDataset(samples, targets, tuple("abc"), kind)


@pytest.fixture(autouse=True)
def numbered_source() -> Iterator[None]:
    """The source under a name of its own, as a saved experiment needs it."""
    register("numbered")(Numbered)
    yield
    unregister("dataset", "numbered")


LAYERS = (InputLayer(units=6), DenseLayer(units=4, fn="relu"), DenseLayer(units=3, fn="softmax"))


def experiment(**settings: Any) -> Experiment:
    """A small one."""
    return Experiment(**{"data": Numbered(), "layers": LAYERS, "epochs": 1, "batch_size": 1000, **settings})


class Recorded(Trainer):
    """A trainer that lets one see what it was given."""

    def __init__(self, network: Network, train: Dataset, validation: Dataset | None = None, *rest: Any, **named: Any):
        super().__init__(network, train, validation, *rest, **named)
        self.given = train, validation


@pytest.fixture(autouse=True)
def recorded_trainers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session that is assembled has one."""
    # The module is hidden behind its function of the same name.
    monkeypatch.setattr(importlib.import_module("nn_engine.experiments.assemble"), "Trainer", Recorded)


def sides(session: Session) -> tuple[Array, Array]:
    """The numbers of the samples that are learned from, and of those that judge."""
    assert isinstance(session.trainer, Recorded)
    learned_from, judged_by = session.trainer.given
    return _numbers(learned_from), _numbers(judged_by) if judged_by is not None else np.empty(0, np.int32)


def _numbers(data: Dataset) -> Array:
    numbers = data.read(np.arange(len(data)), np.empty((len(data), 2, 3), np.int32))[:, 0, 0]
    expected = Numbered(kind=data.task.target_kind).load().train.targets[numbers]
    np.testing.assert_array_equal(data.targets, expected)
    return numbers


# -- which samples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "learned_from", "judged_by"),
    [
        ({}, 250, 50),
        ({"validation_share": 0.1}, 270, 30),
        ({"validation_share": 0}, 300, 0),
        ({"validation_share": 0.001}, 300, 0),
        ({"validation_share": 0.9}, 30, 270),
        ({"train_size": 60}, 50, 10),
        ({"train_size": 60, "validation_share": 0.5}, 30, 30),
        ({"train_size": 300}, 250, 50),
        ({"train_size": 10**9}, 250, 50),
        ({"train_size": 2, "validation_share": 0.5}, 1, 1),
    ],
)
def test_how_many_samples_are_on_each_side(settings: dict[str, Any], learned_from: int, judged_by: int) -> None:
    learned, judged = sides(assemble(experiment(**settings)))
    assert (len(learned), len(judged)) == (learned_from, judged_by)
    together = np.concatenate([learned, judged])
    assert len(np.unique(together)) == learned_from + judged_by
    assert together.max() < COUNT


@pytest.mark.parametrize("train_size", [None, 60])
def test_each_class_has_its_share_on_both_sides(train_size: int | None) -> None:
    targets = Numbered().load().train.targets
    for side in sides(assemble(experiment(train_size=train_size))):
        exact = len(side) * np.array([1 / 2, 1 / 3, 1 / 6])
        assert np.abs(np.bincount(targets[side]) - exact).max() < 2


def test_the_test_set_is_whole_and_nobody_else_has_it() -> None:
    for train_size in (None, 60):
        session = assemble(experiment(train_size=train_size))
        assert len(session.test) == 50
        found = session.test.read(np.arange(50), np.empty((50, 2, 3), np.int32))
        assert found.min() == 1000
        assert max(side.max() for side in sides(session)) < COUNT


@pytest.mark.parametrize("settings", [{}, {"train_size": 60}])
def test_the_same_seed_gives_the_same_samples_and_weights_and_another_gives_others(settings: dict[str, Any]) -> None:
    sessions = {seed: assemble(experiment(seed=seed, **settings)) for seed in (0, 1, 2**63 - 1)}
    again = assemble(experiment(seed=0, **settings))
    for mine, theirs in zip(sides(sessions[0]), sides(again), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(sessions[0].network.state, again.network.state)
    assert len({sides(session)[1].tobytes() for session in sessions.values()}) == 3
    assert len({session.network.state.tobytes() for session in sessions.values()}) == 3


def test_values_are_split_too() -> None:
    layers = (InputLayer(units=6), DenseLayer(units=3))
    session = assemble(experiment(data=Numbered(kind="values"), layers=layers, loss=MeanSquaredError()))
    learned, judged = sides(session)
    assert (len(learned), len(judged)) == (250, 50)
    assert len(np.union1d(learned, judged)) == COUNT


# -- what is built ------------------------------------------------------------------------------------------------


def test_the_network_is_the_one_described() -> None:
    session = assemble(experiment(weight_init="small_constant", bias_init="small_constant"))
    assert session.network is session.trainer.network
    assert session.network.layers == LAYERS
    np.testing.assert_array_equal(session.network.state, np.float32(0.01))


def test_the_trainer_trains_as_described() -> None:
    described = experiment(batch_size=32)
    session = assemble(described, run_id="a run")
    assert session.experiment is described
    assert session.trainer.plan is described
    assert session.trainer.preprocessing is described.preprocessing
    assert session.trainer.run_id == "a run"
    assert session.trainer.steps_per_epoch == -(-250 // 32)


def test_observers_see_every_event() -> None:
    seen: list[Event] = []
    session = assemble(experiment(), observers=[lambda event, trainer: seen.append(event)])
    events = list(session.trainer.fit())
    assert isinstance(seen[0], TrainBegin)
    assert isinstance(seen[-1], TrainEnd)
    assert [event for event in events if event in seen] == seen


def test_without_validation_training_judges_itself() -> None:
    session = assemble(experiment(validation_share=0))
    assert session.trainer.monitor == "accuracy"
    assert not any(name.startswith("val_") for name in session.trainer.metric_names)


# -- what does not fit --------------------------------------------------------------------------------------------


def dense(*units: int, fn: str = "softmax") -> tuple[Any, ...]:
    """A stack: inputs, hidden layers, outputs."""
    first, *hidden, last = units
    return (InputLayer(units=first), *(DenseLayer(units=n, fn="relu") for n in hidden), DenseLayer(units=last, fn=fn))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": dense(7, 3)}, r"takes samples of shape \(7,\); the data has \(2, 3\)\. Set InputLayer to 6 units"),
        (
            {"layers": (InputLayer(shape=(3, 3)), FlattenLayer(), DenseLayer(units=3, fn="softmax"))},
            r"takes samples of shape \(3, 3\)",
        ),
        (
            {"layers": (InputLayer(shape=(3, 2)), FlattenLayer(), DenseLayer(units=3, fn="softmax"))},
            r"shape \(3, 2\); the data has \(2, 3\): as many values, .* np\.moveaxis\(images, 1, -1\) puts them last",
        ),
        ({"layers": dense(6, 4, 2)}, r"data has 3 classes, so the last layer should have as many .* shape \(2,\)"),
        ({"layers": dense(6, 4)}, "data has 3 classes"),
        ({"layers": (InputLayer(shape=(2, 3)),)}, r"data has 3 classes.*output shape \(2, 3\)"),
        ({"layers": dense(6, 3, fn="linear")}, "cross_entropy needs probabilities.*fn softmax; received linear"),
        ({"layers": dense(6, 3, fn="sigmoid")}, "cross_entropy needs probabilities.*received sigmoid"),
        ({"layers": (*dense(6, 3), DropoutLayer())}, "cross_entropy needs .* received no activation"),
        ({"loss": BinaryCrossEntropy(), "layers": dense(6, 3, fn="tanh")}, "binary_cross_entropy .* received tanh"),
        ({"data": Numbered(kind="labels")}, "cross_entropy is for classes; the data has labels"),
        ({"data": Numbered(kind="values")}, "cross_entropy is for classes; the data has values"),
        (
            {"data": Numbered(kind="values"), "loss": BinaryCrossEntropy()},
            "binary_cross_entropy is for labels or classes; the data has values",
        ),
        ({"layers": ()}, "needs at least an InputLayer; received no layers"),
        ({"layers": (DenseLayer(units=3),)}, r"Layer 0 \(DenseLayer\): expected an InputLayer first"),
        ({"layers": (*dense(6, 3), InputLayer(units=3))}, r"Layer 2 \(InputLayer\): expected an InputLayer only at"),
        (
            {"layers": (InputLayer(shape=(2, 3)), DenseLayer(units=3, fn="softmax"))},
            r"Layer 1 \(DenseLayer\): expected one row of values .*\(2, 3\)\. Put a FlattenLayer before it",
        ),
        ({"monitor": "val_acuracy"}, "monitor: expected one of val_accuracy, .*; received 'val_acuracy'"),
        (
            {"monitor": "val_loss", "validation_share": 0},
            "monitor: expected one of accuracy, loss; received 'val_loss'",
        ),
        (
            {"optimizer": AdamW(), "regularization": (WeightDecay(strength=0.5),)},
            r"shrink for 2 reasons that add up: AdamW \(0\.01\) and weight decay \(0\.5\)\. Keep one of them",
        ),
        ({"optimizer": Lion(weight_decay=0.1), "regularization": (L2(),)}, r"Lion \(0\.1\) and L2 \(0\.0001\)"),
        ({"regularization": (L2(), WeightDecay())}, r"L2 \(0\.0001\) and weight decay \(0\.01\)"),
        (
            {"optimizer": Adadelta(), "schedule": OneCycle(inverse_momentum=True)},
            "one cycle would set the momentum, and Adadelta has none. Turn that off, or take an optimizer with",
        ),
        ({"train_size": 2, "validation_share": 0.9}, "Expected to set 0 to 1 of 2 samples apart; received 2"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_in_words(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        assemble(experiment(**settings))


def test_what_the_network_and_the_loss_allow_is_not_refused() -> None:
    for settings in (
        {"loss": MeanSquaredError(), "layers": dense(6, 3, fn="linear")},
        {"loss": BinaryCrossEntropy(), "layers": dense(6, 3, fn="sigmoid")},
        {"data": Numbered(kind="labels"), "loss": BinaryCrossEntropy(), "layers": dense(6, 3, fn="sigmoid")},
        {"data": Numbered(kind="values"), "loss": MeanSquaredError(), "layers": dense(6, 3, fn="tanh")},
        {"loss": CrossEntropy(), "augmentation": (Rotation(),)},
        {"optimizer": AdamW(weight_decay=0), "regularization": (WeightDecay(),)},
        {"optimizer": AdamW(), "regularization": (WeightDecay(strength=0), L1())},
        {"optimizer": Lion(), "regularization": (L1(), L2())},
        {"optimizer": Adadelta(), "schedule": OneCycle()},
        {"optimizer": Lion(), "schedule": OneCycle(inverse_momentum=True)},
    ):
        assert assemble(experiment(**settings)).trainer.steps_per_epoch == 1


def test_what_was_trained_with_two_decays_goes_on_and_cannot_be_given_two_others() -> None:
    """Runs from before these were refused."""
    asked = experiment(optimizer=AdamW(), regularization=(L2(),), epochs=2)
    trainer = assemble(asked, to_restore=True).trainer
    events = trainer.fit()
    next(event for event in events if isinstance(event, EpochEnd))
    resumed = assemble(asked, to_restore=True).trainer
    resumed.restore(trainer.state())
    resumed.change("optimizer.learning_rate", 0.002)
    with pytest.raises(ValueError, match="reasons that add up"):
        resumed.change("regularization.0.strength", 0.1)
    resumed.change("regularization.0.strength", 0.0)
    *_, end = resumed.fit()
    assert isinstance(end, TrainEnd)
    assert resumed.epoch == 2
    with pytest.raises(ValueError, match="reasons that add up"):
        resumed.change("regularization.0.strength", 0.1)


def test_a_momentum_nobody_follows_goes_on_where_it_was_and_is_not_switched_on() -> None:
    old = assemble(experiment(optimizer=Adagrad(), schedule=OneCycle(inverse_momentum=True)), to_restore=True).trainer
    old.change("schedule.low_momentum", 0.8)
    new = assemble(experiment(optimizer=Adagrad(), schedule=OneCycle())).trainer
    with pytest.raises(ValueError, match="one cycle would set the momentum, and Adagrad has none"):
        new.change("schedule.inverse_momentum", True)


def test_missing_files_are_named(tmp_path: Any) -> None:
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        assemble(Experiment.from_config({"data": {"type": "mnist", "folder": str(tmp_path)}}))
