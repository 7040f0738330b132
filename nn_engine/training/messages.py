"""Why a training ended, in words."""

import math

from nn_engine.training.state import TrainerState

REASONS = {
    "completed": "All planned epochs are done: {epochs}.",
    "stopped": "Stopped in epoch {epoch} of {epochs}; it can go on from there.",
    "interrupted": "Interrupted in epoch {epoch} of {epochs}; it can go on from there.",
    "early_stopping": "Ended after {done} epochs, because the watched metric no longer improved.",
    "target_reached": "Ended after {done} epochs, because the target was reached.",
    "time_limit": "Ended in epoch {epoch} of {epochs}, because the time was up.",
}


def ended(reason: str, epochs_done: int, epochs: int) -> str:
    """One sentence for the end of a training that went well so far."""
    sentence = REASONS.get(reason, reason)
    return sentence.format(done=epochs_done, epoch=min(epochs_done + 1, epochs), epochs=epochs)


def diverged(epoch: int, step: int, loss: float, rate: float, advised: float, good: TrainerState) -> str:
    """One sentence for a training whose loss ran away, with what to do.

    ``step`` counts from 1 and is the one that was being made, or the epoch's last; ``good`` is what is gone back to.
    """
    # A single loss that is a number may well be small: it is the mean of many that is too high, or what came of it.
    what = (
        f"by step {step:,} losses were far above that of a constant guess, or the weights were no numbers any more"
        if math.isfinite(loss)
        else f"at step {step:,} the loss was {loss:.4g}"
    )
    return (
        f"Training diverged in epoch {epoch + 1}: {what}. "
        f"The state {_moment(good)} was kept; try a learning rate of {advised:.3g} instead of {rate:g}."
    )


def _moment(state: TrainerState) -> str:
    now = state.snapshot
    if not now.step:
        return "at the start"
    if state.batch:
        return f"after step {now.step:,}, in epoch {now.epoch + 1},"
    return f"after epoch {now.epoch}, step {now.step:,},"
