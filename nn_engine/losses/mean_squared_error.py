"""Mean squared error, for values rather than classes."""

import numpy as np

from nn_engine.declarations import register
from nn_engine.losses.loss import Loss, as_values
from nn_engine.types import Array, Floats


@register("mean_squared_error")
class MeanSquaredError(Loss):
    """The mean over outputs of (y - t)², so ∂L/∂y = 2·(y - t)/outputs. Classes count as rows with a single 1."""

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        return np.asarray(np.square(outputs - as_values(targets, outputs)).mean(axis=1))

    def sum_and_gradient(self, outputs: Floats, targets: Array, paired: bool, samples: int) -> tuple[float, Floats]:
        grad = outputs - as_values(targets, outputs)
        total = float(np.square(grad).sum(dtype=np.float64)) / outputs.shape[1]
        grad *= 2 / (samples * outputs.shape[1])
        return total, grad
