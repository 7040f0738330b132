"""What a metric is: numbers that are counted over all samples, and one number that follows from them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from nn_engine.data.dataset import Task
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


class Metric(ABC):
    """A number that says how good the answers to some samples are.

    Samples come in parts. What is counted in each part is put together, and only then made into the number; so a
    metric need not be a mean over samples.
    """

    family: ClassVar[str] = "metric"
    registered_name: ClassVar[str] = ""
    target_kinds: ClassVar[tuple[str, ...]] = ()
    """The kinds of targets for which it means something."""
    higher_is_better: ClassVar[bool] = True
    share: ClassVar[bool] = False
    """Whether it is a share of all, from 0 to 1, which a person reads in percent."""
    each_step: ClassVar[bool] = False
    """Whether it is cheap, and says enough about one batch, to be taken at every training step; its counts are sums."""

    def __init__(self) -> None:
        self._workspace = Workspace()

    @classmethod
    def suits(cls, task: Task) -> bool:
        """Whether it means something for this task."""
        return task.target_kind in cls.target_kinds

    @abstractmethod
    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        """What is to be known of these samples: float64, of a length that depends on the task alone.

        ``outputs`` (batch, outputs) stay as they are; with ``logits`` they lack the activation that the loss pairs
        with.
        """

    def together(self, counts: Floats, more: Floats) -> Floats:
        """What ``counts`` would be for the samples of two parts: here the sum."""
        return counts + more

    def value(self, counts: Floats, samples: int) -> float:
        """The metric of so many samples, from all their counts: here the mean of the only one."""
        return float(counts[0]) / samples


def count(metrics: Mapping[str, Metric], outputs: Floats, targets: Array, logits: bool) -> dict[str, Floats]:
    """What every metric counts in some samples, by name."""
    return {name: metric.counts(outputs, targets, logits) for name, metric in metrics.items()}


def add_up(metrics: Mapping[str, Metric], sums: dict[str, Floats], counts: Mapping[str, Floats]) -> None:
    """Add what was counted in some samples to ``sums``, which begins empty."""
    for name, values in counts.items():
        sums[name] = metrics[name].together(sums[name], values) if name in sums else values


def values_of(sums: Mapping[str, Floats], metrics: Mapping[str, Metric], samples: int) -> dict[str, float]:
    """Every metric of so many samples by name, from the sums of its counts."""
    return {name: metric.value(sums[name], samples) for name, metric in metrics.items() if name in sums}
