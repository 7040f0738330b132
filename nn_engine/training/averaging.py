"""Averaged weights: a running mean of all parameters, which forgets the jitter of single steps."""

import numpy as np

from nn_engine.types import Floats
from nn_engine.workspace import Workspace


def follow(average: Floats, state: Floats, decay: float, step: int, workspace: Workspace) -> None:
    """Move ``average`` towards ``state``, both (n,), in place: a ← d·a + (1 - d)·w.

    d = min(decay, (1 + step)/(10 + step)), so that a short training is not held at its first weights
    (TensorFlow's ExponentialMovingAverage; the averaging of Polyak and Juditsky, 1992, is the uniform mean).
    """
    decay = min(decay, (1 + step) / (10 + step))
    gap = np.subtract(state, average, out=workspace.array("gap", state.shape, state.dtype))
    gap *= 1 - decay
    average += gap
