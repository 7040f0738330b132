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

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        """See Loss: each class by the mean of what it weighs."""
        shares = np.bincount(targets, minlength=outputs) / len(targets)
        shares = (1 - self.label_smoothing) * shares + self.label_smoothing / outputs
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
        p = np.maximum(outputs, np.finfo(outputs.dtype).tiny, out=scratch(workspace, "each", outputs))
        grad = scratch(workspace, "grad", outputs)
        grad.fill(0)
        if spread is not None:
            np.divide(spread / -samples, p, out=grad)
        own = p[rows, targets]
        grad[rows, targets] -= right / (own * samples)
        losses = np.log(own) * right
        if spread is not None:
            losses += np.log(p, out=p) @ spread
        return -total_of(losses), grad

    def _masses_of_shares(self, shares: Floats, out: Floats | None = None) -> Floats:
        """What every class of each sample weighs, (batch, classes)."""
        masses = np.multiply(shares, 1 - self.label_smoothing, out=out)
        masses += self.label_smoothing / shares.shape[1]
        if self.class_weights is not None:
            masses *= np.asarray(self.class_weights, masses.dtype)
        return np.asarray(masses)

    def _from_shares(
        self, outputs: Floats, shares: Floats, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        grad = scratch(workspace, "grad", outputs)
        masses = self._masses_of_shares(shares, scratch(workspace, "masses", outputs))
        logarithms = _logarithms(outputs, paired, scratch(workspace, "each", outputs), spare=grad)
        np.exp(logarithms, out=grad)
        if paired:
            grad *= masses.sum(axis=1, keepdims=True)
            grad -= masses
        else:
            np.divide(masses, grad, out=grad)
            np.negative(grad, out=grad)
        grad /= samples
        logarithms *= masses
        return -total_of(logarithms), grad


def _logarithms(outputs: Floats, paired: bool, out: Floats | None = None, spare: Floats | None = None) -> Floats:
    """Log p, of logits or of probabilities, (batch, classes); ``spare`` is overwritten."""
    if not paired:
        return np.asarray(np.log(np.maximum(outputs, np.finfo(outputs.dtype).tiny, out=out), out=out))
    logarithms = np.subtract(outputs, outputs.max(axis=1, keepdims=True), out=out)
    logarithms -= np.log(np.exp(logarithms, out=spare).sum(axis=1, keepdims=True))
    return np.asarray(logarithms)
