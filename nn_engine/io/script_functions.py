"""The functions of a standalone script: each layer and activation in as few lines of NumPy as it takes.

A script is given the source of those that it needs, as it stands here. So they use nothing but NumPy, ``math`` and each
other, and are written to be read: nothing is done in place, nothing is kept for a way back.
"""

import math

import numpy as np

from nn_engine.types import Array

Pads = tuple[tuple[int, int], tuple[int, int]]
"""How many pixels are added to an image: above and below, left and right."""


# -- activations --------------------------------------------------------------------------------------------------


def relu(z: Array) -> Array:
    """Rectifier: the identity for positive values, zero for negative ones."""
    return np.maximum(z, 0)


def leaky_relu(z: Array) -> Array:
    """Leaky rectifier: a hundredth of negative values is left."""
    return np.maximum(z, 0.01 * z)


def elu(z: Array) -> Array:
    """Exponential linear unit: negative values level off at -1."""
    return np.maximum(z, np.expm1(np.minimum(z, 0)))


def selu(z: Array) -> Array:
    """Scaled exponential linear unit: keeps mean 0 and variance 1 from layer to layer."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return np.maximum(z, 0) * scale + np.expm1(np.minimum(z, 0)) * (scale * alpha)


def gelu(z: Array) -> Array:
    """Gaussian error linear unit: each value times the chance that a normal number is below it."""
    erf = np.vectorize(math.erf, otypes=[float])
    return (z * (1 + erf(z / math.sqrt(2))) / 2).astype(z.dtype)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)): any number becomes one between 0 and 1. Written with tanh, which cannot overflow."""
    return np.tanh(z * 0.5) * 0.5 + 0.5


def silu(z: Array) -> Array:
    """Each value times its own sigmoid."""
    return z * sigmoid(z)


def softplus(z: Array) -> Array:
    """log(1 + exp(z)), a rectifier without a corner; written so that exp cannot overflow."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softmax(z: Array) -> Array:
    """Scores become probabilities that sum to one. Subtracting the largest keeps exp from overflowing."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# -- layers -------------------------------------------------------------------------------------------------------


def dense(x: Array, weights: Array, bias: Array) -> Array:
    """Every unit sees every input: (n, inputs) · (inputs, units)."""
    return np.matmul(x, weights) + bias


def conv2d(x: Array, weights: Array, bias: Array, strides: tuple[int, int], padding: Pads = ((0, 0), (0, 0))) -> Array:
    """Every filter looks at every patch of the image. Weights are (height, width, channels, filters)."""
    patches = windows(np.pad(x, ((0, 0), *padding, (0, 0))), weights.shape[:2], strides)
    return np.tensordot(patches, weights, axes=((4, 5, 3), (0, 1, 2))) + bias


def max_pool2d(x: Array, size: tuple[int, int], strides: tuple[int, int], padding: Pads = ((0, 0), (0, 0))) -> Array:
    """The largest value of every window, channel by channel."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=-np.inf)
    return windows(x, size, strides).max(axis=(4, 5))


def average_pool2d(
    x: Array, size: tuple[int, int], strides: tuple[int, int], padding: Pads = ((0, 0), (0, 0))
) -> Array:
    """The mean of every window over the pixels that lie inside the image, channel by channel."""
    inside = np.ones((1, *x.shape[1:3], 1), x.dtype)
    x, inside = (np.pad(each, ((0, 0), *padding, (0, 0))) for each in (x, inside))
    return windows(x, size, strides).sum(axis=(4, 5)) / windows(inside, size, strides).sum(axis=(4, 5))


def windows(x: Array, size: tuple[int, ...], strides: tuple[int, int]) -> Array:
    """All windows of images (n, height, width, channels) without copying: (n, rows, columns, channels, *size)."""
    every = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return every[:, :: strides[0], :: strides[1]]


def batch_norm(x: Array, scale: Array, shift: Array, mean: Array, variance: Array, epsilon: float) -> Array:
    """What training found to be the mean and spread of each channel is taken out, then it is scaled and shifted."""
    factor = 1 / np.sqrt(variance + epsilon) * scale
    return x * factor + (shift - mean * factor)


def layer_norm(x: Array, scale: Array, shift: Array, epsilon: float) -> Array:
    """The values of each sample, or pixel, get mean 0 and spread 1, then they are scaled and shifted."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return centred * (1 / np.sqrt(variance + epsilon)) * scale + shift
