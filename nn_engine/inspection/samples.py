"""What every question about samples begins with: samples as the network takes them, their targets as the loss takes
them, and whose answer is meant.
"""

import math
from collections.abc import Iterator

import numpy as np

from nn_engine.losses import Loss
from nn_engine.network import Network
from nn_engine.stack import takes_samples
from nn_engine.types import Array, Floats, Indices

AT_ONCE = 200
"""How many samples go through the network together: the way back needs memory for every layer."""


def samples_for(network: Network, x: Array) -> Floats:
    """Prepared samples (n, …) in the network's own shape and type. Raises ValueError where they do not fit."""
    x = np.asarray(x)
    if x.ndim < 2 or not takes_samples(network.input_shape, x.shape[1:]):
        raise ValueError(
            f"Expected samples of {math.prod(network.input_shape)} values each, shape "
            f"(n, {', '.join(map(str, network.input_shape))}); received an array of shape {x.shape}."
        )
    return x.astype(network.state.dtype).reshape(len(x), *network.input_shape)


def classes_for(network: Network, classes: Array | int, count: int) -> Indices:
    """For every sample the output that is asked about. Raises ValueError where there is no such output."""
    outputs = math.prod(network.output_shape)
    numbers = np.asarray(classes)
    if numbers.dtype.kind not in "iu" or numbers.shape not in ((), (count,)):
        raise ValueError(
            f"Expected one class number, or one for each of {count} samples; received {numbers.dtype} of shape "
            f"{numbers.shape}."
        )
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < outputs:
        raise ValueError(f"Expected classes from 0 to {outputs - 1}; received {numbers.min()} to {numbers.max()}.")
    return np.broadcast_to(numbers.astype(np.intp), (count,))


def targets_for(network: Network, loss: Loss, targets: Array, count: int) -> Array:
    """Targets for so many samples: class numbers, (n,), or rows in the network's type, (n, outputs).

    Raises ValueError where the loss does not take such targets, or they do not fit the network's answers: NumPy would
    stretch many of them until they do.
    """
    targets, rows = np.asarray(targets), (count, *network.output_shape)
    takes_classes = "classes" in loss.target_kinds
    takes_rows = loss.takes_shares or loss.target_kinds != ("classes",)
    if takes_classes and targets.dtype.kind in "iu" and targets.shape == (count,):
        return classes_for(network, targets, count)
    if takes_rows and targets.dtype.kind in "biuf" and targets.shape == rows:
        return targets.astype(network.state.dtype)
    expected = [f"class numbers of the shape ({count},)"] * takes_classes + [f"rows of the shape {rows}"] * takes_rows
    raise ValueError(
        f"{type(loss).__name__}: expected targets for {count} samples, {' or '.join(expected)}; received "
        f"{targets.dtype} of the shape {targets.shape}."
    )


def parts(count: int) -> Iterator[slice]:
    """Some samples at a time."""
    return (slice(start, start + AT_ONCE) for start in range(0, count, AT_ONCE))
