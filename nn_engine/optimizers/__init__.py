"""Optimizers: how a gradient becomes a step."""

from nn_engine.optimizers.adam import Adam
from nn_engine.optimizers.optimizer import Optimizer
from nn_engine.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
