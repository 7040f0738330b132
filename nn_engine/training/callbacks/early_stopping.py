"""Ending a training that no longer improves."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.training.callbacks.callback import Callback, Memory
from nn_engine.training.callbacks.waiting import wait_for_improvement
from nn_engine.training.events import EpochEnd, Event


@register("early_stopping")
class EarlyStopping(Callback):
    """Ends the training when a metric has not improved for so many epochs."""

    monitor: Annotated[str, Setting("The metric to watch, such as val_loss.")] = "val_loss"
    patience: Annotated[int, Setting("How many epochs without improvement to allow.", low=1, high=100_000)] = 5
    min_delta: Annotated[float, Setting("The least change that counts as an improvement.", low=0)] = 0.0
    start_from_epoch: Annotated[
        int, Setting("How many epochs to let pass before watching.", low=0, high=100_000, unit="epochs")
    ] = 0
    restore: Annotated[
        bool, Setting("Whether the network holds its best weights after the end; otherwise it keeps its last.")
    ] = True

    @property
    def watched(self) -> str:
        return self.monitor

    @property
    def restores_best(self) -> bool:
        return self.restore

    def after(self, event: Event, memory: Memory) -> str | None:
        if not isinstance(event, EpochEnd) or event.epoch < self.start_from_epoch:
            return None
        waited = wait_for_improvement(event, self.monitor, self.min_delta, memory)
        return "early_stopping" if waited >= self.patience else None
