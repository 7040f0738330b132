"""Schedules: how the learning rate changes over a training."""

from nn_engine.schedules.constant import Constant
from nn_engine.schedules.cosine import Cosine
from nn_engine.schedules.cosine_restarts import CosineRestarts
from nn_engine.schedules.exponential_decay import ExponentialDecay
from nn_engine.schedules.one_cycle import OneCycle
from nn_engine.schedules.polynomial import Polynomial
from nn_engine.schedules.schedule import Schedule
from nn_engine.schedules.step_decay import StepDecay
from nn_engine.schedules.time_decay import TimeDecay

__all__ = [
    "Constant",
    "Cosine",
    "CosineRestarts",
    "ExponentialDecay",
    "OneCycle",
    "Polynomial",
    "Schedule",
    "StepDecay",
    "TimeDecay",
]
