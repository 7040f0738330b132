"""Confusion matrices: counted by hand, over shards, and refused where there are no classes."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import (
    ArrayDataset,
    BinaryCrossEntropy,
    CrossEntropy,
    DenseLayer,
    InputLayer,
    Network,
    Noise,
    Preprocessing,
    evaluate,
)
from nn_engine.inspection import Confusion, confusion, label_confusions
from nn_engine.network import PREDICTION_SHARD

RAW = Preprocessing(divide_by=1)


def echo(fn: str, outputs: int = 3) -> Network:
    """A network that answers what it is shown: the scores are the inputs."""
    network = Network([InputLayer(units=outputs), DenseLayer(units=outputs, fn=fn)], bias_init="zeros")
    network.named_parameters()["layers.1.weights"][...] = np.eye(outputs)
    return network


def test_the_matrix_by_hand() -> None:
    answers, targets = np.array([0, 1, 1, 2, 0]), np.array([0, 0, 1, 2, 2])
    data = ArrayDataset(np.eye(3)[answers], targets, ("cat", "dog", "cow"))
    found = confusion(echo("softmax"), data, RAW)
    np.testing.assert_array_equal(found.matrix, [[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    assert found.names == ("cat", "dog", "cow")
    assert found.accuracy == 3 / 5
    np.testing.assert_array_equal(found.support, [2, 1, 2])
    np.testing.assert_allclose(found.per_class.precision, [1 / 2, 1 / 2, 1])
    np.testing.assert_allclose(found.per_class.recall, [1 / 2, 1, 1 / 2])
    np.testing.assert_allclose(found.per_class.f1, [1 / 2, 2 / 3, 2 / 3])
    assert found.macro == pytest.approx((2 / 3, 2 / 3, 11 / 18))
    assert found.mistakes() == [(0, 1, 1), (2, 0, 1)]


def test_means_are_over_the_classes_that_occur_or_are_answered() -> None:
    absent = Confusion(("a", "b", "c"), np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]))
    assert absent.macro == pytest.approx(((1 + 4 / 5) / 2, (3 / 4 + 1) / 2, (6 / 7 + 8 / 9) / 2))
    answered = Confusion(("a", "b", "c"), np.array([[2, 0, 2], [0, 4, 0], [0, 0, 0]]))
    assert answered.macro == pytest.approx(((1 + 1 + 0) / 3, (1 / 2 + 1 + 0) / 3, (2 / 3 + 1 + 0) / 3))


def test_the_most_frequent_mistake_comes_first() -> None:
    assert Confusion(("a", "b"), np.array([[9, 2], [5, 4]])).mistakes() == [(1, 0, 5), (0, 1, 2)]


def test_over_many_shards_it_agrees_with_the_metrics() -> None:
    rng = np.random.default_rng(0)
    count = 2 * PREDICTION_SHARD + 345
    data = ArrayDataset(rng.normal(size=(count, 3)), rng.integers(0, 3, count))
    network = echo("softmax")
    found, metrics = confusion(network, data, RAW), evaluate(network, data, RAW, CrossEntropy())
    assert found.matrix.sum() == count
    np.testing.assert_array_equal(found.support, np.bincount(data.targets))
    assert found.accuracy == metrics["accuracy"]
    assert found.macro[2] == pytest.approx(metrics["macro_f1"], rel=1e-12)


def test_it_is_of_the_very_answers_that_are_judged() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(400, 1, 3))
    augmentation = (Noise(deviation=100),)
    network, loss = echo("softmax"), CrossEntropy()
    data = ArrayDataset(scores, scores[:, 0].argmax(axis=1))
    found = confusion(network, data, RAW, augmentation, draws=2)
    assert found.accuracy == evaluate(network, data, RAW, loss, augmentation, draws=2)["accuracy"] < 1
    assert confusion(network, data, RAW).accuracy == 1
    labelled = ArrayDataset(scores, scores[:, 0] > 0, target_kind="labels")
    each = label_confusions(echo("sigmoid"), labelled, RAW, augmentation, draws=2)
    judged = evaluate(echo("sigmoid"), labelled, RAW, BinaryCrossEntropy(), augmentation, draws=2)
    assert np.mean([label.accuracy for label in each]) == pytest.approx(judged["accuracy"])
    assert judged["accuracy"] < 1


def test_labels_have_a_small_matrix_each() -> None:
    scores = np.array([[5.0, -5], [5, 5], [-5, 5], [-5, 5]])
    targets = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])
    data = ArrayDataset(scores, targets, ("red", "round"), target_kind="labels")
    red, rounded = label_confusions(echo("sigmoid", 2), data, RAW)
    assert red.names == ("not red", "red")
    np.testing.assert_array_equal(red.matrix, [[1, 1], [1, 1]])
    np.testing.assert_array_equal(rounded.matrix, [[1, 1], [0, 2]])
    assert rounded.per_class.recall[1] == 1


def test_data_of_another_kind_is_refused() -> None:
    values = ArrayDataset(np.zeros((2, 3)), np.zeros((2, 3)))
    classes = ArrayDataset(np.zeros((2, 3)), np.array([0, 2]))
    with pytest.raises(ValueError, match="is for classes; the data has values"):
        confusion(echo("linear"), values, RAW)
    with pytest.raises(ValueError, match="is for labels; the data has classes"):
        label_confusions(echo("softmax"), classes, RAW)
    with pytest.raises(ValueError, match=r"the data asks for \(4,\) to \(3,\)"):
        confusion(echo("softmax"), ArrayDataset(np.zeros((2, 4)), np.array([0, 2])), RAW)
