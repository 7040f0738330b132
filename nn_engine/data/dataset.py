"""What a data set is: samples that are read by index, their targets, and what the targets mean."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nn_engine.types import Array, Indices, Shape

TargetKind = Literal["classes", "labels", "values"]


@dataclass(frozen=True)
class Task:
    """What is asked: the shape of a sample and what an answer to it means. Losses and metrics are offered by it."""

    sample_shape: Shape
    target_kind: TargetKind
    """classes: one class number a sample; labels: several yes or no; values: numbers."""
    names: tuple[str, ...]
    """The name of each class, label or value."""

    @property
    def output_size(self) -> int:
        """How many outputs a network for this task has."""
        return len(self.names)


class Dataset(ABC):
    """Samples by index. ``targets`` are class numbers (n,), or labels or values (n, outputs)."""

    task: Task
    targets: Array

    def __len__(self) -> int:
        return len(self.targets)

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[np.generic]:
        """The type in which the raw samples are kept, such as uint8 for the pixels of images."""

    @abstractmethod
    def read(self, indices: Indices, out: Array) -> Array:
        """Copy the raw samples with these numbers, (n,), into ``out``, (n, *sample_shape) of ``dtype``; returns it."""

    def subset(self, indices: Indices) -> "Subset":
        """The samples with these numbers, in this order, as a data set of its own; nothing is copied but targets."""
        return Subset(self, np.asarray(indices, dtype=np.intp))


class ArrayDataset(Dataset):
    """A data set that lies in memory (or in a memory-mapped file) as one array.

    Args:
        samples: (n, *sample_shape), of any real type.
        targets: (n,) class numbers, or (n, outputs).
        names: what each class, label or value is called; "0", "1", … if not given.
        target_kind: what the targets mean; classes for whole numbers (n,), else values, if not given.

    Raises ValueError where samples and targets do not belong together.
    """

    def __init__(
        self,
        samples: Array,
        targets: Array,
        names: tuple[str, ...] | None = None,
        target_kind: TargetKind | None = None,
    ) -> None:
        samples, targets = np.asanyarray(samples), np.asarray(targets)
        kind = target_kind or ("classes" if targets.ndim == 1 and targets.dtype.kind in "iu" else "values")
        if len(samples) != len(targets):
            raise ValueError(f"Expected one target a sample; received {len(samples)} samples, {len(targets)} targets.")
        if kind == "classes":
            targets = _class_numbers(targets, names)
            names = names or tuple(str(number) for number in range(int(targets.max(initial=0)) + 1))
        else:
            targets = np.asarray(targets, np.float32).reshape(len(targets), -1)
            names = names or tuple(str(number) for number in range(targets.shape[1]))
            if len(names) != targets.shape[1]:
                raise ValueError(f"Expected a name for each of {targets.shape[1]} outputs; received {len(names)}.")
        self.samples, self.targets = samples, targets
        self.task = Task(samples.shape[1:], kind, names)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return self.samples.dtype

    def read(self, indices: Indices, out: Array) -> Array:
        if not self.samples.flags.c_contiguous:
            out[...] = self.samples[indices]  # take would first copy all of them
            return out
        # mode="clip" spares a buffered copy; the indices are ours and within range.
        return np.take(self.samples, indices, axis=0, out=out, mode="clip")


class Subset(Dataset):
    """Some samples of another data set."""

    def __init__(self, whole: Dataset, indices: Indices) -> None:
        self.whole, self.indices = whole, indices
        self.task = whole.task
        self.targets = whole.targets[indices]

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return self.whole.dtype

    def read(self, indices: Indices, out: Array) -> Array:
        return self.whole.read(self.indices[indices], out)


def _class_numbers(targets: Array, names: tuple[str, ...] | None) -> Array:
    if targets.ndim != 1 or targets.dtype.kind not in "iu":
        raise ValueError(f"Expected class numbers, shape (n,); received {targets.dtype} of shape {targets.shape}.")
    numbers = targets.astype(np.intp)
    if numbers.size and (numbers.min() < 0 or (names and numbers.max() >= len(names))):
        highest = f"to {len(names) - 1}" if names else "up"
        raise ValueError(f"Expected class numbers from 0 {highest}; received {numbers.min()} to {numbers.max()}.")
    return numbers
