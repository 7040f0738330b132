"""How good a network is on some data: against sums written out here, over shards, and refused where nothing fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn_engine import (
    ArrayDataset,
    AveragedPrediction,
    BinaryCrossEntropy,
    CrossEntropy,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    Hinge,
    InputLayer,
    Loss,
    MeanSquaredError,
    MixUp,
    Network,
    Noise,
    Preprocessing,
    Rotation,
)
from nn_engine.data import Batch
from nn_engine.data.augmentation import AugmentationPipeline
from nn_engine.evaluation import Tally, evaluate
from nn_engine.inspection.samples import samples_for
from nn_engine.metrics import metrics_for
from nn_engine.network import PREDICTION_SHARD
from nn_engine.randomness import Stream, keyed_generator
from nn_engine.types import Array

PREPROCESSING = Preprocessing(divide_by=100, mean=0.5, deviation=0.25)
COUNT = 2 * PREDICTION_SHARD + 345
"""More than two shards, and a rest."""


def network(fn: str, dtype: Any = np.float64) -> Network:
    """Six inputs, a hidden layer, dropout, three outputs."""
    layers = (InputLayer(units=6), DenseLayer(units=5, fn="tanh"), DropoutLayer(rate=0.5), DenseLayer(units=3, fn=fn))
    return Network(layers, dtype=dtype, seed=3, bias_init="small_constant")


def outputs_of(net: Network, x: Array) -> Array:
    """Before the last activation, computed here from the parameters alone."""
    parameters = net.named_parameters()
    hidden = np.tanh(x @ parameters["layers.1.weights"] + parameters["layers.1.bias"])
    return np.asarray(hidden @ parameters["layers.3.weights"] + parameters["layers.3.bias"])


def samples(count: int = COUNT) -> Array:
    """Bytes, 2×3 a sample."""
    return np.random.default_rng(0).integers(0, 256, (count, 2, 3)).astype(np.uint8)


def prepared(raw: Array) -> Array:
    """What the network is to see, one row a sample."""
    return np.asarray(((raw / 100 - 0.5) / 0.25).reshape(len(raw), -1))


def classes(count: int = COUNT) -> Array:
    """Class numbers."""
    return np.random.default_rng(1).integers(0, 3, count)


def softmax(z: Array) -> Array:
    """Scores to probabilities."""
    return np.asarray(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


# -- against a direct computation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, PREDICTION_SHARD - 1, PREDICTION_SHARD, PREDICTION_SHARD + 1, COUNT])
def test_classes(count: int) -> None:
    net, raw, targets = network("softmax"), samples(count), classes(count)
    p = softmax(outputs_of(net, prepared(raw)))
    found = evaluate(net, ArrayDataset(raw, targets, tuple("abc")), PREPROCESSING, CrossEntropy())
    assert list(found) == ["loss", "accuracy", "macro_f1"]
    assert found["loss"] == pytest.approx(-np.log(p[np.arange(count), targets]).mean(), rel=1e-10)
    assert found["accuracy"] == (p.argmax(axis=1) == targets).mean()


def test_labels() -> None:
    net, raw = network("sigmoid"), samples()
    targets = np.random.default_rng(1).integers(0, 2, (COUNT, 3)).astype(np.float32)
    p = 1 / (1 + np.exp(-outputs_of(net, prepared(raw))))
    found = evaluate(net, ArrayDataset(raw, targets, target_kind="labels"), PREPROCESSING, BinaryCrossEntropy())
    expected = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean()
    assert list(found) == ["loss", "accuracy", "macro_f1"]
    assert found["loss"] == pytest.approx(expected, rel=1e-10)
    assert found["accuracy"] == pytest.approx(((p > 0.5) == targets).mean(), rel=1e-10)


@pytest.mark.parametrize("fn", ["linear", "softmax"])
def test_values(fn: str) -> None:
    net, raw = network(fn), samples()
    targets = np.random.default_rng(1).standard_normal((COUNT, 3)).astype(np.float32)
    z = outputs_of(net, prepared(raw))
    y = softmax(z) if fn == "softmax" else z
    found = evaluate(net, ArrayDataset(raw, targets), PREPROCESSING, MeanSquaredError())
    explained = 1 - ((y - targets) ** 2).sum(axis=0) / ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    assert found == {
        "loss": pytest.approx(((y - targets) ** 2).mean(), rel=1e-10),
        "mean_absolute_error": pytest.approx(np.abs(y - targets).mean(), rel=1e-10),
        "r_squared": pytest.approx(explained.mean(), abs=1e-6),
    }


def test_classes_by_squared_error() -> None:
    net, raw, targets = network("softmax"), samples(), classes()
    p = softmax(outputs_of(net, prepared(raw)))
    found = evaluate(net, ArrayDataset(raw, targets, tuple("abc")), PREPROCESSING, MeanSquaredError())
    assert found["loss"] == pytest.approx(((p - np.eye(3)[targets]) ** 2).mean(), rel=1e-10)
    assert found["accuracy"] == (p.argmax(axis=1) == targets).mean()


def test_in_float32_it_is_nearly_the_same() -> None:
    data = ArrayDataset(samples(), classes(), tuple("abc"))
    exact = evaluate(network("softmax"), data, PREPROCESSING, CrossEntropy())
    found = evaluate(network("softmax", np.float32), data, PREPROCESSING, CrossEntropy())
    assert found["loss"] == pytest.approx(exact["loss"], rel=1e-5)
    assert found["accuracy"] == pytest.approx(exact["accuracy"], abs=2 / COUNT)


def test_a_subset_is_judged_by_its_own_samples() -> None:
    net = network("softmax")
    whole, chosen = ArrayDataset(samples(), classes(), tuple("abc")), np.arange(5, COUNT, 7)
    part = evaluate(net, whole.subset(chosen), PREPROCESSING, CrossEntropy())
    alone = ArrayDataset(samples()[chosen], classes()[chosen], tuple("abc"))
    assert part == evaluate(net, alone, PREPROCESSING, CrossEntropy())


def test_judging_twice_gives_the_same_and_changes_nothing() -> None:
    net, data = network("softmax", np.float32), ArrayDataset(samples(), classes(), tuple("abc"))
    before = net.state.copy()
    first = evaluate(net, data, PREPROCESSING, CrossEntropy())
    assert evaluate(net, data, PREPROCESSING, CrossEntropy()) == first
    np.testing.assert_array_equal(net.state, before)
    np.testing.assert_array_equal(data.targets, classes())


def test_sums_add_up_over_batches() -> None:
    net, targets = network("softmax"), classes(20)
    x = prepared(samples(20))
    metrics = metrics_for(ArrayDataset(x, targets, tuple("abc")).task)

    def counted(*parts: slice) -> dict[str, float]:
        tally = Tally(CrossEntropy(), metrics)
        for part in parts:
            tally.add(net, Batch(x[part], targets[part], np.arange(20)[part]))
        return tally.values()

    whole = counted(slice(0, 20))
    parts = counted(slice(0, 7), slice(7, 8), slice(8, 20))
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-12)
    assert parts["accuracy"] == whole["accuracy"]
    assert parts["macro_f1"] == whole["macro_f1"], "a mean of the parts' F1 would be another number"
    assert 0 < whole["accuracy"] < 1


# -- what does not fit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            ArrayDataset(np.zeros((4, 7)), np.zeros(4, np.intp), tuple("abc")),
            r"maps \(6,\) to \(3,\); .* \(7,\) to \(3,\)",
        ),
        (ArrayDataset(np.zeros((4, 2, 2)), np.zeros(4, np.intp), tuple("abc")), r"data asks for \(2, 2\) to \(3,\)"),
        (ArrayDataset(np.zeros((4, 6)), np.zeros(4, np.intp), tuple("ab")), r"data asks for \(6,\) to \(2,\)"),
        (ArrayDataset(np.zeros((4, 6)), np.zeros((4, 4), np.float32)), r"data asks for \(6,\) to \(4,\)"),
    ],
)
@pytest.mark.parametrize("loss", [CrossEntropy(), MeanSquaredError()])
def test_data_that_does_not_fit_the_network_is_refused(data: ArrayDataset, message: str, loss: Loss) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(network("softmax"), data, PREPROCESSING, loss)


def test_images_whose_channels_come_first_are_not_mixed_up() -> None:
    net = Network((InputLayer(shape=(2, 2, 3)), FlattenLayer(), DenseLayer(units=3, fn="softmax")))
    with pytest.raises(ValueError, match=r"maps \(2, 2, 3\) to \(3,\); the data asks for \(3, 2, 2\)"):
        evaluate(net, ArrayDataset(np.zeros((4, 3, 2, 2)), np.arange(4) % 3), PREPROCESSING, CrossEntropy())
    with pytest.raises(ValueError, match=r"shape \(n, 2, 2, 3\); received an array of shape \(4, 3, 2, 2\)"):
        samples_for(net, np.zeros((4, 3, 2, 2)))


@pytest.mark.parametrize(
    ("fn", "data", "loss", "message"),
    [
        (
            "softmax",
            ArrayDataset(samples(3), np.eye(3) / 1),
            CrossEntropy(),
            "cross_entropy is for classes; the data has",
        ),
        ("linear", ArrayDataset(samples(3), np.arange(3)), CrossEntropy(), "probabilities .*; received linear"),
        (
            "softmax",
            ArrayDataset(samples(3), np.arange(3)),
            Hinge(),
            "expected a last layer with fn linear; received softm",
        ),
    ],
)
def test_a_loss_that_would_mean_nothing_is_refused(fn: str, data: ArrayDataset, loss: Loss, message: str) -> None:
    """Of scores, or of targets that are no classes, it would give some number all the same, even a negative one."""
    with pytest.raises(ValueError, match=message):
        evaluate(network(fn), data, PREPROCESSING, loss)


# -- averaged over draws of augmentation --------------------------------------------------------------------------


def test_what_is_judged_are_the_mean_answers_to_several_draws() -> None:
    net, data = network("softmax"), ArrayDataset(samples(), np.random.default_rng(1).integers(0, 3, COUNT))
    augmentation = (Noise(deviation=40), MixUp(), Rotation(degrees=90))
    found = evaluate(net, data, PREPROCESSING, CrossEntropy(), augmentation, draws=3)
    black, white = PREPROCESSING.black, PREPROCESSING.white
    averaged = AveragedPrediction(net, augmentation, (2, 3), 3, black=black, white=white)
    x = PREPROCESSING(samples(), np.float64)
    parts = [averaged(x[start : start + PREDICTION_SHARD], start) for start in range(0, COUNT, PREDICTION_SHARD)]
    p = np.concatenate(parts)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert found["loss"] == pytest.approx(-np.log(p[np.arange(COUNT), data.targets]).mean())
    assert found["accuracy"] == pytest.approx((p.argmax(axis=1) == data.targets).mean())
    assert found != evaluate(net, data, PREPROCESSING, CrossEntropy())
    assert found == evaluate(net, data, PREPROCESSING, CrossEntropy(), augmentation, draws=3)


def test_a_mean_answer_is_the_mean_of_the_answers_to_what_was_drawn() -> None:
    net, x = network("softmax"), PREPROCESSING(samples(7), np.float64)
    before = x.copy()
    pipeline = AugmentationPipeline((Rotation(degrees=90),), (2, 3), -1, 1)
    answers = []
    for draw in range(4):
        rng = keyed_generator(5, Stream.AUGMENTATION, 2**32 - 2, 2, draw)
        answers.append(net.predict(pipeline.apply(x.copy(), rng)))
    averaged = AveragedPrediction(net, (Rotation(degrees=90), MixUp()), (2, 3), 4, 5, -1, 1)
    np.testing.assert_allclose(averaged(x, 2), np.mean(answers, axis=0), rtol=1e-12)
    np.testing.assert_allclose(averaged(x.reshape(7, 6), 2), np.mean(answers, axis=0), rtol=1e-12)
    assert not np.allclose(averaged(x, 3), averaged(x, 2))
    np.testing.assert_array_equal(x, before)


def test_one_draw_is_an_answer() -> None:
    net, x = network("softmax"), PREPROCESSING(samples(7), np.float64)
    np.testing.assert_allclose(AveragedPrediction(net, (), (2, 3), 1)(x), net.predict(x), rtol=1e-12)


def test_no_draw_is_no_answer() -> None:
    with pytest.raises(ValueError, match=r"draws: expected a whole number from 1 up; received 0\."):
        AveragedPrediction(network("softmax"), (), (2, 3), 0)


def test_a_network_that_diverged_is_judged_without_a_warning() -> None:
    """The loss says it; NumPy's warnings, which would fail this test, say nothing more."""
    net = network("linear", np.float32)
    net.state[...] = 1e30
    data = ArrayDataset(samples(20), np.zeros((20, 3), np.float32))
    assert not np.isfinite(evaluate(net, data, PREPROCESSING, MeanSquaredError())["loss"])
