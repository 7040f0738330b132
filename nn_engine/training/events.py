"""What a training tells, as it happens: small frozen values that carry numbers and copies, never live arrays.

Epochs count from 0 here; add one wherever a person or a file reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened in the run with this id, when so many steps had been made."""

    run_id: str
    epoch: int
    step: int


@dataclass(frozen=True, slots=True)
class TrainBegin(Event):
    """Training begins, or goes on from ``epoch`` and ``step``."""

    epochs: int
    steps_per_epoch: int


@dataclass(frozen=True, slots=True)
class ShardEnd(Event):
    """A part of a large batch, or of an evaluation, is done: a place at which to pause or stop without waiting."""

    phase: str
    """``training`` or ``evaluation``"""
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class StepEnd(Event):
    """The parameters have made one step; ``step`` counts it."""

    loss: float
    """The mean over the batch, before the step."""
    metrics: Mapping[str, float]
    learning_rate: float
    """The rate used, after schedule."""
    samples: int
    trained_seconds: float
    """Time spent on training steps since the run's first."""


@dataclass(frozen=True, slots=True)
class SettingChanged(Event):
    """A setting was changed while training runs; it holds from the next step on."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class EpochEnd(Event):
    """An epoch was trained and evaluated."""

    metrics: Mapping[str, float]
    """``loss`` and ``accuracy`` as means over the epoch while it ran; ``val_loss`` and ``val_accuracy`` at its end."""
    learning_rate: float
    """The rate used in the epoch's last step."""
    seconds: float
    """Time spent on this epoch's training steps alone."""
    improved: bool
    """Whether this epoch is the best so far."""


@dataclass(frozen=True, slots=True)
class TrainEnd(Event):
    """Training has ended: the network now holds the weights that answer, and the trainer keeps its last state.

    These are the best weights, unless a callback keeps the last ones (``EarlyStopping(restore=False)``).
    """

    reason: str
    """completed, stopped, interrupted, early_stopping, target_reached, time_limit or diverged"""
    message: str
    """One sentence for a person."""
    best_epoch: int | None
    best_metrics: Mapping[str, float]
