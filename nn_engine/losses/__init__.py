"""Losses: how wrong an answer is, and in which direction it should move."""

from nn_engine.losses.binary_cross_entropy import BinaryCrossEntropy
from nn_engine.losses.cross_entropy import CrossEntropy
from nn_engine.losses.hinge import Hinge
from nn_engine.losses.huber import Huber
from nn_engine.losses.loss import Loss
from nn_engine.losses.mean_absolute_error import MeanAbsoluteError
from nn_engine.losses.mean_squared_error import MeanSquaredError
from nn_engine.losses.offered import losses_for

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Hinge",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "losses_for",
]
