"""What an augmentation is: something drawn by chance for every sample, and what it does to the sample."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace

Draws = Mapping[str, Floats]
"""What was drawn, by name, one number a sample: (n,) each."""


@dataclass(frozen=True)
class Tools:
    """What an augmentation works with, beside the samples."""

    rng: np.random.Generator
    """Chance for what is too much to tell in a few numbers, such as the grain of noise."""
    workspace: Workspace
    """Scratch memory; each augmentation is done with it before the next one begins."""
    black: float = 0.0
    """The value of an empty ground: what preprocessing makes of a raw 0."""
    white: float = 1.0
    """What preprocessing makes of the raw value it divides by. From black to white is what percentages refer to."""


class Augmentation(Declaration):
    """A small change that leaves a sample's meaning as it is."""

    family: ClassVar[str] = "augmentation"
    group: ClassVar[str] = "intensity"
    needs_images: ClassVar[bool] = False
    """Whether samples have to be images, (height, width[, channels])."""
    mixes_targets: ClassVar[bool] = False
    """Whether samples take over something of each other, so that their targets have to be mixed alike."""

    probability: Annotated[
        float, Setting("The share of samples to which it is applied, drawn anew each time.", low=0, high=1, live=True)
    ] = 1.0

    @abstractmethod
    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """What happens to each of ``count`` samples, as numbers that a person can read."""

    @abstractmethod
    def neutral(self) -> Mapping[str, float]:
        """The numbers that leave a sample as it is, by the names that ``draw`` gives."""

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        """Change images (n, height, width[, channels]) in place as drawn; for those that do not move pixels."""
        raise NotImplementedError(f"{type(self).__name__} says neither how to change pixels nor how to move them.")

    def said(self, name: str, value: float) -> str:
        """How a person reads a number of ``draw`` that is no plain amount; "" where it is one."""
        return ""

    def partners(self, draws: Draws) -> Array | None:
        """The place of the sample that each one takes something over from; none where they stay apart."""
        return None

    def mix_targets(self, rows: Floats, draws: Draws) -> None:
        """Mix the targets, (n, outputs), in place as ``apply`` mixed the samples; where ``mixes_targets``."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it mixes targets.")

    @property
    def filled_with(self) -> str:
        """What stands where something is needed from beyond the edge of an image; "" if nothing ever is."""
        return ""

    def draw_applied(self, count: int, rng: np.random.Generator) -> Draws:
        """``draw``, with what does not apply to a sample (``probability``) set to neutral."""
        draws = self.draw(count, rng)
        if self.probability < 1:
            left_out = rng.random(count) >= self.probability
            neutral = self.neutral()
            draws = {name: np.where(left_out, neutral[name], values) for name, values in draws.items()}
        return draws


class FillingAugmentation(Augmentation):
    """An augmentation that needs something from beyond the edge of an image."""

    fill: Annotated[
        str,
        Setting(
            "What comes in from outside the image: the empty background, or the pixels of its edge drawn out.",
            choices=("background", "edge"),
            live=True,
        ),
    ] = "background"

    @property
    def filled_with(self) -> str:
        return self.fill


def for_each(values: Floats, images: Floats) -> Floats:
    """One number a sample, (n,), in a shape that is combined with every value of its sample."""
    return values.astype(images.dtype).reshape(-1, *(1,) * (images.ndim - 1))


def with_channels(images: Floats) -> Floats:
    """The same images as (n, height, width, channels)."""
    return images.reshape(*images.shape[:3], -1 if images.size else 1)
