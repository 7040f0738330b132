"""A smaller learning rate where a training no longer improves."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.training.callbacks.callback import Callback, Memory
from nn_engine.training.callbacks.waiting import wait_for_improvement
from nn_engine.training.events import EpochEnd, Event


@register("reduce_on_plateau")
class ReduceOnPlateau(Callback):
    """Multiplies the learning rate by a factor when a metric has not improved for so many epochs.

    It comes on top of the schedule, whatever that does.
    """

    monitor: Annotated[str, Setting("The metric to watch, such as val_loss.")] = "val_loss"
    factor: Annotated[
        float, Setting("What the rate is multiplied by.", low=0, high=1, low_open=True, high_open=True)
    ] = 0.5
    patience: Annotated[int, Setting("How many epochs without improvement to allow.", low=1, high=100_000)] = 3
    min_delta: Annotated[float, Setting("The least change that counts as an improvement.", low=0)] = 0.0
    cooldown: Annotated[
        int, Setting("How many epochs to let pass after a reduction before watching again.", low=0, high=100_000)
    ] = 0
    least: Annotated[
        float, Setting("The share of the rate below which it is not reduced.", low=0, high=1, logarithmic=True)
    ] = 1e-4

    @property
    def watched(self) -> str:
        return self.monitor

    def rate_factor(self, memory: Memory) -> float:
        return float(memory.get("rate_factor", 1.0))

    def kept_past_end(self, memory: Memory) -> Memory:
        return {"rate_factor": self.rate_factor(memory)}

    def after(self, event: Event, memory: Memory) -> str | None:
        if not isinstance(event, EpochEnd):
            return None
        if memory.get("cooling", 0) > 0:
            memory["cooling"] -= 1
            wait_for_improvement(event, self.monitor, self.min_delta, memory)
            memory["waited"] = 0  # an improvement counts in the meantime, its absence does not
        elif wait_for_improvement(event, self.monitor, self.min_delta, memory) >= self.patience:
            memory["rate_factor"] = max(self.least, self.rate_factor(memory) * self.factor)
            memory.update(waited=0, cooling=self.cooldown)
        return None
