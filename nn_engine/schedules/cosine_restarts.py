"""Cosine with restarts: a rate that glides down again and again."""

import math
from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule

_ROUNDING = 1e-12
"""How far off, in proportion, the step may be at which a glide begins."""


@register("cosine_restarts", label="cosine with restarts")
class CosineRestarts(Schedule):
    """Glides down along half a cosine, then starts again from the base rate (SGDR; Loshchilov and Hutter, 2017).

    Each glide lasts ``stretch`` times as long as the one before. With L the steps of the first and s the stretch, glide
    n begins at L·(sⁿ - 1)/(s - 1) and lasts L·sⁿ steps; when a share p of it is done, the rate is
    base · (final + (1 - final)·(1 + cos(π·p))/2).
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
        glide = (1 + math.cos(math.pi * self._glided(step, self.first * steps_per_epoch))) / 2
        return self.final_share + (1 - self.final_share) * glide

    def _glided(self, step: int, length: int) -> float:
        """Which share of its glide is done, the first glide being so long."""
        growth = self.stretch - 1
        if not growth:
            return step % length / length

        def start(glide: int) -> float:
            return length * math.expm1(glide * math.log1p(growth)) / growth

        # The logarithm may be off by a hair where a glide begins, so the beginnings themselves decide; a step that is
        # within rounding of one is on it.
        reached = step * (1 + _ROUNDING)
        glide = int(math.log1p(step * growth / length) / math.log1p(growth))
        while start(glide + 1) <= reached:
            glide += 1
        while start(glide) > reached:
            glide -= 1
        return max(0.0, step - start(glide)) / (length * self.stretch**glide)
