"""Bending an image like rubber."""

import math
from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws, FillingAugmentation, for_each
from nn_engine.data.augmentation.geometric import GeometricAugmentation
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats, Indices

_KEPT = 0.995
"""The share of the variance that the modes of a field have to hold; what is left is finer than any of them."""
_NEGLECTED = (1 - _KEPT) / 10
"""The variance along a line, beside the largest, from which on it is not looked at."""
_ROUNDING = 1e-9
"""Variances that are closer to each other may be the same but for rounding."""


@register("elastic", label="elastic")
class Elastic(GeometricAugmentation, FillingAugmentation):
    """Bends each image by a smooth random field, as the muscles of a writing hand do.

    The field is white noise smoothed by a Gaussian of width σ (Simard, Steinkraus and Platt, 2003), so that the
    displacements of two points d apart have the covariance s²·exp(-d²/4σ²), s being how far points move. This
    covariance is a product of one along x and one along y; their eigenvectors √λ·v give the field as a sum of few
    modes, each with a normally distributed coefficient of its own (the Karhunen-Loève expansion): for 28×28 pixels and
    the usual smoothness 28 numbers along each axis stand for 784.
    """

    strength: Annotated[
        float,
        Setting(
            "The farthest that points typically move (one standard deviation); how far is drawn for each image.",
            low=0,
            high=64,
            unit="px",
            live=True,
            label="elastic",
            usual=(0, 4),
        ),
    ] = 1.5
    smoothness: Annotated[
        float,
        Setting(
            "How far the bends reach, as a share of the shorter side of the image.",
            low=10,
            high=100,
            unit="%",
            live=True,
            usual=(10, 40),
        ),
    ] = 15.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``elastic``, how far points typically move along each axis, in pixels."""
        return {"elastic": rng.uniform(0, self.strength, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"elastic": 0.0}

    def _sigma(self, height: int, width: int) -> float:
        return self.smoothness / 100 * min(height, width)

    def modes(self, height: int, width: int) -> Floats:
        """See GeometricAugmentation: scaled so that every pixel's displacement has the variance 1."""
        sigma = self._sigma(height, width)
        down, across = _smooth_lines(height, sigma), _smooth_lines(width, sigma)
        rows, columns = _heaviest(down, across)
        modes: Floats = (down[rows, :, np.newaxis] * across[columns, np.newaxis]).reshape(len(rows), -1)
        variances = np.zeros(height * width)
        for mode in modes:
            variances += np.square(mode)
        modes /= np.sqrt(variances)
        return modes

    def most_modes(self, height: int, width: int) -> int:
        """See GeometricAugmentation.

        Along a line of length l, waves up to the frequency at which exp(-σ²k²) is too small to matter, and two for its
        ends: as many as there are pixels, or 2 + l/π·√(-log of that) / σ.
        """
        reach = math.sqrt(-math.log(_NEGLECTED)) / (math.pi * self._sigma(height, width))
        return math.prod(min(size, 2 + math.ceil(reach * size)) for size in (height, width))

    def draw_bends(self, draws: Draws, rng: np.random.Generator, out: Floats) -> None:
        rng.standard_normal(out=out, dtype=out.dtype.type)
        out *= for_each(draws["elastic"], out)


def _heaviest(down: Floats, across: Floats) -> tuple[Indices, Indices]:
    """Of all products of a line down and a line across the few that hold the variance: which of each, heaviest first.

    They are chosen by products of eigenvalues, before any of them is formed.
    """
    shares = np.outer(np.square(down).sum(axis=1), np.square(across).sum(axis=1)).ravel()
    falling = np.sort(shares)[::-1]
    needed = 1 + int(np.searchsorted(np.cumsum(falling), _KEPT * shares.sum()))
    rows, columns = np.divmod(np.flatnonzero(shares > (1 - _ROUNDING) * falling[needed - 1]), len(across))
    # A mode and its mirror image weigh the same but for rounding. Which of them goes first has always been decided by
    # the rounded sums of their squares, and stays so, that a seed bends images as ever.
    weights = [np.square(np.outer(down[i], across[j])).sum() for i, j in zip(rows, columns, strict=True)]
    order = np.argsort(np.negative(weights), kind="stable")[:needed]
    return rows[order], columns[order]


def _smooth_lines(size: int, sigma: float) -> Floats:
    """The eigenvectors √λ·v of exp(-d²/4σ²) on a line of so many pixels, (lines, size); those that matter."""
    place = np.arange(size)
    covariance = np.exp(-np.square(place[:, np.newaxis] - place) / (4 * sigma**2))
    variances, lines = np.linalg.eigh(covariance)
    matter = variances > _NEGLECTED * variances[-1]
    return np.asarray((lines[:, matter] * np.sqrt(variances[matter])).T)
