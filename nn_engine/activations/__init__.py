"""Activation functions, each with its derivative beside it."""

from nn_engine.activations.activation import Activation, make_activation
from nn_engine.activations.elu import ELU, SELU
from nn_engine.activations.gelu import GELU
from nn_engine.activations.linear import Linear
from nn_engine.activations.relu import LeakyReLU, ReLU
from nn_engine.activations.sigmoid import Sigmoid
from nn_engine.activations.silu import SiLU
from nn_engine.activations.softmax import Softmax
from nn_engine.activations.softplus import Softplus
from nn_engine.activations.tanh import Tanh

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "make_activation",
]
