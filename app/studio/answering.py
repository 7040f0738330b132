"""Whose network answers on the pad, and what it is called there."""

from __future__ import annotations

import logging

from app.studio.questions import Questions
from app.view_models.pad import PadModel
from app.view_models.pretrained import Pretrained, load_pretrained
from app.view_models.transport import Transport
from nn_engine.experiments import Session
from nn_engine.io.checkpoint import Checkpoint
from nn_engine.training import Snapshot, Trainer

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS = 0.1  # how often the pad gets the weights of the running training


class Answering:
    """Gives the pad the network of the moment: the shipped one, a file's, or that of the present training."""

    def __init__(self, pad: PadModel, transport: Transport, questions: Questions) -> None:
        self._pad, self._transport, self._questions = pad, transport, questions
        self._session: Session | None = None
        self._pretrained: Pretrained | None = None
        self._on_pad = ""
        """Whose network it is: a run's id, ``pretrained``, ``file``, or "" for none."""

    @property
    def pretrained(self) -> Pretrained | None:
        """The shipped network, while it is the one that answers."""
        return self._pretrained if self._on_pad == "pretrained" else None

    def begin_with_pretrained(self) -> None:
        """Let the shipped network answer, if it is there."""
        try:
            found = load_pretrained()
        except (OSError, ValueError):
            log.exception("the pretrained network could not be read")
            return
        if found is not None:
            self._pad.use_network(found.network, found.preprocessing, found.task, found.label)
            self._pretrained, self._on_pad = found, "pretrained"

    def use_file(self, checkpoint: Checkpoint, label: str) -> None:
        """Let a network answer that was only opened, and is not in training."""
        self._pad.use_network(checkpoint.network, checkpoint.preprocessing, checkpoint.task, label)
        self._on_pad = "file"

    def await_session(self) -> None:
        """Another training is being made ready; the pad keeps its network until then."""
        self._session = None

    def use_session(self, session: Session, going_on: bool) -> None:
        """A training is ready; it takes the pad over unless a network does that knows more than an untrained one."""
        self._session = session
        if going_on:
            # Those weights answer that did when it was saved: after the end the best, before it the present ones.
            snapshot, label = _answering(session.trainer)
            self._show(snapshot, f"loaded, {label.removeprefix('live, ')}")
        elif self._on_pad not in ("pretrained", "file"):
            self._show(session.trainer.snapshot(), "untrained")

    # -- while training -------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Ask for the present weights, while a training changes them."""
        if self._transport.running and not self._transport.end_reason:
            self._ask_for_present("snapshot", SNAPSHOT_SECONDS)

    def catch_up(self) -> None:
        """Training pauses: what was asked for while it ran may be some steps old, and after one step nothing was."""
        self._ask_for_present("paused")

    def use_the_end(self) -> None:
        """Training has ended: the weights that it kept answer from now on."""
        self._questions.ask("end", _answering, lambda answer: self._show(*answer))

    def _ask_for_present(self, name: str, every: float = 0.0) -> None:
        self._questions.ask(
            name,
            lambda trainer: trainer.snapshot(),
            lambda snapshot: self._show(snapshot, _live(snapshot, self._transport.steps_per_epoch)),
            every,
        )

    def _show(self, snapshot: Snapshot, label: str) -> None:
        session = self._session
        if session is None or snapshot.run_id != session.trainer.run_id:
            return
        if self._on_pad != snapshot.run_id:
            trainer = session.trainer
            self._pad.use_network(session.network, trainer.preprocessing, trainer.task, label)
            self._on_pad = snapshot.run_id
        self._pad.update_weights(snapshot.weights, label)


def _answering(trainer: Trainer) -> tuple[Snapshot, str]:
    """The weights that answer while nothing runs, and what they are called."""
    snapshot = trainer.answering_snapshot()
    if trainer.answering_best:
        return snapshot, f"best, epoch {snapshot.epoch}"
    return snapshot, _live(snapshot, trainer.steps_per_epoch)


def _live(snapshot: Snapshot, steps_per_epoch: int) -> str:
    """The epoch that is being trained, or, right after its last step, that has been."""
    return f"live, epoch {-(-snapshot.step // max(1, steps_per_epoch))}" if snapshot.step else "untrained"
