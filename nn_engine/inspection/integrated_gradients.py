"""Integrated gradients: an answer shared out among the pixels, so that the shares add up to it."""

import numpy as np

from nn_engine.inspection.saliency import input_gradients
from nn_engine.inspection.samples import samples_for
from nn_engine.network import Network
from nn_engine.types import Array, Floats


def integrated_gradients(
    network: Network, x: Array, classes: Array | int, baseline: Array | float = 0.0, steps: int = 64
) -> Floats:
    """What each value of a sample adds to the score of a class, compared with a baseline, in the shape of ``x``.

    (x - x₀) · ∫₀¹ ∂score/∂x (x₀ + t·(x - x₀)) dt with the baseline x₀ (Sundararajan, Taly and Yan, 2017). The shares
    of a sample sum to score(x) - score(x₀), the more exactly the more steps the integral is taken in: each stands for
    its middle.

    Args:
        network: what is asked, as it predicts.
        x: prepared samples, (n, …).
        classes: whose score: one for each sample, (n,), or one for all.
        baseline: a sample that shows nothing, or the number that all its values have.
        steps: how many gradients are taken on the way.

    Raises ValueError where samples or classes do not fit, or for less than one step.
    """
    if steps < 1:
        raise ValueError(f"steps: expected a whole number from 1 up; received {steps}.")
    shape, x = np.shape(x), samples_for(network, x)
    start = np.zeros_like(x)
    start[...] = baseline if np.ndim(baseline) == 0 else np.reshape(baseline, x.shape[1:])
    way, total = x - start, np.zeros(x.shape, np.float64)
    for step in range(steps):
        total += input_gradients(network, start + way * ((step + 0.5) / steps), classes)
    total *= way
    total /= steps
    return total.astype(x.dtype).reshape(shape)
