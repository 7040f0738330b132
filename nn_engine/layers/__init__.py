"""The layers a network is made of, one a file."""

from nn_engine.layers.activation import ActivationLayer
from nn_engine.layers.average_pool2d import AveragePool2DLayer
from nn_engine.layers.batch_norm import BatchNormLayer
from nn_engine.layers.chain import Chain
from nn_engine.layers.conv2d import Conv2DLayer
from nn_engine.layers.dense import DenseLayer
from nn_engine.layers.dropout import DropoutLayer
from nn_engine.layers.flatten import FlattenLayer
from nn_engine.layers.gaussian_noise import GaussianNoiseLayer
from nn_engine.layers.global_average_pool2d import GlobalAveragePool2DLayer
from nn_engine.layers.input import InputLayer
from nn_engine.layers.layer import Layer, Parameter, Site
from nn_engine.layers.layer_norm import LayerNormLayer
from nn_engine.layers.max_pool2d import MaxPool2DLayer
from nn_engine.layers.reshape import ReshapeLayer
from nn_engine.layers.residual import ResidualBlock
from nn_engine.layers.spatial_dropout import SpatialDropoutLayer

__all__ = [
    "ActivationLayer",
    "AveragePool2DLayer",
    "BatchNormLayer",
    "Chain",
    "Conv2DLayer",
    "DenseLayer",
    "DropoutLayer",
    "FlattenLayer",
    "GaussianNoiseLayer",
    "GlobalAveragePool2DLayer",
    "InputLayer",
    "Layer",
    "LayerNormLayer",
    "MaxPool2DLayer",
    "Parameter",
    "ReshapeLayer",
    "ResidualBlock",
    "Site",
    "SpatialDropoutLayer",
]
