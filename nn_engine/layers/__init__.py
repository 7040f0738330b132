"""The layers a network is made of, one a file."""

from nn_engine.layers.dense import DenseLayer
from nn_engine.layers.dropout import DropoutLayer
from nn_engine.layers.flatten import FlattenLayer
from nn_engine.layers.input import InputLayer
from nn_engine.layers.layer import Layer, Parameter, Site

__all__ = ["DenseLayer", "DropoutLayer", "FlattenLayer", "InputLayer", "Layer", "Parameter", "Site"]
