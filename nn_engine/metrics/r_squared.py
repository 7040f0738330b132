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
    has no variance to explain: it counts as 1 where it is met exactly, else as 0 (Wright, 1921).

    Parts are put together by their means and the squares about them: with n = n_a + n_b samples and δ = m_b - m_a,
    m = m_a + δ·n_b/n and s = s_a + s_b + δ²·n_a·n_b/n (Chan, Golub and LeVeque, 1979). Σ t² - (Σ t)²/n would cancel
    where the targets lie far from zero.
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("values",)

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        """See Metric: n, mean t, Σ (t - mean t)² and Σ (y - t)² of every output, (4 · outputs,)."""
        t = targets.astype(np.float64)
        errors = np.square(outputs - t).sum(axis=0)
        near = t - t[0]  # from the first one: where all targets are the same, exactly nothing
        ahead = near.mean(axis=0)
        squares = np.square(near - ahead).sum(axis=0)
        return np.concatenate([np.full_like(ahead, len(t)), t[0] + ahead, squares, errors])

    def together(self, counts: Floats, more: Floats) -> Floats:
        a, mean_a, squares_a, errors_a = counts.reshape(4, -1)
        b, mean_b, squares_b, errors_b = more.reshape(4, -1)
        apart, share = mean_b - mean_a, b / (a + b)
        squares = squares_a + squares_b + apart * apart * a * share
        return np.concatenate([a + b, mean_a + apart * share, squares, errors_a + errors_b])

    def value(self, counts: Floats, samples: int) -> float:
        _, _, variation, errors = counts.reshape(4, -1)
        varies = variation > 0
        unexplained = np.where(errors == 0, 0.0, 1.0)  # also where an answer is no number
        explained = 1 - np.divide(errors, variation, out=unexplained, where=varies)
        return float(explained.mean())
