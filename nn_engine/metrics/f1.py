"""Precision, recall and F1: which classes are mistaken for others, and which are missed."""

from typing import ClassVar, NamedTuple

import numpy as np

from nn_engine.declarations import register
from nn_engine.metrics.accuracy import answered_class, says_yes
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats


class PerClass(NamedTuple):
    """Each (classes,); 0 where there is nothing to take a share of."""

    precision: Floats
    """Of the samples answered with this class, the share that is of it."""
    recall: Floats
    """Of the samples of this class, the share answered with it."""
    f1: Floats
    """The harmonic mean of the two, 2·hits / (answered + there)."""


def per_class(hits: Array, answered: Array, there: Array) -> PerClass:
    """Precision, recall and F1 of every class from three counts each: answered rightly, answered at all, there."""
    return PerClass(_share(hits, answered), _share(hits, there), _share(2 * hits, answered + there))


@register("macro_f1", label="macro F1")
class MacroF1(Metric):
    """The mean F1 over all classes or labels that occur or are answered, rare ones as much as frequent ones.

    (1/K) Σ_c 2·hits_c / (answered_c + there_c) over these K classes, as scikit-learn counts them: one that is answered
    and never there counts as 0 (van Rijsbergen, 1979, for the F measure).
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("classes", "labels")
    share: ClassVar[bool] = True

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        """See Metric: hits, answers and occurrences of every class, (3 · classes,)."""
        if targets.ndim == 1:
            answers = answered_class(outputs)
            counted = (targets[answers == targets], answers[answers >= 0], targets)
            parts = [np.bincount(each, minlength=outputs.shape[1]) for each in counted]
        else:
            yes, there = says_yes(outputs, logits), targets > 0.5
            parts = [np.count_nonzero(each, axis=0) for each in (yes & there, yes, there)]
        return np.concatenate(parts).astype(np.float64)

    def value(self, counts: Floats, samples: int) -> float:
        hits, answered, there = counts.reshape(3, -1)
        occurs = answered + there > 0
        return float(per_class(hits, answered, there).f1[occurs].mean()) if occurs.any() else 0.0


def _share(part: Array, whole: Array) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
