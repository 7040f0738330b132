"""Bending an image like rubber."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws, FillingAugmentation, for_each
from nn_engine.data.augmentation.geometric import GeometricAugmentation
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats

_KEPT = 0.995
"""The share of the variance that the modes of a field have to hold; what is left is finer than any of them."""


@register("elastic", label="elastic")
class Elastic(GeometricAugmentation, FillingAugmentation):
    """Bends each image by a smooth random field, as the muscles of a writing hand do.

    The field is white noise smoothed by a Gaussian of width σ (Simard, Steinkraus and Platt, 2003), so that the
    displacements of two points d apart have the covariance s²·exp(-d²/4σ²), s being how far points move. This
    covariance is a product of one along x and one along y; their eigenvectors √λ·v give the field as a sum of few
    modes, each with a normally distributed coefficient of its own (the Karhunen-Loève expansion): for 28×28 pixels and
    the usual smoothness about 40 numbers stand for 784.
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

    def modes(self, height: int, width: int) -> Floats:
        """See GeometricAugmentation: scaled so that every pixel's displacement has the variance 1."""
        sigma = self.smoothness / 100 * min(height, width)
        down, across = _smooth_lines(height, sigma), _smooth_lines(width, sigma)
        modes = (down[:, np.newaxis, :, np.newaxis] * across[:, np.newaxis]).reshape(-1, height * width)
        weights = np.square(modes).sum(axis=1)
        order = np.argsort(-weights, kind="stable")
        needed = 1 + int(np.searchsorted(np.cumsum(weights[order]), _KEPT * weights.sum()))
        kept = modes[order[:needed]]
        return np.asarray(kept / np.sqrt(np.square(kept).sum(axis=0)))

    def draw_bends(self, draws: Draws, rng: np.random.Generator, out: Floats) -> None:
        rng.standard_normal(out=out, dtype=out.dtype.type)
        out *= for_each(draws["elastic"], out)


def _smooth_lines(size: int, sigma: float) -> Floats:
    """The eigenvectors √λ·v of exp(-d²/4σ²) on a line of so many pixels, (lines, size); those that matter."""
    place = np.arange(size)
    covariance = np.exp(-np.square(place[:, np.newaxis] - place) / (4 * sigma**2))
    variances, lines = np.linalg.eigh(covariance)
    matter = variances > (1 - _KEPT) / 10 * variances[-1]
    return np.asarray((lines[:, matter] * np.sqrt(variances[matter])).T)
