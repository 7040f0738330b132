"""One cycle: a rate that rises to its height and then falls to almost nothing."""

import math
from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule, share_done


@register("one_cycle")
class OneCycle(Schedule):
    """Rises to the base rate, then falls to almost nothing, each along half a cosine (Smith and Topin, 2018).

    From a to b along half a cosine is b + (a - b)·(1 + cos(π·p))/2 for the share p: the rate goes from base/start to
    base while p = done/warm-up, and from there to base/final while p = (done - warm-up)/(1 - warm-up), done being the
    share of the training that is. With inverse momentum the momentum does the opposite: it falls while the rate rises,
    and comes back.
    """

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

    inverse_momentum: Annotated[
        bool, Setting("Let the momentum fall while the rate rises, and come back as it falls.", live=True)
    ] = False
    low_momentum: Annotated[
        float, Setting("The inverse momentum at the height of the rate.", low=0, high=1, high_open=True, live=True)
    ] = 0.85
    high_momentum: Annotated[
        float, Setting("The inverse momentum at the start and at the end.", low=0, high=1, high_open=True, live=True)
    ] = 0.95

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        if (risen := self._risen(step, steps_per_epoch, epochs)) is not None:
            return _glide(1 / self.start_divisor, 1.0, risen)
        return _glide(1.0, 1 / self.final_divisor, self._fallen(step, steps_per_epoch, epochs))

    def momentum(self, step: int, steps_per_epoch: int, epochs: float) -> float | None:
        if not self.inverse_momentum:
            return None
        if (risen := self._risen(step, steps_per_epoch, epochs)) is not None:
            return _glide(self.high_momentum, self.low_momentum, risen)
        return _glide(self.low_momentum, self.high_momentum, self._fallen(step, steps_per_epoch, epochs))

    def _risen(self, step: int, steps_per_epoch: int, epochs: float) -> float | None:
        """What share of the rise is done; none once it is over."""
        done = share_done(step, steps_per_epoch, epochs)
        return done / self.warm_up_share if done < self.warm_up_share else None

    def _fallen(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return (share_done(step, steps_per_epoch, epochs) - self.warm_up_share) / (1 - self.warm_up_share)


def _glide(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
