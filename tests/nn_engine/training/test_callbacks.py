"""When a training ends before its last epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import SGD, EarlyStopping, ReduceOnPlateau, StopAfterTime, StopAtTarget, TimeDecay
from nn_engine.io.checkpoint import load_checkpoint, save_checkpoint
from nn_engine.training import EpochEnd, Event, StepEnd, TrainEnd
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


def test_a_training_whose_time_was_up_has_as_much_again_when_it_goes_on(tmp_path: Path) -> None:
    trainer = small_trainer(epochs=100_000, callbacks=(StopAfterTime(seconds=0.05),))
    drain(trainer)
    first = trainer.seconds
    save_checkpoint(tmp_path / "last.npz", trainer)
    state = load_checkpoint(tmp_path / "last.npz").state
    assert state is not None
    again = small_trainer()
    again.restore(state)
    for each in (trainer, again):
        each.continue_past_end()
        steps = [event for event in drain(each) if isinstance(event, StepEnd)]
        assert steps[-1].trained_seconds >= first + 0.05
        assert steps[-2].trained_seconds < first + 0.05


def test_an_end_of_another_kind_leaves_the_time_that_is_left() -> None:
    callback, memory = StopAfterTime(seconds=60), Memory()
    assert callback.kept_past_end(memory) == {"since": 0.0}
    assert callback.after(step_at(61.0), memory) == "time_limit"
    memory = callback.kept_past_end(memory)
    assert callback.after(step_at(120.0), memory) is None
    memory = callback.kept_past_end(memory)
    assert callback.after(step_at(121.0), memory) == "time_limit"


def step_at(seconds: float) -> StepEnd:
    return StepEnd("run", 0, 1, 0.5, {}, 0.1, 32, seconds)


# -- waiting, restoring, slowing down -------------------------------------------------------------------------------


def test_early_stopping_can_begin_late() -> None:
    callback = EarlyStopping(monitor="val_loss", patience=2, start_from_epoch=3)
    assert ends_at(callback, "val_loss", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == 5


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_can_keep_the_last_weights(restore: bool) -> None:
    trainer = small_trainer(epochs=200, callbacks=(EarlyStopping(monitor="val_loss", patience=3, restore=restore),))
    drain(trainer)
    assert trainer.best is not None
    kept = trainer.best.weights if restore else trainer.state().snapshot.weights
    np.testing.assert_array_equal(trainer.network.state, kept)
    np.testing.assert_array_equal(trainer.answering_snapshot().weights, kept)
    assert not np.array_equal(trainer.best.weights, trainer.state().snapshot.weights)


def factors(callback: ReduceOnPlateau, values: Sequence[float]) -> list[float]:
    memory: Memory = {}
    found = []
    for epoch, value in enumerate(values):
        assert callback.after(epoch_end(epoch, val_loss=value), memory) is None
        found.append(callback.rate_factor(memory))
    return found


@pytest.mark.parametrize(
    ("callback", "values", "expected"),
    [
        (ReduceOnPlateau(patience=2), [3, 2, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0.5, 0.5, 0.25]),
        (ReduceOnPlateau(patience=2), [3, 2, 2, 1, 1, 0.5], [1, 1, 1, 1, 1, 1]),
        (ReduceOnPlateau(patience=1, min_delta=0.5), [3, 2.8, 2.0, 1.0], [1, 0.5, 0.5, 0.5]),
        (ReduceOnPlateau(patience=1, cooldown=2), [1, 1, 1, 1, 1, 1], [1, 0.5, 0.5, 0.5, 0.25, 0.25]),
        # While it cools down, an epoch without an improvement does not count, and an improvement does.
        (ReduceOnPlateau(patience=2, cooldown=2), [1, 1, 1, 1, 1, 1, 1], [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]),
        (ReduceOnPlateau(patience=2, cooldown=2), [3, 3, 3, 1, 3, 2, 2], [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]),
        (ReduceOnPlateau(patience=1, factor=0.1, least=0.05), [1, 1, 1, 1], [1, 0.1, 0.05, 0.05]),
    ],
)
def test_the_rate_falls_on_a_plateau(callback: ReduceOnPlateau, values: list[float], expected: list[float]) -> None:
    assert factors(callback, values) == pytest.approx(expected)


def test_the_reduced_rate_is_the_one_used_and_comes_on_top_of_the_schedule() -> None:
    plan: dict[str, Any] = {"schedule": TimeDecay(rate=1.0), "optimizer": SGD(learning_rate=0.1), "epochs": 5}
    trainer = small_trainer(**plan, callbacks=(ReduceOnPlateau(monitor="val_loss", patience=1, min_delta=100.0),))
    rates = [event.learning_rate for event in drain(trainer) if isinstance(event, EpochEnd)]
    # The first epoch sets the mark, and no later one can be better by a hundred.
    assert rates == pytest.approx([0.1, 0.1 / 2, 0.1 / 3 / 2, 0.1 / 4 / 4, 0.1 / 5 / 8])


def test_every_callback_sees_every_event_whoever_ends_the_training() -> None:
    class Counting(EarlyStopping):
        """Counts the epochs it sees."""

        def after(self, event: Event, memory: Memory) -> str | None:
            if isinstance(event, EpochEnd):
                memory["seen"] = memory.get("seen", 0) + 1
            return None

    trainer = small_trainer(callbacks=(StopAtTarget(metric="val_accuracy", value=0.0), Counting()))
    drain(trainer)
    assert trainer.state().callback_memories[1] == {"seen": 1}
