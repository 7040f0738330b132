"""Which losses a task offers, and in which order."""

from __future__ import annotations

import pytest

from nn_engine import registered
from nn_engine.activations import Activation
from nn_engine.data import Task
from nn_engine.data.dataset import TargetKind
from nn_engine.losses import losses_for

FIRST: dict[TargetKind, str] = {
    "classes": "cross_entropy",
    "labels": "binary_cross_entropy",
    "values": "mean_squared_error",
}


@pytest.mark.parametrize("kind", FIRST)
def test_the_usual_loss_comes_first_and_takes_the_usual_output(kind: TargetKind) -> None:
    task = Task((4,), kind, ("a", "b"))
    offered = losses_for(task)
    name, first = next(iter(offered.items()))
    assert name == FIRST[kind]
    first().check_output(task.output_fn, task.output_size)
    assert first.pairs_with in ("", task.output_fn)
    assert issubclass(registered("activation")[task.output_fn], Activation)


def test_what_is_offered_is_what_understands_the_targets() -> None:
    offered = {kind: set(losses_for(Task((4,), kind, ("a", "b")))) for kind in FIRST}
    assert "hinge" in offered["classes"] - offered["values"] - offered["labels"]
    assert {"huber", "mean_absolute_error"} <= offered["values"] - offered["classes"]
    assert set().union(*offered.values()) >= {"cross_entropy", "binary_cross_entropy", "mean_squared_error"}
