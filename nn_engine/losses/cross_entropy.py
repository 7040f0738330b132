"""Cross-entropy for one class out of several."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.losses.loss import Loss
from nn_engine.types import Array, Floats


@register("cross_entropy")
class CrossEntropy(Loss):
    """How surprised the network is by the right class: L = -log p_t for the probability p_t of the target t.

    With softmax before it, on the logits z: L = log Σ_j exp(z_j) - z_t, and ∂L/∂z_j = p_j - [j = t] (Bridle, 1990).
    """

    pairs_with: ClassVar[str] = "softmax"
    target_kinds: ClassVar[tuple[str, ...]] = ("classes",)

    def check_output(self, output_fn: str, output_size: int) -> None:
        if output_fn != "softmax":
            raise ValueError(
                f"cross_entropy needs probabilities that sum to one: expected a last layer with fn softmax; "
                f"received {output_fn or 'no activation'}."
            )

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        rows = np.arange(len(targets))
        if not paired:
            return np.asarray(-np.log(np.maximum(outputs[rows, targets], np.finfo(outputs.dtype).tiny)))
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, targets])

    def sum_and_gradient(self, outputs: Floats, targets: Array, paired: bool, samples: int) -> tuple[float, Floats]:
        """See Loss. Works on the transpose, (classes, batch), where every pass runs along long rows."""
        if not paired:
            return self._from_probabilities(outputs, targets, samples)
        z = outputs.T.copy()
        columns = np.arange(len(targets))
        z -= z.max(axis=0)
        target_scores = z[targets, columns]
        np.exp(z, out=z)
        sums = z.sum(axis=0)
        total = float((np.log(sums) - target_scores).sum(dtype=np.float64))
        sums *= samples
        z /= sums
        z[targets, columns] -= 1 / samples
        return total, np.ascontiguousarray(z.T)

    @staticmethod
    def _from_probabilities(outputs: Floats, targets: Array, samples: int) -> tuple[float, Floats]:
        rows = np.arange(len(targets))
        chosen = np.maximum(outputs[rows, targets], np.finfo(outputs.dtype).tiny)
        grad = np.zeros_like(outputs)
        grad[rows, targets] = -1 / (chosen * samples)
        return float(-np.log(chosen).sum(dtype=np.float64)), grad
