"""What a data set is: samples that are read by index, their targets, and what the targets mean."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
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
    """classes: one class number a sample; labels: each a yes or no of its own (one alone is the binary task); values:
    numbers."""
    names: tuple[str, ...]
    """The name of each class, label or value; no two are alike, for answers are told by them."""

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            name, times = Counter(self.names).most_common(1)[0]
            raise ValueError(f"Expected {self.target_kind} of different names; received {name!r} {times} times.")

    @property
    def output_size(self) -> int:
        """How many outputs a network for this task has."""
        return len(self.names)

    @property
    def output_fn(self) -> str:
        """The activation that turns scores into what is asked: probabilities of classes or of labels, or numbers."""
        return {"classes": "softmax", "labels": "sigmoid", "values": "linear"}[self.target_kind]

    @property
    def channels(self) -> int | None:
        """How many numbers each pixel has where samples are images, (height, width) or (height, width, channels)."""
        if len(self.sample_shape) not in (2, 3):
            return None
        return 1 if len(self.sample_shape) == 2 else self.sample_shape[2]


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
        """The samples with these numbers, in this order, as a data set of its own; nothing is copied but targets.

        Or those for which ``indices``, (n,), say true. Raises ValueError where there is no such sample.
        """
        return Subset(self, _sample_numbers(np.asarray(indices), len(self)))


def check_targets(data: Dataset) -> None:
    """Raise ValueError where the targets of a data set are not what its task says they are."""
    task, targets = data.task, np.asarray(data.targets)
    if task.target_kind == "classes":
        expected, known = f"class numbers from 0 to {task.output_size - 1}, (n,)", targets.dtype.kind in "iu"
        fits = known and targets.ndim == 1 and 0 <= targets.min(initial=0) <= targets.max(initial=0) < task.output_size
    else:
        expected, known = f"{task.target_kind}, (n, {task.output_size})", targets.dtype.kind in "biuf"
        fits = known and targets.shape[1:] == (task.output_size,)
    if not fits or targets is not data.targets:
        numbers = f" from {targets.min()} to {targets.max()}" if known and targets.size else ""
        raise ValueError(
            f"{type(data).__name__}.targets: expected an array of {expected}; received {type(data.targets).__name__} "
            f"of {targets.dtype}{numbers}, shape {targets.shape}."
        )


class ArrayDataset(Dataset):
    """A data set that lies in memory (or in a memory-mapped file) as one array: images, or a table with a row a sample.

    Args:
        samples: (n, *sample_shape), of any real type; (n, columns) for a table.
        targets: (n,) class numbers, or (n, outputs).
        names: what each class, label or value is called; "0", "1", … if not given.
        target_kind: what the targets mean; if not given, classes for whole numbers (n,), labels for booleans, else
            values.

    Raises ValueError for samples that are no real numbers, where samples and targets do not belong together, and where
    two names are alike.
    """

    def __init__(
        self,
        samples: Array,
        targets: Array,
        names: Iterable[str] | None = None,
        target_kind: TargetKind | None = None,
    ) -> None:
        names = None if names is None else tuple(str(name) for name in names)
        samples, targets = np.asanyarray(samples), np.asarray(targets)
        if samples.dtype.kind not in "biuf":
            raise ValueError(f"Expected samples of real numbers, such as float32 or uint8; received {samples.dtype}.")
        for what, array in (("samples", samples), ("targets", targets)):
            if not array.ndim:
                raise ValueError(f"Expected {what} in an array, the first axis counting them; received {array!r}.")
        if len(samples) != len(targets):
            raise ValueError(f"Expected one target a sample; received {len(samples)} samples, {len(targets)} targets.")
        _refuse_gaps(samples)
        kind = target_kind or _usual_kind(targets)
        if kind == "classes":
            targets = _class_numbers(targets, names)
            names = names or tuple(str(number) for number in range(int(targets.max(initial=0)) + 1))
        else:
            targets = _numbers(targets, kind)
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


def _sample_numbers(indices: Array, count: int) -> Indices:
    if indices.dtype == np.bool_ and indices.shape == (count,):
        return np.flatnonzero(indices)
    if indices.ndim != 1 or (indices.dtype.kind not in "iu" and indices.size):
        raise ValueError(
            f"Expected sample numbers, (any,), or {count} times true or false; received {indices.dtype} of shape "
            f"{indices.shape}."
        )
    if indices.size and not 0 <= int(indices.min()) <= int(indices.max()) < count:
        raise ValueError(f"Expected sample numbers from 0 to {count - 1}; received {indices.min()} to {indices.max()}.")
    return indices.astype(np.intp)


def _usual_kind(targets: Array) -> TargetKind:
    if targets.dtype.kind == "b":
        return "labels"
    return "classes" if targets.ndim == 1 and targets.dtype.kind in "iu" else "values"


_AT_ONCE = 1 << 20
"""How many numbers are looked at together for gaps: the answers to them fit a cache."""


def _refuse_gaps(samples: Array) -> None:
    """Raise ValueError where a sample holds a NaN or an infinity: every weight would become one at its first step."""
    if samples.dtype.kind != "f" or not samples.size:
        return
    step = max(1, _AT_ONCE * len(samples) // samples.size)
    for start in range(0, len(samples), step):
        known = np.isfinite(samples[start : start + step])
        if not known.all():
            row = start + int((~known.reshape(len(known), -1).all(axis=1)).argmax())
            value = next(float(number) for number in samples[row].ravel() if not np.isfinite(number))
            raise ValueError(
                f"Expected samples of finite numbers; received {value} in sample {row}. Leave such samples out, or put "
                f"a number in its place, such as the mean of the others."
            )


def _numbers(targets: Array, kind: TargetKind) -> Array:
    if targets.dtype.kind not in "fiub":
        raise ValueError(
            f"Expected {kind}, shape (n, outputs); received {targets.dtype} of shape {targets.shape}."
            f"{_as_class_numbers(targets)}"
        )
    numbers = np.asarray(targets, np.float32).reshape(len(targets), -1)
    if not np.isfinite(numbers).all():
        raise ValueError(f"Expected {kind} that are numbers; received {_first(targets, ~np.isfinite(numbers))}.")
    if kind == "labels" and not ((numbers == 0) | (numbers == 1)).all():
        wrong = _first(targets, (numbers != 0) & (numbers != 1))
        raise ValueError(f"Expected labels, each 0 for no or 1 for yes; received {wrong}.")
    return numbers


def _first(targets: Array, wrong: Array) -> str:
    row = int(wrong.any(axis=1).argmax())
    return f"{targets[row]} for sample {row}"


def _class_numbers(targets: Array, names: tuple[str, ...] | None) -> Array:
    if targets.ndim != 1 or targets.dtype.kind not in "iu":
        raise ValueError(
            f"Expected class numbers, shape (n,); received {targets.dtype} of shape {targets.shape}."
            f"{_as_class_numbers(targets)}"
        )
    numbers = targets.astype(np.intp)
    if numbers.size and (numbers.min() < 0 or (names and numbers.max() >= len(names))):
        highest = f"to {len(names) - 1}" if names else "up"
        raise ValueError(
            f"Expected class numbers from 0 {highest}; received {numbers.min()} to {numbers.max()}. For numbers that "
            f'are to be foretold rather than told apart, say target_kind="values".'
        )
    return numbers


def _as_class_numbers(targets: Array) -> str:
    """The end of a sentence that refuses targets: how they become numbers of classes."""
    if targets.dtype.kind in "USO":
        return " Names of classes become numbers by names, targets = np.unique(targets, return_inverse=True)."
    if targets.ndim == 2 and targets.shape[1] > 1:
        return " Rows with a single 1 become numbers by targets.argmax(axis=1)."
    return " Whole numbers are taken: targets.ravel().astype(int)."
