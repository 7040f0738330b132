"""The coefficient of determination."""

from typing import ClassVar

import numpy as np

from nn_engine.declarations import register
from nn_engine.metrics.metric import Metric
from nn_engine.types import Array, Floats


@register("r_squared", label="R²")
class RSquared(Metric):
    """The share of the targets' variance that the answers explain: 1 - Σ(y - t)² / Σ(t - mean t)², mean over outputs.

    1 is perfect, 0 as good as always giving the mean, and below that worse. An output whose targets are all the same
    has no variance to explain: it counts as 1 where it is met exactly, else as 0.
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("values",)

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        """See Metric: Σ t, Σ t² and Σ (y - t)² of every output, (3 · outputs,)."""
        t = targets.astype(np.float64)
        return np.concatenate([t.sum(axis=0), np.square(t).sum(axis=0), np.square(outputs - t).sum(axis=0)])

    def value(self, counts: Floats, samples: int) -> float:
        total, squares, errors = counts.reshape(3, -1)
        variation = squares - total * total / samples
        varies = variation > 1e-14 * squares  # anything less is what rounding left of equal targets
        explained = 1 - np.divide(errors, variation, out=np.where(errors > 0, 1.0, 0.0), where=varies)
        return float(explained.mean())
