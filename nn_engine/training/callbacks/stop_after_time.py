"""Ending a training that has run long enough."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.training.callbacks.callback import Callback, Memory
from nn_engine.training.events import Event, StepEnd


@register("stop_after_time")
class StopAfterTime(Callback):
    """Ends the training, between two steps, when it has trained for so many seconds; pauses do not count."""

    seconds: Annotated[float, Setting("How long to train.", low=0, high=1e9, low_open=True, unit="s")] = 60.0

    def after(self, event: Event, memory: Memory) -> str | None:
        return "time_limit" if isinstance(event, StepEnd) and event.trained_seconds >= self.seconds else None
