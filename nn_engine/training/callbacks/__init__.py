"""Callbacks: what watches a training, and may slow it down or end it early."""

from nn_engine.training.callbacks.callback import Callback, Memory
from nn_engine.training.callbacks.checkpoints import CheckpointEvery, CheckpointTopK
from nn_engine.training.callbacks.early_stopping import EarlyStopping
from nn_engine.training.callbacks.reduce_on_plateau import ReduceOnPlateau
from nn_engine.training.callbacks.stop_after_time import StopAfterTime
from nn_engine.training.callbacks.stop_at_target import StopAtTarget

__all__ = [
    "Callback",
    "CheckpointEvery",
    "CheckpointTopK",
    "EarlyStopping",
    "Memory",
    "ReduceOnPlateau",
    "StopAfterTime",
    "StopAtTarget",
]
