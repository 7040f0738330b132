"""Turning an image."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import AffineAugmentation, unit_matrices
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("rotation")
class Rotation(AffineAugmentation):
    """Turns each image about its centre by up to so many degrees either way, each angle equally likely."""

    degrees: Annotated[
        float,
        Setting(
            "The largest turn, either way.",
            low=0,
            high=180,
            unit="°",
            live=True,
            label="rotation",
            usual=(0, 45),
            prefix="±",
        ),
    ] = 10.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``rotation`` in degrees, counterclockwise as seen."""
        return {"rotation": rng.uniform(-self.degrees, self.degrees, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"rotation": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        angle = np.deg2rad(draws["rotation"])
        matrices = unit_matrices(len(angle))
        # y points down, so the sine has the other sign than in a textbook.
        matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angle)
        matrices[:, 0, 1], matrices[:, 1, 0] = np.sin(angle), -np.sin(angle)
        return matrices
