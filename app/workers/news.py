"""What the training worker tells: values that the GUI thread may read while the training goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn_engine.data.source import DataSource
from nn_engine.experiments import Session
from nn_engine.network import Network
from nn_engine.training import Event, Snapshot, TrainerState, TrainingPlan
from nn_engine.types import Array


@dataclass(frozen=True)
class Prepared:
    """A training is ready: the network has its weights, the data is loaded.

    All but the session is of that very moment: when this is read, the worker may have made steps with its trainer.
    """

    session: Session
    """Its trainer is the worker's alone; what does not change, such as the data, may be read anywhere."""
    run_id: str
    steps_per_epoch: int
    epochs: int
    monitor: str
    learning_rate: float
    past: TrainerState | None
    """What was trained before, where it goes on from a checkpoint rather than from initial weights."""
    steps: Array | None
    """The record of its steps so far, where it goes on in its run's folder."""
    network: Network
    """A copy of the network, with the weights that answer."""
    answering: Snapshot
    """Those weights, and the moment they are of."""
    best_answers: bool
    """Whether they are the best ones of a training that had ended."""


@dataclass(frozen=True)
class StateChanged:
    """What the worker does from now on.

    ``idle``, ``preparing`` the data, ``building`` the network, ``running``, ``paused`` or ``stopping``.
    """

    state: str
    obeyed: int = 0
    """The number of the last wish (to train, to pause, to stop) that it has begun with."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    name: str
    epoch: int
    step: int
    value: Any


@dataclass(frozen=True)
class PaceMeasured:
    """How long an epoch of what was prepared takes on this machine."""

    run_id: str
    seconds_per_epoch: float


@dataclass(frozen=True)
class Refused:
    """A change that a training cannot take over; it goes on as it was."""

    run_id: str
    path: str
    value: Any
    """What was asked for."""
    plan: TrainingPlan
    """What the training goes by instead, with all changes that it did take over."""
    sentence: str


@dataclass(frozen=True)
class RunCreated:
    """The run has a folder now."""

    run_id: str
    path: Path


@dataclass(frozen=True)
class Failed:
    """Something went wrong; what was learned so far is kept."""

    sentence: str
    error: BaseException
    during: str
    """What was being done: data, preparing, beginning, training, stopping, or the name of a request."""


class DataError(Exception):
    """The data of this source could not be read, for this cause."""

    def __init__(self, source: DataSource, cause: OSError | ValueError) -> None:
        super().__init__(str(cause))
        self.source, self.cause = source, cause


News = Event | Prepared | StateChanged | Answer | PaceMeasured | Refused | RunCreated | Failed
