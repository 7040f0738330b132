"""Activation functions, each with its derivative beside it."""

from nn_engine.activations.activation import Activation, make_activation
from nn_engine.activations.linear import Linear
from nn_engine.activations.relu import LeakyReLU, ReLU
from nn_engine.activations.sigmoid import Sigmoid
from nn_engine.activations.softmax import Softmax
from nn_engine.activations.tanh import Tanh

__all__ = ["Activation", "LeakyReLU", "Linear", "ReLU", "Sigmoid", "Softmax", "Tanh", "make_activation"]
