"""What a loss is."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from nn_engine.declarations import Declaration
from nn_engine.types import Array, Floats


class Loss(Declaration):
    """The number that training makes small: the mean over samples of how wrong each answer is.

    A loss may pair with an output activation: then training hands it that activation's inputs, the logits, where the
    two together are simpler and more exact than one after the other.
    """

    family: ClassVar[str] = "loss"
    pairs_with: ClassVar[str] = ""
    """The output activation whose logits the loss takes, or "" if it always takes outputs."""
    target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels", "values")
    """Which targets it understands: class numbers (n,); labels of 0 and 1, or values, (n, outputs)."""

    def check_output(self, output_fn: str, output_size: int) -> None:
        """Raise ValueError in words where a network that ends this way cannot be trained with this loss."""

    @abstractmethod
    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        """How wrong each answer is, (batch,). ``outputs`` (batch, outputs) are logits if ``paired``; left as they are.

        ``targets`` as ``target_kinds`` says.
        """

    @abstractmethod
    def sum_and_gradient(self, outputs: Floats, targets: Array, paired: bool, samples: int) -> tuple[float, Floats]:
        """The sum over this batch, and ∂(mean over ``samples``)/∂outputs, (batch, outputs), in an array of its own.

        ``outputs`` are left as they are: the activation they come from may need them on the way back. ``samples`` is
        the size of the whole batch where this is one shard of it.
        """

    def constant_guess(self, targets: Array) -> float:
        """The mean loss of always giving the one best answer that ignores the input: what learning has to beat."""
        prior = self.best_constant(targets)
        outputs = np.repeat(prior[np.newaxis].astype(np.float64), len(targets), axis=0)
        return float(self.per_sample(outputs, targets, paired=False).mean())

    def best_constant(self, targets: Array) -> Floats:
        """The one output (outputs,) that has the least mean loss on these targets: here the mean target."""
        if targets.ndim == 1:
            return np.bincount(targets) / len(targets)
        return np.asarray(targets.mean(axis=0, dtype=np.float64))


def as_values(targets: Array, outputs: Floats) -> Floats:
    """Targets in the shape of the outputs: class numbers become rows with a single 1, anything else stays as it is."""
    if targets.ndim == outputs.ndim:
        return targets
    rows = np.zeros_like(outputs)
    rows[np.arange(len(targets)), targets] = 1
    return rows
