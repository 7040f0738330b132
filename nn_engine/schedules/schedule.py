"""What a schedule is: a pure function of the step."""

from abc import abstractmethod
from typing import ClassVar

from nn_engine.declarations import Declaration


class Schedule(Declaration):
    """How the learning rate follows from the base rate as training goes on.

    Always from the base rate, never from the rate before: so nothing compounds by accident, and a resumed run needs to
    know only which step it is at.
    """

    family: ClassVar[str] = "schedule"

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        """What the base rate is multiplied by at this step, counted from 0, of ``epochs`` planned epochs.

        ``epochs`` is no whole number where a warm-up before the schedule takes a part of one.
        """

    def momentum(self, step: int, steps_per_epoch: int, epochs: float) -> float | None:
        """The momentum at this step, in place of the optimizer's own; none leaves it to the optimizer."""
        return None


def share_done(step: int, steps_per_epoch: int, epochs: float) -> float:
    """How much of the planned training lies behind this step: 0 at the first step, 1 at the last and beyond."""
    return min(1.0, step / max(1, round(steps_per_epoch * epochs) - 1))
