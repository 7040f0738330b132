"""Mean absolute error, which a few far-off values do not lead astray."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.losses.loss import Loss, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("mean_absolute_error")
class MeanAbsoluteError(Loss):
    """The mean over outputs of |y - t|, so ∂L/∂y = sign(y - t)/outputs, and 0 where the answer is right.

    The least absolute deviations of Boscovich (1757).
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("values",)

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        return np.asarray(np.abs(outputs - targets).mean(axis=1))

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        count = outputs.shape[1]
        grad = np.subtract(outputs, targets, out=scratch(workspace, "grad", outputs))
        total = total_of(np.abs(grad, out=scratch(workspace, "each", outputs))) / count
        np.sign(grad, out=grad)
        grad *= 1 / (samples * count)
        return total, grad

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        """See Loss: the median of each output."""
        return np.asarray(np.median(targets, axis=0))
