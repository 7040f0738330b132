"""Cosine decay: a rate that glides down to its end."""

import math
from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule, share_done


@register("cosine")
class Cosine(Schedule):
    """Glides from the base rate to a small share of it along half a cosine (Loshchilov and Hutter, 2017).

    base · (final + (1 - final)·(1 + cos(π·done))/2), done being the share of the training that is.
    """

    final_share: Annotated[
        float, Setting("What share of the base rate is left at the last step.", low=0, high=1, live=True)
    ] = 0.0

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        glide = (1 + math.cos(math.pi * share_done(step, steps_per_epoch, epochs))) / 2
        return self.final_share + (1 - self.final_share) * glide
