"""Metrics: what a person wants to know of the answers, beside the loss.

Offered by the task: accuracy, for instance, means something for classes only.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from nn_engine.data.dataset import Task
from nn_engine.declarations import register, registered
from nn_engine.types import Array, Floats


class Metric(ABC):
    """A number averaged over samples."""

    family: ClassVar[str] = "metric"
    registered_name: ClassVar[str] = ""
    target_kinds: ClassVar[tuple[str, ...]] = ()
    """The kinds of targets for which it means something."""
    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def total(self, outputs: Floats, targets: Array) -> float:
        """The sum over a batch of what each answer scores. ``outputs`` (batch, outputs) may be logits."""


@register("accuracy")
class Accuracy(Metric):
    """The share of samples whose highest output is the right class."""

    target_kinds: ClassVar[tuple[str, ...]] = ("classes",)

    def total(self, outputs: Floats, targets: Array) -> float:
        return float(np.count_nonzero(outputs.argmax(axis=1) == targets))


def metrics_for(task: Task) -> dict[str, Metric]:
    """Every metric that means something for this task, by name."""
    return {name: cls() for name, cls in registered("metric").items() if task.target_kind in cls.target_kinds}  # type: ignore[attr-defined]


def higher_is_better(name: str) -> bool:
    """Whether a higher value of this metric, such as ``val_accuracy``, is better; for any loss it is not."""
    plain = name.removeprefix("val_")
    return plain != "loss" and bool(registered("metric")[plain].higher_is_better)  # type: ignore[attr-defined]
