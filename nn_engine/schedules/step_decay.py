"""Step decay: a rate that drops every few epochs."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.schedules.schedule import Schedule


@register("step_decay", aliases=("step",))
class StepDecay(Schedule):
    """Drops by a factor every few epochs: base · drop^⌊epoch / every⌋ (PyTorch's StepLR)."""

    drop: Annotated[
        float, Setting("What the rate is multiplied by at each drop.", low=0, high=1, low_open=True, live=True)
    ] = 0.5
    every: Annotated[
        int, Setting("How many epochs pass between drops.", low=1, high=100_000, unit="epochs", live=True)
    ] = 5

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return float(self.drop ** (step // steps_per_epoch // self.every))
