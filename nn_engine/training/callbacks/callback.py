"""What a callback is: a rule that sees every event, may slow the training down and may ask for its end."""

from abc import abstractmethod
from typing import Any, ClassVar

from nn_engine.declarations import Declaration
from nn_engine.training.events import EpochEnd, Event

Memory = dict[str, Any]
"""What a callback remembers, JSON-ready. It belongs to the trainer, so it is saved and resumed with everything else."""


class Callback(Declaration):
    """A rule that watches a training: it may end it before its last epoch, or scale its learning rate."""

    family: ClassVar[str] = "callback"

    @property
    def watched(self) -> str | None:
        """The metric it needs, if it needs one."""
        return None

    @property
    def restores_best(self) -> bool:
        """Whether the network is to hold its best weights, not its last, after the end."""
        return True

    def rate_factor(self, memory: Memory) -> float:
        """What the learning rate is multiplied by, for all that it remembers."""
        return 1.0

    def kept_epochs(self, memory: Memory) -> frozenset[int] | None:
        """The epochs, from 0, whose networks are to be kept in the run's folder; none where it does not mind."""
        return None

    def kept_past_end(self, memory: Memory) -> Memory:
        """What it still remembers where a training goes on past an end that a callback asked for: it waits anew."""
        return {}

    @abstractmethod
    def after(self, event: Event, memory: Memory) -> str | None:
        """See an event; return the reason if training should end now. ``memory`` starts empty and may be changed."""


def metric_of(event: EpochEnd, name: str) -> float:
    """One metric of an epoch. Raises ValueError that lists what exists."""
    if name not in event.metrics:
        raise ValueError(f"There is no metric {name!r} in this training: expected one of {', '.join(event.metrics)}.")
    return event.metrics[name]
