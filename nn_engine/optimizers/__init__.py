"""Optimizers: how a gradient becomes a step."""

from nn_engine.optimizers.adadelta import Adadelta
from nn_engine.optimizers.adagrad import Adagrad
from nn_engine.optimizers.adam import Adam
from nn_engine.optimizers.adamw import AdamW
from nn_engine.optimizers.lion import Lion
from nn_engine.optimizers.nadam import NAdam
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.rmsprop import RMSprop
from nn_engine.optimizers.sgd import SGD

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Lion", "NAdam", "Optimizer", "RMSprop", "StepContext"]
