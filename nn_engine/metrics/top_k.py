"""Top-k accuracy: whether the right class is among the first few."""

from typing import ClassVar

import numpy as np

from nn_engine.data.dataset import Task
from nn_engine.declarations import register
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats


class TopKAccuracy(Metric):
    """The share of samples whose right class is among the k highest outputs.

    Offered for at least five times as many classes: among fewer a guess would often be right.
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("classes",)
    share: ClassVar[bool] = True
    k: ClassVar[int]

    @classmethod
    def suits(cls, task: Task) -> bool:
        return super().suits(task) and task.output_size >= 5 * cls.k

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        own = outputs[np.arange(len(targets)), targets][:, np.newaxis]
        # Of equal outputs the first counts as higher, as it does for accuracy. What is no number is behind nothing and
        # has nothing behind it, so a network whose outputs have gone is never right.
        later = (outputs == own) & (np.arange(outputs.shape[1]) > targets[:, np.newaxis])
        behind = np.count_nonzero((outputs < own) | later, axis=1)
        return np.array([np.count_nonzero(behind >= outputs.shape[1] - self.k)], np.float64)


@register("top_3_accuracy", label="top-3 accuracy")
class Top3Accuracy(TopKAccuracy):
    """The share of samples whose right class is among the three highest outputs."""

    k: ClassVar[int] = 3


@register("top_5_accuracy", label="top-5 accuracy")
class Top5Accuracy(TopKAccuracy):
    """The share of samples whose right class is among the five highest outputs."""

    k: ClassVar[int] = 5
