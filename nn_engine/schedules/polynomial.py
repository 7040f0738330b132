"""Polynomial decay: a rate that falls to its end along a power."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule, share_done


@register("polynomial")
class Polynomial(Schedule):
    """Falls from the base rate to a share of it: final + (1 - final)·(1 - done)^power; with power 1 along a line.

    "Poly" in Chen et al. (2017), with a final share of 0; ``done`` is the share of the training that is.
    """

    power: Annotated[float, Setting("How sharply it falls at first.", low=0, high=100, low_open=True, live=True)] = 1.0
    final_share: Annotated[
        float, Setting("What share of the base rate is left at the last step.", low=0, high=1, live=True)
    ] = 0.0

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        left = (1 - share_done(step, steps_per_epoch, epochs)) ** self.power
        return float(self.final_share + (1 - self.final_share) * left)
