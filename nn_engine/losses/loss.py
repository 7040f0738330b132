"""What a loss is."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from nn_engine.declarations import Declaration
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace

_AT_ONCE = 10_000
"""How many samples a constant guess is compared with at a time."""


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
    takes_shares: ClassVar[bool] = True
    """Whether the target of a class may also be a row of shares, (n, outputs), as MixUp makes them."""
    usual_for: ClassVar[str] = ""
    """The kind of targets for which it is the first to try."""

    def check_output(self, output_fn: str, output_size: int) -> None:
        """Raise ValueError in words where a network that ends this way cannot be trained with this loss."""

    @abstractmethod
    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        """How wrong each answer is, (batch,). ``outputs`` (batch, outputs) are logits if ``paired``; left as they are.

        ``targets`` as ``target_kinds`` says.
        """

    @abstractmethod
    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        """The sum over this batch, and ∂(mean over ``samples``)/∂outputs, (batch, outputs), in scratch memory.

        ``outputs`` are left as they are: the activation they come from may need them on the way back. ``samples`` is
        the size of the whole batch where this is one shard of it. The gradient lies in the workspace, in any order of
        memory, and holds until the next call.
        """

    def constant_guess(self, targets: Array, outputs: int) -> float:
        """The mean loss of always giving the one best answer that ignores the input: what learning has to beat."""
        prior = np.asarray(self.best_constant(targets, outputs), np.float64)
        total = 0.0
        for start in range(0, len(targets), _AT_ONCE):
            part = targets[start : start + _AT_ONCE]
            guesses = np.broadcast_to(prior, (len(part), len(prior)))
            total += float(self.per_sample(guesses, part, paired=False).sum())
        return total / len(targets)

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        """The one output (outputs,) that has the least mean loss on these targets: here the mean target.

        Not every class need be among the targets, so they do not say how many outputs there are.
        """
        if targets.ndim == 1:
            return np.bincount(targets, minlength=outputs) / len(targets)
        return np.asarray(targets.mean(axis=0, dtype=np.float64))


def as_values(targets: Array, outputs: Floats, workspace: Workspace | None = None) -> Floats:
    """Targets in the shape of the outputs: class numbers become rows with a single 1, anything else stays as it is."""
    if targets.ndim == outputs.ndim:
        return targets
    if workspace is None:
        rows = np.zeros_like(outputs)
    else:
        rows = scratch(workspace, "targets", outputs)
        rows.fill(0)
    rows[np.arange(len(targets)), targets] = 1
    return rows


def scratch(workspace: Workspace, what: str, like: Floats) -> Floats:
    """Scratch memory of the loss in the shape of the outputs."""
    return workspace.array(f"loss.{what}", like.shape, like.dtype)


def total_of(values: Floats) -> float:
    """The sum of all values, (batch,) or (batch, outputs): along each sample in their own type, then in float64."""
    each = values if values.ndim == 1 else np.add.reduce(values, axis=1)
    return float(np.add.reduce(each, dtype=np.float64))
