"""Making an image larger or smaller."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import AffineAugmentation, unit_matrices
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("scaling")
class Scaling(AffineAugmentation):
    """Makes each image larger or smaller about its centre by up to so many percent, each size equally likely."""

    percent: Annotated[
        float,
        Setting(
            "The largest change of size.",
            low=0,
            high=100,
            high_open=True,
            unit="%",
            live=True,
            label="scale",
            usual=(0, 50),
            prefix="±",
        ),
    ] = 10.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``scale`` in percent, 100 for the original size."""
        return {"scale": rng.uniform(100 - self.percent, 100 + self.percent, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"scale": 100.0}

    def matrices(self, draws: Draws) -> Floats:
        matrices = unit_matrices(len(draws["scale"]))
        matrices[:, 0, 0] = matrices[:, 1, 1] = draws["scale"] / 100
        return matrices
