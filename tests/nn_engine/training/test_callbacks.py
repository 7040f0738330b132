"""When a training ends before its last epoch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nn_engine import EarlyStopping, StopAfterTime, StopAtTarget
from nn_engine.training import EpochEnd, StepEnd, TrainEnd
from nn_engine.training.callbacks import Memory
from tests.nn_engine.training.small import drain, small_trainer


def epoch_end(epoch: int, **metrics: float) -> EpochEnd:
    return EpochEnd("run", epoch, 10 * epoch, metrics, 0.1, 1.0, False)


def ends_at(callback: EarlyStopping | StopAtTarget, name: str, values: Sequence[float]) -> int | None:
    memory: Memory = {}
    for epoch, value in enumerate(values):
        if callback.after(epoch_end(epoch, **{name: value}), memory):
            return epoch
    return None


@pytest.mark.parametrize(
    ("values", "patience", "min_delta", "expected"),
    [
        ([3.0, 2.0, 1.0, 1.5, 1.4, 1.3], 3, 0.0, 5),
        ([3.0, 2.0, 1.0, 1.5, 0.9, 1.3], 3, 0.0, None),
        ([3.0, 2.95, 2.9, 2.85], 2, 0.2, 2),
        ([1.0, 1.0], 1, 0.0, 1),
    ],
)
def test_early_stopping_waits_patiently_for_a_lower_loss(
    values: list[float], patience: int, min_delta: float, expected: int | None
) -> None:
    callback = EarlyStopping(monitor="val_loss", patience=patience, min_delta=min_delta)
    assert ends_at(callback, "val_loss", values) == expected


def test_early_stopping_wants_accuracy_to_rise() -> None:
    callback = EarlyStopping(monitor="val_accuracy", patience=2)
    assert ends_at(callback, "val_accuracy", [0.5, 0.6, 0.59, 0.58, 0.9]) == 3


def test_stop_at_target_knows_which_way_is_better() -> None:
    assert ends_at(StopAtTarget(metric="val_accuracy", value=0.9), "val_accuracy", [0.5, 0.89, 0.9, 0.95]) == 2
    assert ends_at(StopAtTarget(metric="val_loss", value=0.3), "val_loss", [0.5, 0.31, 0.2]) == 2


def test_a_metric_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no metric 'bleu' in this training: expected one of loss"):
        StopAtTarget(metric="bleu").after(epoch_end(0, loss=1.0), {})


def test_early_stopping_ends_a_training_and_keeps_its_best() -> None:
    trainer = small_trainer(epochs=200, callbacks=(EarlyStopping(monitor="val_loss", patience=3),))
    events = drain(trainer)
    losses = [event.metrics["val_loss"] for event in events if isinstance(event, EpochEnd)]
    end = events[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "early_stopping"
    assert len(losses) < 200
    assert min(losses[-3:]) >= min(losses[:-3])
    assert [event.reason for event in drain(trainer) if isinstance(event, TrainEnd)] == ["early_stopping"]


def test_stop_after_time_counts_training_seconds_and_ends_between_steps() -> None:
    trainer = small_trainer(epochs=100_000, callbacks=(StopAfterTime(seconds=0.05),))
    events = drain(trainer)
    end = events[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "time_limit"
    steps = [event for event in events if isinstance(event, StepEnd)]
    assert steps[-1].trained_seconds >= 0.05
    assert steps[-2].trained_seconds < 0.05
