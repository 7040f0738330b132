"""What the transport says in words while nothing runs: what happened, and what Train will do."""

from __future__ import annotations

from typing import NamedTuple

from app.view_models.document import ExperimentDocument
from app.view_models.transport import Transport

FAILURES = {
    "data": "The data could not be read",
    "preparing": "The network could not be made ready",
    "beginning": "The run could not be started",
    "training": "Training was interrupted",
    "stopping": "The end of the run could not be saved",
}
"""What happened, by what the worker was doing; a failure in anything else is no matter of the training."""


class Standing(NamedTuple):
    """A line and a quieter one."""

    first: str
    second: str


def standing(transport: Transport, document: ExperimentDocument) -> Standing | None:
    """The two lines; None where how far the training is says more than words."""
    if transport.running or transport.wish:
        return None
    if transport.failure:
        return Standing(transport.failure, f"{_next(transport)} {transport.failure_reason}")
    if transport.end_reason == "diverged":
        what = f"Training diverged in epoch {transport.epochs_done + 1}"
        return Standing(what, f"{_next(transport)} Lower the learning rate first.")
    if transport.begun:
        return None
    if transport.blocked:
        return Standing("This cannot be trained yet", transport.blocked)
    if transport.busy:
        return Standing("Getting ready", transport.busy)
    epochs, pace = document.experiment.epochs, transport.seconds_per_epoch
    duration = "" if pace is None else f", {about(pace * epochs)} here"
    return Standing("Ready to train a new network", f"{epochs} epoch{'' if epochs == 1 else 's'}{duration}")


def about(seconds: float) -> str:
    """A measured time, no finer than it can be known: "about 10 seconds"."""
    for unit, size in (("second", 1.0), ("minute", 60.0), ("hour", 3600.0)):
        count = seconds / size
        if count < 55 or unit == "hour":
            break
    if count > 10:
        return f"about {5 * round(count / 5):,} {unit}s"
    number = max(1, round(count))
    return f"about {number} {unit}s" if number > 1 else f"about {'an' if unit == 'hour' else 'a'} {unit}"


def _next(transport: Transport) -> str:
    if not transport.steps_per_epoch:  # there is no network yet
        return "Train tries again."
    if not transport.step:
        return "Train begins again from the initial weights."
    if transport.step == transport.epochs_done * transport.steps_per_epoch:
        return f"Train goes on after epoch {transport.epochs_done}."
    return f"Train goes on from step {transport.step:,}."
