"""Ending a training that has run long enough."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.training.callbacks.callback import Callback, Memory
from nn_engine.training.events import Event, StepEnd


@register("stop_after_time")
class StopAfterTime(Callback):
    """Ends the training, between two steps, when it has trained for so many seconds; pauses do not count.

    A training that goes on after that end has as much time again.
    """

    seconds: Annotated[float, Setting("How long to train.", low=0, high=1e9, low_open=True, unit="s")] = 60.0

    def kept_past_end(self, memory: Memory) -> Memory:
        return {"since": memory.get("ended_at", memory.get("since", 0.0))}

    def after(self, event: Event, memory: Memory) -> str | None:
        if not isinstance(event, StepEnd) or event.trained_seconds < memory.get("since", 0.0) + self.seconds:
            return None
        memory["ended_at"] = event.trained_seconds
        return "time_limit"
