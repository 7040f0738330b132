"""Which metrics a task offers, and which way is better."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pytest

from nn_engine.data import ArrayDataset, Task
from nn_engine.data.dataset import TargetKind
from nn_engine.declarations import register, unregister
from nn_engine.metrics import Metric, higher_is_better, metric_names, metrics_for, step_metrics_for
from nn_engine.types import Array, Floats


def task(kind: TargetKind, outputs: int = 2) -> Task:
    """A task with this kind of targets."""
    return Task((4,), kind, tuple("abcdefghijklmnopqrstuvwxyz"[:outputs]))


def test_metrics_are_offered_by_the_task() -> None:
    assert list(metrics_for(task("classes"))) == ["accuracy", "macro_f1"]
    assert list(metrics_for(task("labels"))) == ["accuracy", "macro_f1"]
    assert list(metrics_for(task("values"))) == ["mean_absolute_error", "r_squared"]
    assert list(metrics_for(ArrayDataset(np.zeros((2, 4)), np.array([0, 1])).task)) == ["accuracy", "macro_f1"]


def test_the_first_few_are_counted_only_where_they_are_few() -> None:
    assert "top_3_accuracy" not in metrics_for(task("classes", 14))
    assert "top_3_accuracy" in metrics_for(task("classes", 15))
    assert "top_5_accuracy" not in metrics_for(task("classes", 24))
    assert "top_5_accuracy" in metrics_for(task("classes", 25))
    assert "top_5_accuracy" not in metrics_for(task("labels", 26))


def test_every_step_takes_only_what_is_cheap() -> None:
    assert list(step_metrics_for(task("classes", 26))) == ["accuracy"]
    assert list(step_metrics_for(task("values"))) == []


def test_the_names_of_a_training() -> None:
    assert metric_names(task("classes"), validated=False) == ("loss", "accuracy")
    assert metric_names(task("classes"), validated=True) == (
        *("loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1"),
    )
    assert metric_names(task("values"), validated=True)[:2] == ("loss", "val_loss")


@pytest.fixture
def mistakes() -> Iterator[None]:
    """A metric of which less is better, registered for one test."""

    @register("mistakes")
    class Mistakes(Metric):
        target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels")
        higher_is_better: ClassVar[bool] = False

        def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
            return np.zeros(1)

    yield
    unregister("metric", "mistakes")


@pytest.mark.usefixtures("mistakes")
def test_a_registered_metric_is_offered_where_it_means_something() -> None:
    assert list(metrics_for(task("classes"))) == ["accuracy", "macro_f1", "mistakes"]
    assert "mistakes" in metrics_for(task("labels"))
    assert "mistakes" not in metrics_for(task("values"))
    assert not higher_is_better("mistakes")
    assert not higher_is_better("val_mistakes")


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        ("accuracy", True),
        ("val_accuracy", True),
        ("val_macro_f1", True),
        ("val_r_squared", True),
        ("mean_absolute_error", False),
        ("loss", False),
        ("val_loss", False),
    ],
)
def test_which_way_is_better(name: str, higher: bool) -> None:
    assert higher_is_better(name) is higher
