"""Cosine with restarts: a rate that glides down again and again."""

import math
from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule


@register("cosine_restarts", label="cosine with restarts")
class CosineRestarts(Schedule):
    """Glides down along half a cosine, then starts again from the base rate (SGDR; Loshchilov and Hutter, 2017).

    Each glide lasts ``stretch`` times as long as the one before.
    """

    first: Annotated[
        int, Setting("How many epochs the first glide takes.", low=1, high=100_000, unit="epochs", live=True)
    ] = 5
    stretch: Annotated[
        float, Setting("How much longer each glide is than the one before.", low=1, high=10, live=True)
    ] = 2.0
    final_share: Annotated[
        float, Setting("What share of the base rate is left at the end of a glide.", low=0, high=1, live=True)
    ] = 0.0

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        start, length = 0.0, float(self.first * steps_per_epoch)
        if self.stretch == 1:
            start = step // length * length
        while step >= start + length:
            start, length = start + length, length * self.stretch
        glide = (1 + math.cos(math.pi * (step - start) / length)) / 2
        return self.final_share + (1 - self.final_share) * glide
