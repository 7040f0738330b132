"""Which class is taken for which: the confusion matrix, and what follows from it for every class."""

from dataclasses import dataclass

import numpy as np

from nn_engine.data.augmentation import Augmentation
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.evaluation import answers_to
from nn_engine.metrics import per_class
from nn_engine.metrics.accuracy import says_yes
from nn_engine.metrics.f1 import PerClass
from nn_engine.network import Network
from nn_engine.types import Array


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class was answered with each."""

    names: tuple[str, ...]
    matrix: Array
    """(classes, classes): row for what it is, column for what was answered."""

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(self.matrix.trace() / self.matrix.sum())

    @property
    def support(self) -> Array:
        """How many samples of each class there are, (classes,)."""
        return np.asarray(self.matrix.sum(axis=1))

    @property
    def per_class(self) -> PerClass:
        """Precision, recall and F1 of every class."""
        return per_class(self.matrix.diagonal(), self.matrix.sum(axis=0), self.support)

    @property
    def macro(self) -> tuple[float, float, float]:
        """The means of precision, recall and F1 over all classes that occur or are answered, each counting as much."""
        occurs = self.support + self.matrix.sum(axis=0) > 0
        precision, recall, f1 = (float(values[occurs].mean()) for values in self.per_class)
        return precision, recall, f1

    def mistakes(self) -> list[tuple[int, int, int]]:
        """What was taken for something else: (what it is, what was answered, how often), the most frequent first."""
        found = [(int(row), int(column), int(self.matrix[row, column])) for row, column in np.argwhere(self.matrix)]
        return sorted((each for each in found if each[0] != each[1]), key=lambda each: (-each[2], each))


def confusion(
    network: Network,
    data: Dataset,
    preprocessing: Preprocessing,
    augmentation: tuple[Augmentation, ...] = (),
    draws: int = 8,
) -> Confusion:
    """The confusion matrix of a network on data in classes; with ``augmentation``, of the answers ``evaluate`` judges.

    Raises ValueError for other data, and where the data does not fit the network.
    """
    task = data.task
    if task.target_kind != "classes":
        raise ValueError(f"A confusion matrix is for classes; the data has {task.target_kind}.")
    size = task.output_size
    cells = np.zeros(size * size, np.int64)
    for batch, outputs in answers_to(network, data, preprocessing, augmentation, draws):
        cells += np.bincount(batch.targets * size + outputs.argmax(axis=1), minlength=size * size)
    return Confusion(task.names, cells.reshape(size, size))


def label_confusions(
    network: Network,
    data: Dataset,
    preprocessing: Preprocessing,
    augmentation: tuple[Augmentation, ...] = (),
    draws: int = 8,
) -> tuple[Confusion, ...]:
    """For data in labels: of every label how often no and yes were answered with no and yes; else as ``confusion``.

    Raises ValueError for other data, and where the data does not fit the network.
    """
    task = data.task
    if task.target_kind != "labels":
        raise ValueError(f"This is for labels; the data has {task.target_kind}.")
    size = task.output_size
    cells = np.zeros(4 * size, np.int64)
    for batch, outputs in answers_to(network, data, preprocessing, augmentation, draws):
        yes, there = says_yes(outputs, logits=False), batch.targets > 0.5
        places = 4 * np.arange(size) + 2 * there + yes
        cells += np.bincount(places.ravel(), minlength=4 * size)
    return tuple(
        Confusion((f"not {name}", name), matrix)
        for name, matrix in zip(task.names, cells.reshape(-1, 2, 2), strict=True)
    )
