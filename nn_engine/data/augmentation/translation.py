"""Shifting an image."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import AffineAugmentation, unit_matrices
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("translation")
class Translation(AffineAugmentation):
    """Shifts each image by up to so many pixels in both directions, each amount equally likely."""

    pixels: Annotated[
        float,
        Setting(
            "The farthest shift, left or right, up or down.",
            low=0,
            high=64,
            unit="px",
            live=True,
            label="shift",
            usual=(0, 8),
            prefix="±",
        ),
    ] = 2.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``shift x`` to the right and ``shift y`` down, in pixels."""
        x, y = rng.uniform(-self.pixels, self.pixels, (2, count))
        return {"shift x": x, "shift y": y}

    def neutral(self) -> Mapping[str, float]:
        return {"shift x": 0.0, "shift y": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        matrices = unit_matrices(len(draws["shift x"]))
        matrices[:, 0, 2], matrices[:, 1, 2] = draws["shift x"], draws["shift y"]
        return matrices
