"""Augmentations that move pixels. All neighbours among them make one warp, so that each pixel is read once."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, FillingAugmentation
from nn_engine.types import Floats


class GeometricAugmentation(Augmentation):
    """A change that moves pixels: by a map that is the same all over the image, by a field that bends it, or by both.

    Places are in pixels from the centre of the image, x to the right and y down.
    """

    group: ClassVar[str] = "geometry"
    needs_images: ClassVar[bool] = True

    def matrices(self, draws: Draws) -> Floats:
        """How points move, (n, 2, 3): the new place is ``matrix @ (x, y, 1)``."""
        return unit_matrices(len(next(iter(draws.values()))))

    def modes(self, height: int, width: int) -> Floats:
        """The smooth fields of which its bends are sums, (modes, height · width)."""
        return np.zeros((0, height * width))

    def most_modes(self, height: int, width: int) -> int:
        """At least as many as there are modes, found without the time that they take."""
        return 0

    def draw_bends(self, draws: Draws, rng: np.random.Generator, out: Floats) -> None:
        """Fill ``out``, (n, 2, modes): how much of each mode is in each image's field, along x and along y.

        What is seen at the place p of a bent image is what stood at p + field(p).
        """


class AffineAugmentation(GeometricAugmentation, FillingAugmentation):
    """A map that keeps lines straight and parallel: shifts, turns, stretches, slants."""

    @abstractmethod
    def matrices(self, draws: Draws) -> Floats:
        """See GeometricAugmentation."""


def unit_matrices(count: int) -> Floats:
    """``count`` maps that leave everything in place, (count, 2, 3)."""
    matrices = np.zeros((count, 2, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = 1
    return matrices


def followed_by(first: Floats, then: Floats) -> Floats:
    """One map after another: (n, 2, 3) each."""
    together: Floats = np.matmul(then[:, :, :2], first)
    together[:, :, 2] += then[:, :, 2]
    return together
