"""Adding noise."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, for_each
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("noise")
class Noise(Augmentation):
    """Adds normally distributed noise to every value of a sample."""

    deviation: Annotated[
        float,
        Setting(
            "The strongest noise: its standard deviation, where white is 100 %; how strong is drawn for each sample.",
            low=0,
            high=100,
            unit="%",
            live=True,
            label="noise",
            usual=(0, 30),
        ),
    ] = 10.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``noise``, its standard deviation, in percent of white."""
        return {"noise": rng.uniform(0, self.deviation, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"noise": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        noise = tools.workspace.array("noise", images.shape, images.dtype)
        tools.rng.standard_normal(out=noise, dtype=images.dtype.type)
        noise *= for_each(draws["noise"] / 100 * (tools.white - tools.black), images)
        images += noise
