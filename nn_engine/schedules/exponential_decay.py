"""Exponential decay: a rate that shrinks by the same share each epoch."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule


@register("exponential_decay", aliases=("exponential",))
class ExponentialDecay(Schedule):
    """Shrinks by the same factor after every epoch: base · decay^epoch (PyTorch's ExponentialLR)."""

    decay: Annotated[
        float, Setting("What the rate is multiplied by after each epoch.", low=0, high=1, low_open=True, live=True)
    ] = 0.9

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return float(self.decay ** (step // steps_per_epoch))
