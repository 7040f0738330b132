"""One cycle: a rate that rises to its height and then falls to almost nothing."""

import math
from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule, share_done


@register("one_cycle")
class OneCycle(Schedule):
    """Rises to the base rate, then falls to almost nothing, each along half a cosine (Smith and Topin, 2018)."""

    warm_up_share: Annotated[
        float, Setting("What share of the training the rise takes.", low=0, high=1, high_open=True, live=True)
    ] = 0.25
    start_divisor: Annotated[
        float,
        Setting("How many times smaller than the base rate it starts.", low=1, high=1e6, live=True, logarithmic=True),
    ] = 25.0
    final_divisor: Annotated[
        float,
        Setting("How many times smaller than the base rate it ends.", low=1, high=1e9, live=True, logarithmic=True),
    ] = 1e5

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        done = share_done(step, steps_per_epoch, epochs)
        if done < self.warm_up_share:
            return _glide(1 / self.start_divisor, 1.0, done / self.warm_up_share)
        return _glide(1.0, 1 / self.final_divisor, (done - self.warm_up_share) / (1 - self.warm_up_share))


def _glide(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
