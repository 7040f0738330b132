"""The fields that bend images: few, always the same, and none formed that is not needed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from nn_engine import Elastic
from nn_engine.types import Floats

SIZES = [(28, 28), (32, 32), (20, 20), (16, 16), (8, 8), (28, 20), (20, 28), (2, 40), (1, 1)]


def from_all(height: int, width: int, sigma: float) -> Floats:
    """The modes as they are defined: all products of eigenvectors, of which the heaviest are kept."""
    lines = []
    for size in (height, width):
        place = np.arange(size)
        variances, vectors = np.linalg.eigh(np.exp(-np.square(place[:, np.newaxis] - place) / (4 * sigma**2)))
        matter = variances > (1 - 0.995) / 10 * variances[-1]
        lines.append((vectors[:, matter] * np.sqrt(variances[matter])).T)
    down, across = lines
    modes = (down[:, np.newaxis, :, np.newaxis] * across[:, np.newaxis]).reshape(-1, height * width)
    weights = np.square(modes).sum(axis=1)
    order = np.argsort(-weights, kind="stable")
    kept = modes[order[: 1 + int(np.searchsorted(np.cumsum(weights[order]), 0.995 * weights.sum()))]]
    return np.asarray(kept / np.sqrt(np.square(kept).sum(axis=0)))


@pytest.mark.parametrize("smoothness", [10.0, 12.5, 15.0, 20.0, 40.0, 60.0, 100.0])
@pytest.mark.parametrize("shape", SIZES)
def test_they_are_those_chosen_from_all_to_the_last_bit_and_in_their_order(
    shape: tuple[int, int], smoothness: float
) -> None:
    elastic = Elastic(smoothness=smoothness)
    found = elastic.modes(*shape)
    np.testing.assert_array_equal(found, from_all(*shape, smoothness / 100 * min(shape)))
    assert len(found) <= elastic.most_modes(*shape) <= 4 * len(found)


def test_as_few_as_is_said() -> None:
    assert Elastic().modes(28, 28).shape == (28, 784)


def test_working_them_out_takes_little_more_memory_than_they_do() -> None:
    elastic = Elastic(smoothness=10)
    tracemalloc.start()
    try:
        modes = elastic.modes(64, 256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < modes.nbytes + 2**21, f"{peak / 2**20:.0f} MiB for {modes.nbytes / 2**20:.0f} MiB"
