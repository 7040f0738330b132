"""Batches: a fresh order every epoch, samples prepared shard by shard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn_engine.data.augmentation import Augmentation, AugmentationPipeline
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.randomness import Stream, keyed_generator
from nn_engine.types import Array, Floats, Indices
from nn_engine.workspace import Workspace


@dataclass(frozen=True)
class Batch:
    """Some samples, ready for a network. The arrays hold until the next batch is read."""

    x: Floats
    """(n, *sample_shape)"""
    targets: Array
    indices: Indices
    """The number of each sample in its data set."""


class Batches:
    """Hands out the batches of a data set, each at its place in a fresh order every epoch.

    Args:
        dataset: where samples are read from.
        preprocessing: how raw values become numbers for the network.
        batch_size: how many samples a batch has; the last one has what is left.
        seed: which orders, which augmentations.
        dtype: the type of ``Batch.x``.
        shard_size: the most samples that are prepared at once in training; the whole batch if not given.
    """

    def __init__(
        self,
        dataset: Dataset,
        preprocessing: Preprocessing,
        batch_size: int,
        seed: int,
        dtype: npt.DTypeLike = np.float32,
        shard_size: int | None = None,
    ) -> None:
        self.dataset, self.preprocessing, self.batch_size, self.seed = dataset, preprocessing, batch_size, seed
        self.shard_size = shard_size or batch_size
        self._dtype = np.dtype(dtype)
        self._workspace = Workspace()
        self._order: tuple[int, Indices] = (-1, np.empty(0, np.intp))
        self._pipeline = AugmentationPipeline((), dataset.task.sample_shape)

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self.dataset) // self.batch_size)

    def augment_with(self, augmentation: tuple[Augmentation, ...]) -> None:
        """What is done to every sample from now on."""
        self._pipeline = AugmentationPipeline(augmentation, self.dataset.task.sample_shape)

    def indices(self, epoch: int, batch: int) -> Indices:
        """The sample numbers of one batch of one epoch."""
        if self._order[0] != epoch:
            rng = keyed_generator(self.seed, Stream.SHUFFLING, epoch)
            self._order = (epoch, rng.permutation(len(self.dataset)))
        start = batch * self.batch_size
        return self._order[1][start : start + self.batch_size]

    def shard(self, indices: Indices, epoch: int, batch: int, shard: int) -> Batch:
        """One shard of a batch, prepared and augmented by its key (seed, epoch, batch, shard)."""
        part = indices[shard * self.shard_size : (shard + 1) * self.shard_size]
        whole = self.read(part)
        if self._pipeline:
            rng = keyed_generator(self.seed, Stream.AUGMENTATION, epoch, batch, shard)
            return Batch(self._pipeline.apply(whole.x, rng), whole.targets, part)
        return whole

    def read(self, indices: Indices) -> Batch:
        """Samples by number, prepared but not augmented."""
        shape = (len(indices), *self.dataset.task.sample_shape)
        raw = self.dataset.read(indices, self._workspace.array("raw", shape, self.dataset.dtype))
        x = self.preprocessing.apply(raw, self._workspace.array("x", shape, self._dtype))
        return Batch(x, self.dataset.targets[indices], indices)


def shard_count(samples: int, size: int) -> int:
    """How many shards a batch of so many samples is cut into."""
    return -(-samples // size)
