"""When a training has run away and no longer comes back."""

import math
from collections import deque
from collections.abc import Sequence

STEPS = 50
FACTOR = 4.0


class DivergenceWatch:
    """Says whether training has diverged, by the loss of its latest steps.

    It has when a loss is not finite, or when the mean of fifty losses is above four times the loss of a constant guess
    and above the loss with which the training began. The second bound spares trainings that begin far off and are on
    their way, such as a regression of values far from zero.
    """

    def __init__(self, constant_guess: float, losses: Sequence[float] = (), first_loss: float | None = None) -> None:
        self._limit = FACTOR * constant_guess
        self.first_loss = first_loss
        self._losses: deque[float] = deque(losses, maxlen=STEPS)

    @property
    def losses(self) -> tuple[float, ...]:
        """The losses of the latest steps."""
        return tuple(self._losses)

    def note(self, loss: float) -> bool:
        """Take in the loss of one more step; says whether training has diverged."""
        if self.first_loss is None:
            self.first_loss = loss
        self._losses.append(loss)
        if not math.isfinite(loss):
            return True
        return len(self._losses) == STEPS and self._too_high(self.losses)

    def note_epoch(self, steps: int) -> bool:
        """At the end of an epoch of so many steps: says the same for trainings that never make fifty."""
        latest = self.losses[-steps:]
        return bool(latest) and len(self._losses) < STEPS and self._too_high(latest)

    def _too_high(self, losses: Sequence[float]) -> bool:
        return sum(losses) / len(losses) > max(self._limit, self.first_loss or 0.0)
