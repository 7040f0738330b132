"""Ending a training that no longer improves."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.metrics import higher_is_better
from nn_engine.training.callbacks.callback import Callback, Memory, metric_of
from nn_engine.training.events import EpochEnd, Event


@register("early_stopping")
class EarlyStopping(Callback):
    """Ends the training when a metric has not improved for so many epochs; the best weights are kept in any case."""

    monitor: Annotated[str, Setting("The metric to watch, such as val_loss.")] = "val_loss"
    patience: Annotated[int, Setting("How many epochs without improvement to allow.", low=1, high=100_000)] = 5
    min_delta: Annotated[float, Setting("The least change that counts as an improvement.", low=0)] = 0.0

    @property
    def watched(self) -> str:
        return self.monitor

    def after(self, event: Event, memory: Memory) -> str | None:
        if not isinstance(event, EpochEnd):
            return None
        value = metric_of(event, self.monitor)
        sign = 1 if higher_is_better(self.monitor) else -1
        if "best" not in memory or sign * (value - memory["best"]) > self.min_delta:
            memory.update(best=value, waited=0)
        else:
            memory["waited"] += 1
        return "early_stopping" if memory["waited"] >= self.patience else None
