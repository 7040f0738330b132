"""Time decay: a rate that falls as one over the epoch."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule


@register("time_decay")
class TimeDecay(Schedule):
    """Falls quickly at first, then ever more slowly: base / (1 + rate·epoch), epochs counted from 0.

    One over time is the rate of stochastic approximation (Robbins and Monro, 1951).
    """

    rate: Annotated[float, Setting("How fast it falls.", low=0, high=1000, unit="per epoch", live=True)] = 0.1

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return 1 / (1 + self.rate * (step // steps_per_epoch))
