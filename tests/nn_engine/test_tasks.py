"""Every kind of task from its data to a network that does it: a tiny one, trained to a stated quality."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    Adam,
    ArrayDataset,
    CrossEntropy,
    DenseLayer,
    Hinge,
    Huber,
    InputLayer,
    Loss,
    MeanAbsoluteError,
    Network,
    Preprocessing,
    Trainer,
    TrainingPlan,
    evaluate,
)
from nn_engine.data.dataset import TargetKind
from nn_engine.inspection import confusion, label_confusions
from nn_engine.losses import losses_for
from nn_engine.training import TrainEnd
from nn_engine.types import Array

RAW = Preprocessing(divide_by=1)


def moons(count: int, seed: int) -> tuple[Array, Array]:
    """Points on two half circles that reach into each other, and which of the two each is on."""
    rng = np.random.default_rng(seed)
    which, angle = rng.integers(0, 2, count), rng.uniform(0, math.pi, count)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(which[:, np.newaxis] == 0, upper, lower) + rng.normal(0, 0.1, (count, 2)), which


def sectors(count: int, seed: int) -> tuple[Array, Array]:
    """Points around zero, and in which fifth of the circle each lies."""
    points = np.random.default_rng(seed).normal(size=(count, 2))
    return points, ((np.arctan2(points[:, 1], points[:, 0]) / math.pi + 1) * 2.5).astype(int) % 5


def halves(count: int, seed: int) -> tuple[Array, Array]:
    """Points in a square, and three things that are each true of some: right, high, near the middle."""
    points = np.random.default_rng(seed).uniform(-1, 1, (count, 2))
    return points, np.stack([points[:, 0] > 0, points[:, 1] > 0, np.hypot(*points.T) < 0.6], axis=1)


def waves(count: int, seed: int) -> tuple[Array, Array]:
    """Numbers, and two curves over them with a little noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (count, 1))
    return x, np.concatenate([np.sin(2 * x), x**2 - 1], axis=1) + rng.normal(0, 0.05, (count, 2))


