"""What a training knows at one moment: enough to look at (Snapshot), or to go on from (TrainerState)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn_engine.training.plan import TrainingPlan
from nn_engine.types import Floats

# Compared by identity where they hold arrays, which have no single truth value.


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of the training, to be looked at: an immutable copy."""

    run_id: str
    weights: Floats
    """The network's whole state vector; read-only."""
    epoch: int
    step: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch so far by the monitored metric."""

    monitor: str
    value: float
    epoch: int
    metrics: Mapping[str, float]
    weights: Floats
    """The network's state vector then; read-only."""


@dataclass(frozen=True)
class EpochTotals:
    """Sums over the steps of the present epoch."""

    samples: int = 0
    loss: float = 0.0
    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """What each metric of a step counts."""
    seconds: float = 0.0
    learning_rate: float = 0.0

    def with_step(
        self, samples: int, loss: float, counts: Mapping[str, Floats], seconds: float, learning_rate: float
    ) -> "EpochTotals":
        """The totals with one more step, whose loss and metrics' counts are sums over its samples."""
        sums = {name: tuple((counts[name] + self.metrics.get(name, 0.0)).tolist()) for name in counts}
        return EpochTotals(self.samples + samples, self.loss + loss, sums, self.seconds + seconds, learning_rate)


@dataclass(frozen=True, eq=False)
class TrainerState:
    """A snapshot and everything needed to go on from it, bit for bit: the past, the place, the memories."""

    snapshot: Snapshot
    plan: TrainingPlan
    """As it is now, with the changes made while training."""
    batch: int
    """How many steps of the present epoch are done; all of them if only the evaluation is left."""
    slots: Mapping[str, Floats]
    """What the optimizer remembers."""
    totals: EpochTotals
    recent_losses: tuple[float, ...]
    first_loss: float | None
    best: Best | None
    callback_memories: tuple[Mapping[str, Any], ...]
    history: tuple[Mapping[str, float], ...]
    """The metrics of every finished epoch."""
    changes: tuple[Mapping[str, Any], ...]
    """Settings changed while training: step, path, old, new."""
    seconds: float
    """Time spent on training steps in all."""
    average: Floats | None = None
    """The running mean of the network's state vector, where the plan asks for one; read-only."""
    end_reason: str = ""
    """Why training ended by itself, if it did: then there is nothing to go on with."""
    ended: bool = False
    """Whether training has ended, for whatever reason: then the best weights are those that answer."""

    @property
    def answering_best(self) -> Best | None:
        """The best epoch where its weights are those that answer: after the end, unless a callback keeps the last."""
        return self.best if self.ended and self.plan.restores_best else None

    @property
    def answering_weights(self) -> Floats:
        """The weights that answer: the best after the end; before it, and where the last are kept, those judged."""
        if self.answering_best is not None:
            return self.answering_best.weights
        return self.snapshot.weights if self.average is None else self.average


def frozen_copy(array: Floats) -> Floats:
    """A copy that nobody can write to."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy
