"""Targets are taken as the loss takes them, or refused in words: nothing is stretched until it fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    BinaryCrossEntropy,
    CrossEntropy,
    DenseLayer,
    Hinge,
    Huber,
    InputLayer,
    MeanAbsoluteError,
    MeanSquaredError,
)
from nn_engine.inspection import layer_gradients, parameter_gradients, sample_losses
from nn_engine.inspection.samples import targets_for
from nn_engine.losses import Loss
from nn_engine.types import Array
from tests.nn_engine.inspection.asked import DENSE, made, samples

ASKED: list[Callable[..., Any]] = [sample_losses, parameter_gradients, layer_gradients]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("loss", [Huber(), MeanAbsoluteError(), MeanSquaredError()])
def test_values_without_an_axis_for_the_single_output(loss: Loss, ask: Callable[..., Any]) -> None:
    network = made(InputLayer(units=2), DenseLayer(units=1))
    x, values = samples(network, 5), np.linspace(0, 1, 5)
    with pytest.raises(
        ValueError, match=rf"{type(loss).__name__}: expected targets for 5 samples, .*rows of the shape \(5, 1\)"
    ):
        ask(network, loss, x, values)
    ask(network, loss, x, values[:, np.newaxis])


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("classes", [[0, -1, 2], [0, 9, 2], [0, 4, 2]])
@pytest.mark.parametrize("loss", [CrossEntropy(), MeanSquaredError(), Hinge()])
def test_classes_that_do_not_exist(loss: Loss, classes: list[int], ask: Callable[..., Any]) -> None:
    network = made(InputLayer(units=6), DenseLayer(units=4)) if isinstance(loss, Hinge) else made(*DENSE)
    with pytest.raises(ValueError, match="Expected classes from 0 to 3; received"):
        ask(network, loss, samples(network, 3), np.array(classes))


@pytest.mark.parametrize(
    ("loss", "targets", "expected"),
    [
        (CrossEntropy(), np.array([0, 1]), r"class numbers of the shape \(3,\) or rows of the shape \(3, 4\)"),
        (CrossEntropy(), np.array([0, 1, 2, 3]), r"received int64 of the shape \(4,\)"),
        (CrossEntropy(), np.array(1), r"received int64 of the shape \(\)"),
        (CrossEntropy(), np.array([[0], [1], [2]]), r"received int64 of the shape \(3, 1\)"),
        (CrossEntropy(), np.array([0.0, 1.0, 2.0]), r"received float64 of the shape \(3,\)"),
        (CrossEntropy(), np.array(["0", "1", "2"]), r"received <U1 of the shape \(3,\)"),
        (BinaryCrossEntropy(), np.zeros((1, 4)), r"received float64 of the shape \(1, 4\)"),
        (Huber(), np.array([0, 1, 2]), r"3 samples, rows of the shape \(3, 4\); received"),
        (MeanAbsoluteError(), np.zeros((3, 1)), r"3 samples, rows of the shape \(3, 4\); received"),
        (Hinge(), np.full((3, 4), 0.25), r"3 samples, class numbers of the shape \(3,\); received"),
    ],
)
def test_targets_that_the_loss_or_the_network_does_not_take(loss: Loss, targets: Array, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        targets_for(made(*DENSE), loss, targets, 3)


def test_small_whole_numbers_do_not_run_over() -> None:
    network = made(*DENSE)
    x, classes = samples(network, 100), np.arange(100) % 4
    small, large = (parameter_gradients(network, CrossEntropy(), x, classes.astype(kind)) for kind in (np.int8, int))
    for name, gradient in large.items():
        np.testing.assert_array_equal(small[name], gradient)


def test_shares_and_labels_come_in_the_type_of_the_network() -> None:
    network = made(*DENSE)
    for loss, rows in ((CrossEntropy(), np.full((3, 4), 0.25, np.float32)), (BinaryCrossEntropy(), np.eye(4)[:3] > 0)):
        found = targets_for(network, loss, rows, 3)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, rows)
