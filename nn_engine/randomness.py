"""Every random choice has its own key: (seed, stream, epoch, batch, shard).

A generator made from a key gives the same numbers whatever was drawn before, in whichever thread, in whichever process.
So nothing about randomness has to be saved to resume a run in the middle of an epoch, and batches may be prepared
ahead.
"""

import enum
import math
from dataclasses import dataclass

import numpy as np


class Stream(enum.IntEnum):
    """What the numbers are for; the values are part of every saved run's meaning and never change."""

    INITIALIZATION = 0
    SPLIT = 1
    SHUFFLING = 2
    AUGMENTATION = 3
    DROPOUT = 4


def keyed_generator(seed: int, stream: Stream, *position: int) -> np.random.Generator:
    """The generator of one key. ``position`` is as fine as the choice needs: epoch, batch, shard, layer.

    SFC64 because it is NumPy's fastest; its state is filled from the key by NumPy's SeedSequence.
    """
    return np.random.Generator(np.random.SFC64((seed, int(stream), *position)))


@dataclass
class LayerRandomness:
    """Where the network stands in the training, from which its layers key their random choices."""

    seed: int = 0
    position: tuple[int, ...] = (0, 0, 0)
    """Epoch, batch, shard: set by whoever trains, before each shard."""

    def generator(self, *place: int) -> np.random.Generator:
        """The generator for the layer at one place in the network at the present position."""
        return keyed_generator(self.seed, Stream.DROPOUT, *self.position, *place)


def normal(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> np.ndarray:
    """Normally distributed float64 numbers around zero."""
    return rng.standard_normal(shape) * deviation


def uniform_of_deviation(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> np.ndarray:
    """Uniform float64 numbers around zero that have the given standard deviation: the half-width is deviation·√3."""
    limit = math.sqrt(3.0) * deviation
    return rng.uniform(-limit, limit, shape)
