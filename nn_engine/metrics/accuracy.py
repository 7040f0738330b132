"""Accuracy: how many answers are right."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats, Indices

_YES = {True: 0.0, False: 0.5}
"""Above what an output means yes: with logits, and without."""


@register("accuracy")
class Accuracy(Metric):
    """The share of right answers: of samples whose highest output is the right class, or of labels rightly told.

    What is no number is no answer, so it is never right.
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels")
    share: ClassVar[bool] = True
    each_step: ClassVar[bool] = True

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        if targets.ndim == 1:
            return np.array([np.count_nonzero(answered_class(outputs) == targets)], np.float64)
        yes, gone = (self._workspace.array(name, outputs.shape, np.bool_) for name in ("yes", "gone"))
        wrong = np.not_equal(says_yes(outputs, logits, yes), targets, out=yes)
        wrong |= np.isnan(outputs, out=gone)
        return np.array([len(outputs) - np.count_nonzero(wrong) / outputs.shape[1]])


def answered_class(outputs: Floats) -> Indices:
    """The class with the highest output for every sample, (batch,); -1 where one of the outputs is no number."""
    answers: Indices = outputs.argmax(axis=1)  # of what is no number the first counts as the highest
    answers[np.isnan(outputs[np.arange(len(answers)), answers])] = -1
    return answers


def says_yes(outputs: Floats, logits: bool, out: Array | None = None) -> Array:
    """Which labels an answer says yes to: those that are more likely than not; bool in the shape of the outputs."""
    return np.asarray(np.greater(outputs, _YES[logits], out=out))
