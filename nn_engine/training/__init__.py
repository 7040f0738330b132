"""Training: an iterator of events, and the state from which it can always go on."""

from nn_engine.training.callbacks import (
    Callback,
    CheckpointEvery,
    CheckpointTopK,
    EarlyStopping,
    ReduceOnPlateau,
    StopAfterTime,
    StopAtTarget,
)
from nn_engine.training.events import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.state import Best, Snapshot, TrainerState
from nn_engine.training.trainer import Trainer

__all__ = [
    "Best",
    "Callback",
    "CheckpointEvery",
    "CheckpointTopK",
    "EarlyStopping",
    "EpochEnd",
    "Event",
    "ReduceOnPlateau",
    "SettingChanged",
    "ShardEnd",
    "Snapshot",
    "StepEnd",
    "StopAfterTime",
    "StopAtTarget",
    "TrainBegin",
    "TrainEnd",
    "Trainer",
    "TrainerState",
    "TrainingPlan",
]
