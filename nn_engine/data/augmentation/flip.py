"""Mirroring an image."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import GeometricAugmentation, unit_matrices
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("flip")
class Flip(GeometricAugmentation):
    """Mirrors images, for what means the same in a mirror; digits and letters do not."""

    probability: Annotated[
        float, Setting("The share of samples that are mirrored, drawn anew each time.", low=0, high=1, live=True)
    ] = 0.5
    direction: Annotated[
        str,
        Setting(
            "Whether left and right change places, or top and bottom.",
            choices=("horizontal", "vertical"),
            live=True,
            label="flip",
        ),
    ] = "horizontal"

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``flip horizontal`` or ``flip vertical`` is 1 where it is done."""
        return {f"flip {self.direction}": np.ones(count)}

    def neutral(self) -> Mapping[str, float]:
        return {f"flip {self.direction}": 0.0}

    def said(self, name: str, value: float) -> str:
        """See Augmentation."""
        return "yes" if value else "no"

    def matrices(self, draws: Draws) -> Floats:
        flipped = draws[f"flip {self.direction}"]
        matrices = unit_matrices(len(flipped))
        axis = 0 if self.direction == "horizontal" else 1
        matrices[:, axis, axis] = 1 - 2 * flipped
        return matrices
