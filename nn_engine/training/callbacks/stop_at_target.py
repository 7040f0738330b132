"""Ending a training that is good enough."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.metrics import higher_is_better
from nn_engine.training.callbacks.callback import Callback, Memory, metric_of
from nn_engine.training.events import EpochEnd, Event


@register("stop_at_target")
class StopAtTarget(Callback):
    """Ends the training when a metric reaches a value at the end of an epoch."""

    metric: Annotated[str, Setting("The metric to watch, such as val_accuracy.")] = "val_accuracy"
    value: Annotated[float, Setting("The value to reach.")] = 0.98

    @property
    def watched(self) -> str:
        return self.metric

    def after(self, event: Event, memory: Memory) -> str | None:
        if not isinstance(event, EpochEnd):
            return None
        reached = metric_of(event, self.metric) - self.value
        return "target_reached" if (reached >= 0 if higher_is_better(self.metric) else reached <= 0) else None
