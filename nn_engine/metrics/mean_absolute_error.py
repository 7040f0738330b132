"""The mean absolute error, in the targets' own unit."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats


@register("mean_absolute_error")
class MeanAbsoluteErrorMetric(Metric):
    """How far off an answer is on average, in the unit of the values: the mean over samples and outputs of |y - t|."""

    target_kinds: ClassVar[tuple[str, ...]] = ("values",)
    higher_is_better: ClassVar[bool] = False

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        return np.array([np.abs(outputs - targets).sum(dtype=np.float64) / outputs.shape[1]])
