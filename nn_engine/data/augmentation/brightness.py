"""Making a sample lighter or darker."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, for_each
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("brightness")
class Brightness(Augmentation):
    """Makes each sample lighter or darker by up to so many percent of the way from black to white."""

    brightness: Annotated[
        float,
        Setting(
            "The largest change, lighter or darker.",
            low=0,
            high=100,
            unit="%",
            live=True,
            label="brightness",
            usual=(0, 50),
            prefix="±",
        ),
    ] = 20.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``brightness``, what is added, in percent of white."""
        return {"brightness": rng.uniform(-self.brightness, self.brightness, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"brightness": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        images += for_each(draws["brightness"] / 100 * (tools.white - tools.black), images)
