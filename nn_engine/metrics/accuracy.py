"""Accuracy: how many answers are right."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats

_YES = {True: 0.0, False: 0.5}
"""Above what an output means yes: with logits, and without."""


@register("accuracy")
class Accuracy(Metric):
    """The share of right answers: of samples whose highest output is the right class, or of labels rightly told."""

    target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels")
    share: ClassVar[bool] = True
    each_step: ClassVar[bool] = True

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        if targets.ndim == 1:
            return np.array([np.count_nonzero(outputs.argmax(axis=1) == targets)], np.float64)
        yes = says_yes(outputs, logits, self._workspace.array("yes", outputs.shape, np.bool_))
        wrong = np.not_equal(yes, targets, out=yes)
        return np.array([len(outputs) - np.count_nonzero(wrong) / outputs.shape[1]])


def says_yes(outputs: Floats, logits: bool, out: Array | None = None) -> Array:
    """Which labels an answer says yes to: those that are more likely than not; bool in the shape of the outputs."""
    return np.asarray(np.greater(outputs, _YES[logits], out=out))
