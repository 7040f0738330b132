"""Metrics: what they count, for which data they are offered, and which way is better."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.data import ArrayDataset, Task
from nn_engine.data.dataset import TargetKind
from nn_engine.declarations import register, unregister
from nn_engine.metrics import Accuracy, Metric, higher_is_better, metrics_for
from nn_engine.types import Array, Floats


def task(kind: TargetKind) -> Task:
    """A task with this kind of targets."""
    return Task((4,), kind, ("a", "b"))


@given(
    count=st.integers(0, 20),
    classes=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_accuracy_counts_the_answers_whose_highest_output_is_right(
    count: int, classes: int, seed: int, dtype: type[np.floating]
) -> None:
    rng = np.random.default_rng(seed)
    outputs, targets = rng.standard_normal((count, classes)).astype(dtype), rng.integers(0, classes, count)
    right = sum(
        all(row[target] >= value for value in row)
        for row, target in zip(outputs.tolist(), targets.tolist(), strict=True)
    )
    total = Accuracy().total(outputs, targets)
    assert total == right
    assert type(total) is float


def test_accuracy_is_the_same_for_scores_and_probabilities() -> None:
    rng = np.random.default_rng(0)
    scores, targets = rng.standard_normal((50, 4)), rng.integers(0, 4, 50)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert Accuracy().total(scores, targets) == Accuracy().total(probabilities, targets)


def test_accuracy_leaves_what_it_is_given_alone() -> None:
    outputs, targets = np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([1, 1])
    assert Accuracy().total(outputs, targets) == 1
    np.testing.assert_array_equal(outputs, [[1, 2], [2, 1]])
    np.testing.assert_array_equal(targets, [1, 1])


def test_metrics_are_offered_by_the_task() -> None:
    assert {name: type(metric) for name, metric in metrics_for(task("classes")).items()} == {"accuracy": Accuracy}
    assert metrics_for(task("labels")) == {}
    assert metrics_for(task("values")) == {}
    assert list(metrics_for(ArrayDataset(np.zeros((2, 4)), np.array([0, 1])).task)) == ["accuracy"]


@pytest.fixture
def mistakes() -> Iterator[None]:
    """A metric of which less is better, registered for one test."""

    @register("mistakes")
    class Mistakes(Metric):
        target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels")
        higher_is_better: ClassVar[bool] = False

        def total(self, outputs: Floats, targets: Array) -> float:
            return 0.0

    yield
    unregister("metric", "mistakes")


@pytest.mark.usefixtures("mistakes")
def test_a_registered_metric_is_offered_where_it_means_something() -> None:
    assert list(metrics_for(task("classes"))) == ["accuracy", "mistakes"]
    assert list(metrics_for(task("labels"))) == ["mistakes"]
    assert metrics_for(task("values")) == {}
    assert not higher_is_better("mistakes")
    assert not higher_is_better("val_mistakes")


@pytest.mark.parametrize(
    ("name", "higher"), [("accuracy", True), ("val_accuracy", True), ("loss", False), ("val_loss", False)]
)
def test_which_way_is_better(name: str, higher: bool) -> None:
    assert higher_is_better(name) is higher
