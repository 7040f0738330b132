"""How large steps are, compared with what they change."""

import math

import numpy as np

from nn_engine.network import Network
from nn_engine.types import Floats


def update_ratios(network: Network, before: Floats, after: Floats) -> dict[str, float]:
    """‖after - before‖ / ‖before‖ of every trained parameter, by full name.

    About 0.001 for a step of plain gradient descent is a rule of thumb (A. Karpathy, CS231n): far below, learning
    crawls; far above, it tears down what it has built. Infinite for a parameter that was all zero and moved.

    Args:
        network: whose states they are; its own state is not looked at.
        before: a state, such as a snapshot's weights.
        after: a later one.

    Raises ValueError for vectors that are not laid out as the network's state.
    """
    for vector in (before, after):
        if vector.shape != network.state.shape:
            raise ValueError(f"Expected states of shape {network.state.shape}; received {vector.shape}.")
    old, new = network.vector_as_dict(before), network.vector_as_dict(after)
    return {name: _ratio(old[name], new[name]) for name in network.named_gradients()}


def _ratio(old: Floats, new: Floats) -> float:
    moved = _length(new.astype(np.float64) - old)
    length = _length(old.astype(np.float64))
    if length == 0:
        return math.inf if moved else 0.0
    return moved / length


def _length(values: Floats) -> float:
    return float(np.sqrt(np.sum(values * values)))
