"""Where a data set comes from, as an experiment names it."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from nn_engine.data.dataset import Dataset, Task
from nn_engine.declarations import Declaration


@dataclass(frozen=True)
class LoadedData:
    """A data set in memory. The test set is kept apart: nothing is trained on it or chosen by it."""

    train: Dataset
    test: Dataset

    @property
    def task(self) -> Task:
        """What is asked of a network."""
        return self.train.task


class DataSource(Declaration):
    """A data set that can be loaded."""

    family: ClassVar[str] = "dataset"

    @abstractmethod
    def load(self) -> LoadedData:
        """Read it. Raises ValueError or OSError naming the file and the fault."""
