"""Cross-entropy for one class out of several."""

from typing import Annotated, Any, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.losses.loss import Loss, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("cross_entropy")
class CrossEntropy(Loss):
    """How surprised the network is by the right class: L = -log p_t for the probability p_t of the target t.

    With softmax before it, on the logits z: L = log Σ_j exp(z_j) - z_t, and ∂L/∂z_j = p_j - [j = t] (Bridle, 1990).

    With smoothing ε (Szegedy et al., 2016) and a weight w_j for each of K classes it is L = -Σ_j m_j log p_j, where
    m_j = w_j · ((1 - ε)[j = t] + ε/K), so ∂L/∂z_j = p_j · Σ_k m_k - m_j. The mean over samples stays a mean over
    samples; it is not divided by their weights.

    A target may also be a row of shares t_j, as of samples that were mixed: they then stand for [j = t].
    """

    pairs_with: ClassVar[str] = "softmax"
    target_kinds: ClassVar[tuple[str, ...]] = ("classes",)
    usual_for: ClassVar[str] = "classes"

    label_smoothing: Annotated[
        float,
        Setting(
            "The share of the target that is spread over all classes, against too much certainty.",
            low=0,
            high=1,
            high_open=True,
            usual=(0, 0.3),
        ),
    ] = 0.0
    class_weights: Annotated[
        tuple[float, ...] | None,
        Setting(
            "How much a mistake counts, one number for each class; none counts all alike.",
            low=0.001,
            high=1000,
            none="all alike",
        ),
    ] = None

    def check_output(self, output_fn: str, output_size: int) -> None:
        if output_fn != "softmax":
            raise ValueError(
                f"cross_entropy needs probabilities that sum to one: expected a last layer with fn softmax; "
                f"received {output_fn or 'no activation'}."
            )
        if self.class_weights is not None and len(self.class_weights) != output_size:
            raise ValueError(
                f"cross_entropy.class_weights: expected one number for each of {output_size} classes; "
                f"received {len(self.class_weights)}."
            )

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        logarithms = _logarithms(outputs, paired)
        if targets.ndim > 1:
            return np.asarray(-(logarithms * self._masses_of_shares(targets)).sum(axis=1))
        right, spread = self._masses(targets, outputs.shape[1], outputs.dtype)
        losses: Floats = logarithms[np.arange(len(targets)), targets] * right
        if spread is not None:
            losses += logarithms @ spread
        return np.asarray(-losses)

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        """See Loss. Works on the transpose, (classes, batch), where every pass runs along long rows."""
        if targets.ndim > 1:
            return self._from_shares(outputs, targets, paired, samples, workspace)
        if not paired:
            return self._from_probabilities(outputs, targets, samples, workspace)
        count, classes = outputs.shape
        right, spread = self._masses(targets, classes, outputs.dtype)
        z = workspace.array("loss.scores", (classes, count), outputs.dtype)
        row = workspace.array("loss.row", (count,), outputs.dtype)
        np.copyto(z, outputs.T)
        z -= np.maximum.reduce(z, axis=0, out=row)
        flat, places = z.reshape(-1), targets * count + np.arange(count)
        score = flat.take(places)  # of the right class
        around = None if spread is None else spread @ z
        np.exp(z, out=z)
        np.add.reduce(z, axis=0, out=row)
        losses = np.log(row)
        if spread is None:
            everything = right
            losses -= score
            losses *= right
        else:
            everything = right + spread.sum()
            losses *= everything
            losses -= score * right
            losses -= around
        z *= np.divide(everything / samples, row, out=row)
        if spread is not None:
            z -= spread[:, np.newaxis] / samples
        flat[places] = flat.take(places) - right / samples  # half the time of -=
        return total_of(losses), z.T

    def best_constant(self, targets: Array) -> Floats:
        """See Loss: each class by the mean of what it weighs."""
        shares = np.bincount(targets, minlength=len(self.class_weights or ())) / len(targets)
        shares = (1 - self.label_smoothing) * shares + self.label_smoothing / len(shares)
        if self.class_weights is not None:
            shares *= self.class_weights
        return np.asarray(shares / shares.sum())

    def _masses(self, targets: Array, classes: int, dtype: Any) -> tuple[Any, Floats | None]:
        """What the right class of each sample weighs, one number or (batch,), and every class besides, (classes,)."""
        keep, share = 1.0 - self.label_smoothing, self.label_smoothing / classes
        if self.class_weights is None:
            return keep, np.full(classes, share, dtype) if share else None
        weights = np.asarray(self.class_weights, dtype)
        return (keep * weights)[targets], share * weights if share else None

    def _from_probabilities(
        self, outputs: Floats, targets: Array, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        right, spread = self._masses(targets, outputs.shape[1], outputs.dtype)
        rows = np.arange(len(targets))
        p = np.maximum(outputs, np.finfo(outputs.dtype).tiny)
        grad = scratch(workspace, "grad", outputs)
        grad.fill(0)
        if spread is not None:
            np.divide(spread / -samples, p, out=grad)
        grad[rows, targets] -= right / (p[rows, targets] * samples)
        return total_of(self.per_sample(outputs, targets, paired=False)), grad

    def _masses_of_shares(self, shares: Floats) -> Floats:
        """What every class of each sample weighs, (batch, classes)."""
        masses: Floats = (1 - self.label_smoothing) * shares + self.label_smoothing / shares.shape[1]
        return masses if self.class_weights is None else masses * np.asarray(self.class_weights, shares.dtype)

    def _from_shares(
        self, outputs: Floats, shares: Floats, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        masses, logarithms = self._masses_of_shares(shares), _logarithms(outputs, paired)
        grad = scratch(workspace, "grad", outputs)
        np.exp(logarithms, out=grad)
        if paired:
            grad *= masses.sum(axis=1, keepdims=True)
            grad -= masses
        else:
            np.divide(-masses, grad, out=grad)
        grad /= samples
        logarithms *= masses
        return total_of(-logarithms.sum(axis=1)), grad


def _logarithms(outputs: Floats, paired: bool) -> Floats:
    """Log p, of logits or of probabilities, (batch, classes)."""
    if not paired:
        return np.asarray(np.log(np.maximum(outputs, np.finfo(outputs.dtype).tiny)))
    logarithms: Floats = outputs - outputs.max(axis=1, keepdims=True)
    logarithms -= np.log(np.exp(logarithms).sum(axis=1, keepdims=True))
    return logarithms
