"""Slanting an image."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import AffineAugmentation, unit_matrices
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("shear")
class Shear(AffineAugmentation):
    """Slants each image, as handwriting slants, by up to so many degrees either way, each angle equally likely."""

    angle: Annotated[
        float,
        Setting(
            "The largest slant, either way.",
            low=0,
            high=80,
            unit="°",
            live=True,
            label="shear",
            usual=(0, 30),
            prefix="±",
        ),
    ] = 10.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``shear`` in degrees, positive where upright lines lean to the right."""
        return {"shear": rng.uniform(-self.angle, self.angle, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"shear": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        """See Augmentation: x moves by -y·tan(angle), since y points down."""
        matrices = unit_matrices(len(draws["shear"]))
        matrices[:, 0, 1] = -np.tan(np.deg2rad(draws["shear"]))
        return matrices
