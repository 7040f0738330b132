"""Cross-entropy for outputs that are each a yes or a no."""

from typing import ClassVar

import numpy as np

from nn_engine.activations.sigmoid import sigmoid
from nn_engine.declarations import register
from nn_engine.losses.loss import Loss, as_values, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("binary_cross_entropy")
class BinaryCrossEntropy(Loss):
    """For outputs that are probabilities of their own: L = -mean over outputs of t·log p + (1 - t)·log(1 - p).

    With sigmoid before it, on the logits z: L = mean of max(z, 0) - z·t + log(1 + exp(-|z|)), and ∂L/∂z = (p -
    t)/outputs. Its minimum is the most likely fit (Cox, 1958).
    """

    pairs_with: ClassVar[str] = "sigmoid"
    target_kinds: ClassVar[tuple[str, ...]] = ("labels", "classes")
    usual_for: ClassVar[str] = "labels"

    def check_output(self, output_fn: str, output_size: int) -> None:
        if output_fn not in ("sigmoid", "softmax"):
            raise ValueError(
                f"binary_cross_entropy needs probabilities: expected a last layer with fn sigmoid; "
                f"received {output_fn or 'no activation'}."
            )

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        t = as_values(targets, outputs)
        if paired:
            losses = np.maximum(outputs, 0) - outputs * t + np.log1p(np.exp(-np.abs(outputs)))
        else:
            p = self._inside(outputs)
            losses = -(t * np.log(p) + (1 - t) * np.log1p(-p))
        return np.asarray(losses.mean(axis=1))

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        count = outputs.shape[1]
        t, grad = as_values(targets, outputs, workspace), scratch(workspace, "grad", outputs)
        if not paired:
            return self._from_probabilities(outputs, t, samples, workspace)
        each = np.abs(outputs, out=scratch(workspace, "each", outputs))
        np.negative(each, out=each)
        np.exp(each, out=each)
        np.log1p(each, out=each)
        each += np.maximum(outputs, 0, out=grad)
        each -= np.multiply(outputs, t, out=grad)
        sigmoid(outputs, out=grad)
        grad -= t
        grad *= 1 / (samples * count)
        return total_of(each) / count, grad

    def _from_probabilities(
        self, outputs: Floats, t: Floats, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        count, grad = outputs.shape[1], scratch(workspace, "grad", outputs)
        p = self._inside(outputs, out=scratch(workspace, "p", outputs))
        each = np.log(p, out=scratch(workspace, "each", outputs))
        each *= t
        against = np.negative(p, out=scratch(workspace, "against", outputs))
        np.log1p(against, out=against)
        against *= np.subtract(1, t, out=grad)
        each += against
        total = -total_of(each) / count
        np.subtract(1, p, out=each)
        each *= p
        each *= samples * count
        np.subtract(p, t, out=grad)
        grad /= each
        return total, grad

    @staticmethod
    def _inside(probabilities: Floats, out: Floats | None = None) -> Floats:
        """Probabilities kept off 0 and 1 by the smallest step the type can tell from 1, so that logarithms exist."""
        edge = np.finfo(probabilities.dtype).eps
        return np.asarray(np.clip(probabilities, edge, 1 - edge, out=out))
