"""What a callback is: a rule that sees every event and may ask for the end."""

from abc import abstractmethod
from typing import Any, ClassVar

from nn_engine.declarations import Declaration
from nn_engine.training.events import EpochEnd, Event

Memory = dict[str, Any]
"""What a callback remembers, JSON-ready. It belongs to the trainer, so it is saved and resumed with everything else."""


class Callback(Declaration):
    """A rule for ending a training before its last epoch."""

    family: ClassVar[str] = "callback"

    @property
    def watched(self) -> str | None:
        """The metric it needs, if it needs one."""
        return None

    @abstractmethod
    def after(self, event: Event, memory: Memory) -> str | None:
        """See an event; return the reason if training should end now. ``memory`` starts empty and may be changed."""


def metric_of(event: EpochEnd, name: str) -> float:
    """One metric of an epoch. Raises ValueError that lists what exists."""
    if name not in event.metrics:
        raise ValueError(f"There is no metric {name!r} in this training: expected one of {', '.join(event.metrics)}.")
    return event.metrics[name]
