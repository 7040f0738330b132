"""Mean squared error, for values rather than classes."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.losses.loss import Loss, as_values, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("mean_squared_error")
class MeanSquaredError(Loss):
    """The mean over outputs of (y - t)², so ∂L/∂y = 2·(y - t)/outputs. Classes count as rows with a single 1.

    The method of least squares (Legendre, 1805; Gauss, 1809).
    """

    usual_for: ClassVar[str] = "values"

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        return np.asarray(np.square(outputs - as_values(targets, outputs)).mean(axis=1))

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        count, t = outputs.shape[1], as_values(targets, outputs, workspace)
        grad = np.subtract(outputs, t, out=scratch(workspace, "grad", outputs))
        total = total_of(np.square(grad, out=scratch(workspace, "each", outputs))) / count
        grad *= 2 / (samples * count)
        return total, grad
