"""Making the differences within a sample larger or smaller."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, for_each
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("contrast")
class Contrast(Augmentation):
    """Makes the differences within each sample larger or smaller by up to so many percent; its mean stays."""

    contrast: Annotated[
        float,
        Setting(
            "The largest change of contrast.",
            low=0,
            high=100,
            unit="%",
            live=True,
            label="contrast",
            usual=(0, 50),
            prefix="±",
        ),
    ] = 20.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``contrast`` in percent, 100 for the original one."""
        return {"contrast": rng.uniform(100 - self.contrast, 100 + self.contrast, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"contrast": 100.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        """See Augmentation: c·x + (1 - c)·mean, which is x itself, to the bit, where c is 1."""
        factors = draws["contrast"] / 100
        means = images.mean(axis=tuple(range(1, images.ndim)))
        images *= for_each(factors, images)
        images += for_each((1 - factors) * means, images)
