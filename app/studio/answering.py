"""Whose network answers on the pad, and what it is called there."""

from __future__ import annotations

import logging

from app.studio.questions import Questions
from app.view_models.pad import PadModel
from app.view_models.pretrained import Pretrained, load_pretrained
from app.view_models.transport import Transport
from app.workers.news import Prepared
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.training import Snapshot

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS = 0.1  # how often the pad gets the weights of the running training


class Answering:
    """Gives the pad the network of the moment: the shipped one, a file's, or that of the present training."""

    def __init__(self, pad: PadModel, transport: Transport, questions: Questions) -> None:
        self._pad, self._transport, self._questions = pad, transport, questions
        self._present: Prepared | None = None
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

    def use_file(self, trained: TrainedNetwork, label: str) -> None:
        """Let a network answer that was only opened, and is not in training."""
        self._pad.use_network(trained.network, trained.preprocessing, trained.task, label)
        self._on_pad = "file"

    def await_training(self) -> None:
        """Another training is being made ready; the pad keeps its network until then."""
        self._present = None

    def use_training(self, prepared: Prepared) -> None:
        """A training is ready; it takes the pad over unless a network does that knows more than an untrained one."""
        self._present = prepared
        label = _label(prepared.answering, prepared.best_answers, prepared.steps_per_epoch)
        if prepared.past is not None:
            # Those weights answer that did when it was saved: after the end the best, before it the present ones.
            self._show(prepared.answering, f"loaded, {label.removeprefix('live, ')}")
        elif self._on_pad not in ("pretrained", "file"):
            self._show(prepared.answering, label)

    # -- while training -------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Ask for the present weights, while a training changes them."""
        if self._transport.running and not self._transport.end_reason:
            self._ask("snapshot", SNAPSHOT_SECONDS)

    def catch_up(self) -> None:
        """Training pauses: what was asked for while it ran may be some steps old, and after one step nothing was."""
        self._ask("paused")

    def use_the_end(self) -> None:
        """Training has ended: the weights that it kept answer from now on."""
        self._ask("end")

    def _ask(self, name: str, every: float = 0.0) -> None:
        self._questions.ask(
            name,
            lambda trainer: (trainer.answering_snapshot(), trainer.answering_best is not None),
            lambda answer: self._show_answer(*answer),
            every,
        )

    def _show_answer(self, snapshot: Snapshot, best: bool) -> None:
        self._show(snapshot, _label(snapshot, best, self._transport.steps_per_epoch))

    def _show(self, snapshot: Snapshot, label: str) -> None:
        present = self._present
        if present is None or snapshot.run_id != present.run_id:
            return
        if self._on_pad != snapshot.run_id:
            session = present.session
            self._pad.use_network(present.network, session.experiment.preprocessing, session.data.task, label)
            self._on_pad = snapshot.run_id
        self._pad.update_weights(snapshot.weights, label)


def _label(snapshot: Snapshot, best: bool, steps_per_epoch: int) -> str:
    """The best epoch; or the epoch that is being trained, or, right after its last step, that has been."""
    if best:
        return f"best, epoch {snapshot.epoch}"
    return f"live, epoch {-(-snapshot.step // max(1, steps_per_epoch))}" if snapshot.step else "untrained"
