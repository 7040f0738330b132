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
    """What each sample is, as in its data set: what metrics compare with."""
    indices: Indices
    """The number of each sample in its data set."""
    mixed_targets: Floats | None = None
    """The targets as rows, (n, outputs), mixed as their samples were, if they were."""

    @property
    def goals(self) -> Array:
        """What a loss compares with: the mixed targets, or else the targets."""
        return self.targets if self.mixed_targets is None else self.mixed_targets


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
        self._augmentation: tuple[Augmentation, ...] = ()
        self._pipeline = AugmentationPipeline((), dataset.task.sample_shape)

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self.dataset) // self.batch_size)

    def augment_with(self, augmentation: tuple[Augmentation, ...]) -> None:
        """What is done to every sample from now on."""
        self._augmentation = augmentation
        self._pipeline = AugmentationPipeline(
            augmentation, self.dataset.task.sample_shape, self.preprocessing.black, self.preprocessing.white
        )

    def twin(self) -> "Batches":
        """The same batches with memory of their own, for another thread."""
        twin = Batches(self.dataset, self.preprocessing, self.batch_size, self.seed, self._dtype, self.shard_size)
        twin.augment_with(self._augmentation)
        return twin

    def indices(self, epoch: int, batch: int) -> Indices:
        """The sample numbers of one batch of one epoch."""
        if self._order[0] != epoch:
            rng = keyed_generator(self.seed, Stream.SHUFFLING, epoch)
            self._order = (epoch, rng.permutation(len(self.dataset)))
        start = batch * self.batch_size
        return self._order[1][start : start + self.batch_size]

    def shard(self, indices: Indices, epoch: int, batch: int, shard: int, room: Workspace | None = None) -> Batch:
        """One shard of a batch, prepared and augmented by its key (seed, epoch, batch, shard)."""
        plain = self.read(indices[shard * self.shard_size : (shard + 1) * self.shard_size], room)
        if not self._pipeline:
            return plain
        rng = keyed_generator(self.seed, Stream.AUGMENTATION, epoch, batch, shard)
        made = self._pipeline.apply_and_tell(plain.x, rng)
        if not self._pipeline.mixes_targets:
            return Batch(made.images, plain.targets, plain.indices)
        rows = self._as_rows(plain.targets)
        made.mix_targets(rows)
        return Batch(made.images, plain.targets, plain.indices, rows)

    def read(self, indices: Indices, room: Workspace | None = None) -> Batch:
        """Samples by number, prepared but not augmented; in ``room`` instead of memory of their own if it is given."""
        room = room or self._workspace
        shape = (len(indices), *self.dataset.task.sample_shape)
        buffer = room.array("raw", shape, self.dataset.dtype)
        raw = self.dataset.read(indices, buffer)
        if raw is not buffer:
            raise TypeError(
                f"{type(self.dataset).__name__}.read: expected it to write the samples into the array that it is "
                f"given, and to return that; it returned something else, of the type {type(raw).__name__}."
            )
        x = self.preprocessing.apply(raw, room.array("x", shape, self._dtype))
        return Batch(x, self.dataset.targets[indices], indices)

    def _as_rows(self, targets: Array) -> Floats:
        """Targets that can be mixed, (n, outputs): for a class number a row with a single 1."""
        if targets.ndim > 1:
            return targets.astype(self._dtype)
        rows = np.zeros((len(targets), self.dataset.task.output_size), self._dtype)
        rows[np.arange(len(targets)), targets] = 1
        return rows


def shard_count(samples: int, size: int) -> int:
    """How many shards a batch of so many samples is cut into."""
    return -(-samples // size)