def trained(
    train: ArrayDataset, test: ArrayDataset, loss: Loss | None = None, fn: str = "", **plan: Any
) -> tuple[Network, dict[str, float]]:
    """A network for the task, trained as the task suggests; and what the trainer says of its best epoch."""
    task = train.task
    loss = loss or next(iter(losses_for(task).values()))()
    layers = [
        InputLayer(units=math.prod(task.sample_shape)),
        DenseLayer(units=24, fn="tanh"),
        DenseLayer(units=task.output_size, fn=fn or task.output_fn),
    ]
    network = Network(layers, weight_init="xavier_initialization")
    settings: dict[str, Any] = {"loss": loss, "optimizer": Adam(learning_rate=0.02), "epochs": 25, "batch_size": 32}
    trainer = Trainer(network, train, test, TrainingPlan(**settings | plan), preprocessing=RAW)
    end = list(trainer.fit())[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "completed"
    found = evaluate(network, test, RAW, loss)
    assert {f"val_{name}": value for name, value in found.items()}.items() <= dict(end.best_metrics).items()
    return network, found


def pair(make: Any, **settings: Any) -> tuple[ArrayDataset, ArrayDataset]:
    """Samples to learn from and others to be judged by."""
    train, test = (ArrayDataset(*make(count, seed), **settings) for count, seed in ((600, 0), (300, 1)))
    return train, test


@pytest.mark.parametrize("loss", [CrossEntropy(), CrossEntropy(label_smoothing=0.1, class_weights=(1, 2, 1, 1, 1))])
def test_several_classes(loss: Loss) -> None:
    train, test = pair(sectors, names=tuple("abcde"))
    network, found = trained(train, test, loss)
    assert found["accuracy"] > 0.93
    assert found["macro_f1"] > 0.92
    matrix = confusion(network, test, RAW)
    assert matrix.accuracy == found["accuracy"]
    # A point close to a border is taken for its neighbour, and for nothing else.
    assert all((answer - right) % 5 in (1, 4) for right, answer, _ in matrix.mistakes())


def test_several_classes_by_a_margin() -> None:
    train, test = pair(sectors)
    network, found = trained(train, test, Hinge(), fn="linear")
    assert found["accuracy"] > 0.93
    assert confusion(network, test, RAW).accuracy == found["accuracy"]


def test_yes_or_no_with_a_single_output() -> None:
    train, test = pair(moons, names=("lower",), target_kind="labels")
    network, found = trained(train, test)
    assert network.output_shape == (1,)
    assert found["accuracy"] > 0.98
    (lower,) = label_confusions(network, test, RAW)
    assert lower.accuracy == pytest.approx(found["accuracy"])


def test_yes_or_no_as_two_classes() -> None:
    train, test = pair(moons, names=("upper", "lower"))
    _, found = trained(train, test)
    assert found["accuracy"] > 0.98


def test_several_labels() -> None:
    train, test = pair(halves, names=("right", "high", "middle"), target_kind="labels")
    network, found = trained(train, test)
    assert found["accuracy"] > 0.95
    assert found["macro_f1"] > 0.93
    labels = label_confusions(network, test, RAW)
    assert [label.names[1] for label in labels] == ["right", "high", "middle"]
    assert np.mean([label.accuracy for label in labels]) == pytest.approx(found["accuracy"])


@pytest.mark.parametrize("loss", [None, Huber(delta=0.5), MeanAbsoluteError()])
def test_values(loss: Loss | None) -> None:
    train, test = pair(waves, names=("sine", "parabola"))
    _, found = trained(train, test, loss, epochs=40)
    assert found["r_squared"] > 0.97
    assert found["mean_absolute_error"] < 0.12


def test_far_off_values_lead_the_absolute_error_astray_least() -> None:
    """A tenth of the targets are nonsense; what is judged is the curve without them."""
    x, y = waves(600, 0)
    y[::10] += 20
    clean = ArrayDataset(*waves(300, 1))
    plan: dict[str, Any] = {"epochs": 40, "monitor": "loss"}
    spoilt = [
        evaluate(network, clean, RAW, MeanAbsoluteError())["mean_absolute_error"]
        for loss in (None, MeanAbsoluteError())
        for network in [_last(ArrayDataset(x, y), loss, **plan)]
    ]
    assert spoilt[1] < 0.3 < 1 < spoilt[0]


def _last(train: ArrayDataset, loss: Loss | None, **plan: Any) -> Network:
    return trained(train, train, loss, **plan)[0]


# -- what does not fit, in words ----------------------------------------------------------------------------------


def data(kind: TargetKind, outputs: int = 3, columns: int = 4) -> ArrayDataset:
    """A few samples of this kind."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, outputs, 9) if kind == "classes" else rng.integers(0, 2, (9, outputs))
    names = tuple("abcdefghij"[:outputs])
    return ArrayDataset(rng.normal(size=(9, columns)), targets, names, target_kind=kind)


def network(outputs: int, fn: str, inputs: int = 4) -> Network:
    return Network([InputLayer(units=inputs), DenseLayer(units=outputs, fn=fn)])


@pytest.mark.parametrize(
    ("train", "net", "loss", "words"),
    [
        (data("classes"), network(3, "softmax", inputs=5), CrossEntropy(), "Set InputLayer to 4 units"),
        (
            data("classes"),
            network(4, "softmax"),
            CrossEntropy(),
            "has 3 classes, so the last layer should have as many",
        ),
        (data("labels"), network(2, "sigmoid"), None, "has 3 labels, so the last layer should have as many"),
        (
            data("classes"),
            network(3, "linear"),
            CrossEntropy(),
            "expected a last layer with fn softmax; received linear",
        ),
        (data("classes"), network(3, "softmax"), Hinge(), "expected a last layer with fn linear; received softmax"),
        (
            data("labels"),
            network(3, "sigmoid"),
            CrossEntropy(),
            "has labels. Choose one of binary_cross_entropy, mean_sq",
        ),
        (
            data("values"),
            network(3, "linear"),
            Hinge(),
            "has values. Choose one of mean_squared_error, huber, mean_abs",
        ),
        (data("classes"), network(3, "linear"), Huber(), "has classes. Choose one of cross_entropy, binary_cross_entr"),
        (data("labels", 1), network(1, "softmax"), None, "end in one unit with fn sigmoid"),
        (data("classes"), network(3, "softmax"), CrossEntropy(class_weights=(1, 2)), "each of 3 classes; received 2"),
    ],
)
def test_a_mismatch_is_refused_in_words(train: ArrayDataset, net: Network, loss: Loss | None, words: str) -> None:
    loss = loss or next(iter(losses_for(train.task).values()))()
    with pytest.raises(ValueError, match=words):
        Trainer(net, train, None, TrainingPlan(loss=loss), preprocessing=RAW)
