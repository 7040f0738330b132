"""What an augmentation is: something drawn by chance for every sample, and what it does to the sample."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting
from nn_engine.types import Floats

Draws = Mapping[str, Floats]
"""What was drawn, by name, one number a sample: (n,) each."""


class Augmentation(Declaration):
    """A small change that leaves a sample's meaning as it is."""

    family: ClassVar[str] = "augmentation"

    probability: Annotated[
        float, Setting("The share of samples to which it is applied, drawn anew each time.", low=0, high=1, live=True)
    ] = 1.0

    @abstractmethod
    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """What happens to each of ``count`` samples, as numbers that a person can read."""

    @abstractmethod
    def neutral(self) -> Mapping[str, float]:
        """The numbers that leave a sample as it is, by the names that ``draw`` gives."""

    def apply(self, images: Floats, draws: Draws) -> None:
        """Change images (n, height, width[, channels]) in place as drawn; for those that do not move pixels."""
        raise NotImplementedError(f"{type(self).__name__} says neither how to change pixels nor how to move them.")

    def draw_applied(self, count: int, rng: np.random.Generator) -> Draws:
        """``draw``, with what does not apply to a sample (``probability``) set to neutral."""
        draws = self.draw(count, rng)
        if self.probability < 1:
            left_out = rng.random(count) >= self.probability
            neutral = self.neutral()
            draws = {name: np.where(left_out, neutral[name], values) for name, values in draws.items()}
        return draws


class AffineAugmentation(Augmentation):
    """A change that moves pixels: shifts, turns, stretches. All of them are composed, then each pixel is read once."""

    @abstractmethod
    def matrices(self, draws: Draws) -> Floats:
        """How points move, (n, 3, 3), in homogeneous coordinates (x right, y down, in pixels from the centre)."""


def unit_matrices(count: int) -> Floats:
    """``count`` transformations that leave everything in place, (count, 3, 3)."""
    return np.tile(np.eye(3), (count, 1, 1))
