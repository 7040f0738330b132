"""Huber's loss: squared for small errors, absolute for large ones."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.losses.loss import Loss, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("huber")
class Huber(Loss):
    """The mean over outputs of e²/2 where the error e = |y - t| is up to δ, else δ·(e - δ/2) (Huber, 1964).

    So ∂L/∂y is y - t held between -δ and δ, divided by the number of outputs. With c = min(e, δ) both cases are
    c·(e - c/2).
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("values",)

    delta: Annotated[float, Setting("The error from which on the loss grows evenly.", low=1e-6, high=1e6)] = 1.0

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        error = np.abs(outputs - targets)
        near = np.minimum(error, self.delta)
        return np.asarray((near * (error - near / 2)).mean(axis=1))

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        count = outputs.shape[1]
        grad = np.subtract(outputs, targets, out=scratch(workspace, "grad", outputs))
        error = np.abs(grad, out=scratch(workspace, "each", outputs))
        near = np.minimum(error, self.delta, out=scratch(workspace, "near", outputs))
        near *= -0.5
        error += near
        near *= -2
        error *= near
        np.clip(grad, -self.delta, self.delta, out=grad)
        grad *= 1 / (samples * count)
        return total_of(error) / count, grad

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        """See Loss: where the gradients of all samples cancel, found by halving the range in which that must be."""
        t = targets.astype(np.float64)
        low, high = t.min(axis=0), t.max(axis=0)
        for _ in range(60):
            middle = (low + high) / 2
            too_low = np.clip(t - middle, -self.delta, self.delta).sum(axis=0) > 0
            low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
        return np.asarray((low + high) / 2)
