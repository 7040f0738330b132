"""The training worker: one thread that drives a trainer's generator.

Commands come in by a queue and are obeyed between two events, so within the time of one shard. News goes out by a deque
that the pump empties on the display's timer: a queued signal per step would starve the window.
"""

from __future__ import annotations

import errno
import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QThread

from app.thread_share import share_threads
from app.workers.news import Answer, DataError, Failed, News, PaceMeasured, Prepared, Refused, RunCreated, StateChanged
from app.workers.recording import Recording
from nn_engine.data.source import LoadedData
from nn_engine.experiments import Experiment, Session, assemble
from nn_engine.inspection.pace import measure_epoch
from nn_engine.io.checkpoint import Checkpoint, save_checkpoint
from nn_engine.io.metric_files import read_steps
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import EpochEnd, Event, Trainer
from nn_engine.types import Array

log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REST_SECONDS = 0.4  # the pace is measured once nobody has prepared anything else for so long: the window draws first

Request = Callable[[Trainer], Any]
"""A question about the training, asked between two steps; must return copies."""


@dataclass(frozen=True)
class _Command:
    """Something to do between two events, and a word for it."""

    what: str
    action: Callable[[], None]


class TrainingWorker(QThread):
    """Call the methods from the GUI thread; read ``news`` from there too."""

    def __init__(self, runs_folder: Callable[[str], Path]) -> None:
        """``runs_folder`` gives the path of a new run for an experiment's name."""
        super().__init__()
        self.setObjectName("training")
        self.news: deque[News] = deque()
        self._runs_folder = runs_folder
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._session: Session | None = None
        self._folder: RunFolder | None = None
        self._events: Generator[Event] | None = None
        self._until: type[Event] | None = None
        self._at_epochs: dict[str, Request] = {}
        self._running = self._quit = False
        self._told = StateChanged("idle")
        self._loaded: tuple[Any, LoadedData] | None = None
        # Each wish has a number, and is answered by a state that bears it. A wish to train that waits behind something
        # that takes long can be withdrawn: then it is never obeyed, and what withdrew it is answered.
        self._wishes = self._withdrawn = self._obeyed = 0
        self._pace: Generator[None, None, float | None] | None = None
        self._measure_from = 0.0

    # -- commands, from the GUI thread ----------------------------------------------------------------------------

    def prepare(
        self,
        experiment: Experiment,
        checkpoint: Checkpoint | None = None,
        folder: Path | None = None,
        at_epochs: Mapping[str, Request] = MappingProxyType({}),
    ) -> None:
        """Load the data and build the network; go on from a checkpoint, in its run's folder, if they are given.

        What is to be asked ``at_epochs`` is asked of the network as it begins and at the very end of every epoch,
        before the next step changes it; the answers come as news of their names.
        """
        self._withdraw()
        self.halt()
        self._order("preparing", lambda: self._prepare(experiment, checkpoint, folder, dict(at_epochs)))

    def train(self, until: type[Event] | None = None) -> int:
        """Train to the end, or until the next event of this kind (StepEnd, EpochEnd); returns the wish's number."""
        return self._wish("beginning", lambda: self._train(until))

    def pause(self) -> int:
        """Ask for no more events; a step that is in the middle stays there. A training that still waits waits on."""
        self._withdraw()
        return self._wish("pausing", self._pause)

    def stop(self) -> int:
        """End the training; its state is saved, and it can go on later. One that still waits is not begun at all."""
        self._withdraw()
        self.halt()
        return self._wish("stopping", self._stop)

    def change(self, path: str, value: Any) -> None:
        """Change a live setting from the next step on; ``Refused`` says if it cannot be."""
        self._order("changing", lambda: self._change(path, value))

    def request(self, name: str, question: Request) -> None:
        """Ask something between two steps; the answer comes as news of that name."""
        self._order(name, lambda: self._answer(name, question))

    def save(self, path: Path) -> None:
        """Save the whole training as a checkpoint; answers ``saved`` with the path."""

        def save(trainer: Trainer) -> Path:
            save_checkpoint(path, trainer)
            return path

        self._order("saved", lambda: self._answer("saved", save))

    def halt(self) -> None:
        """Let the present step end early, before its next shard, so that what follows is obeyed at once."""
        if self._session is not None and self._running:
            self._session.trainer.request_stop("stopped")

    def finish(self) -> None:
        """End the training, save it, and end the thread; waits for it."""
        self._withdraw()
        self.halt()
        self._order("stopping", self._finish)
        self.wait()

    def _withdraw(self) -> None:
        self._withdrawn = self._wishes

    def _wish(self, what: str, action: Callable[[], None]) -> int:
        self._wishes += 1
        number = self._wishes

        def obey() -> None:
            if what == "beginning" and number <= self._withdrawn:
                return
            self._obeyed = number
            action()
            self._set_state(self._told.state)  # an answer also where there was nothing to do

        self._order(what, obey)
        return number

    def _order(self, what: str, action: Callable[[], None]) -> None:
        self._commands.put(_Command(what, action))

    # -- the thread -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Obey commands; between them, if training runs, ask for one event."""
        while not self._quit:
            try:
                command = self._commands.get(timeout=self._patience())
            except queue.Empty:
                if self._running:
                    self._guarded(self._advance, "training")
                else:
                    self._measure()
            else:
                self._guarded(command.action, command.what)

    def _patience(self) -> float | None:
        """How long to wait for the next command; None for as long as it takes."""
        if self._running:
            return 0
        return None if self._pace is None else max(0.0, self._measure_from - time.monotonic())

    def _measure(self) -> None:
        """Go on with measuring the pace of the training that was prepared; nobody has asked for anything else."""
        assert self._pace is not None
        assert self._session is not None
        try:
            next(self._pace)
        except StopIteration as end:
            self._pace = None
            if end.value is not None:
                self.news.append(PaceMeasured(self._session.trainer.run_id, end.value))
        except Exception:  # without an estimate everything goes on
            log.exception("the pace could not be measured")
            self._pace = None

    def _guarded(self, action: Callable[[], None], what: str) -> None:
        try:
            action()
        except Exception as error:
            if isinstance(error, DataError):  # a folder that was mistyped, a file that is gone: nothing to be traced
                what = "data"
                log.warning("the data could not be read: %s", error)
            else:
                log.exception("%s failed", what)
            self._running, self._events = False, None
            self._set_state("paused" if self._session else "idle")
            self.news.append(Failed(_sentence(error, what), error, what))

    def _set_state(self, state: str) -> None:
        told = StateChanged(state, self._obeyed)
        if told != self._told:
            self._told = told
            self.news.append(told)

    def _prepare(
        self,
        experiment: Experiment,
        checkpoint: Checkpoint | None,
        folder: Path | None,
        at_epochs: dict[str, Request],
    ) -> None:
        self._close_run()
        if folder is not None:  # again: if it was the run that has just ended, it has learned more since it was read
            _, checkpoint = RunFolder.open(folder)
        self._set_state("preparing")
        data = self._data(experiment)
        self._set_state("building")
        state = None if checkpoint is None else checkpoint.state
        run_id = "" if checkpoint is None else checkpoint.run_id
        session = assemble(experiment, data=data, run_id=run_id, to_restore=state is not None)
        share_threads(session.trainer)
        if state is not None:
            session.trainer.restore(state)
        if folder is not None:
            self._open_folder(RunFolder(folder), session.trainer)
        self._session, self._at_epochs = session, at_epochs
        steps = None if folder is None else read_steps(folder / "steps.bin")
        self.news.append(_prepared(session, checkpoint is not None, steps))
        self._ask_at_epoch()
        if checkpoint is None:
            self._pace, self._measure_from = measure_epoch(session), time.monotonic() + REST_SECONDS
        self._set_state("paused")

    def _data(self, experiment: Experiment) -> LoadedData:
        if self._loaded is None or self._loaded[0] != experiment.data:
            try:
                self._loaded = (experiment.data, experiment.data.load())
            except (OSError, ValueError) as error:
                raise DataError(experiment.data, error) from error
        return self._loaded[1]

    def _open_folder(self, folder: RunFolder, trainer: Trainer) -> None:
        folder.__enter__()
        folder.cut_back(trainer)
        trainer.observe(Recording(folder, self.news.append).record)
        self._folder = folder

    def _train(self, until: type[Event] | None) -> None:
        if self._session is None:
            return
        trainer, self._pace = self._session.trainer, None
        if self._folder is None:
            folder = RunFolder.create(self._runs_folder(self._session.experiment.name), trainer)
            folder.__enter__()
            trainer.observe(Recording(folder, self.news.append).record)
            self._folder = folder
            self.news.append(RunCreated(trainer.run_id, folder.path))
        self._until = until
        if self._events is None:
            trainer.continue_past_end()
            self._events = trainer.fit()
        self._running = True
        self._set_state("running")

    def _advance(self) -> None:
        assert self._events is not None
        event = next(self._events, None)
        if event is None:
            self._running, self._events = False, None
            self._set_state("paused")
            return
        self._pass_on(event)
        if self._until is not None and isinstance(event, self._until):
            self._pause()

    def _pass_on(self, event: Event) -> None:
        self.news.append(event)
        if isinstance(event, EpochEnd):
            self._ask_at_epoch()

    def _ask_at_epoch(self) -> None:
        for name, question in self._at_epochs.items():
            self._answer(name, question)

    def _pause(self) -> None:
        if self._running:
            self._running = False
            self._set_state("paused")

    def _stop(self) -> None:
        if self._session is None or self._events is None:
            return
        self._set_state("stopping")
        self._session.trainer.request_stop("stopped")
        for event in self._events:
            self._pass_on(event)
        self._running, self._events = False, None
        self._set_state("paused")

    def _change(self, path: str, value: Any) -> None:
        if self._session is None:
            return
        trainer = self._session.trainer
        try:
            trainer.change(path, value)
        except ValueError as error:  # nothing has changed, so training goes on
            log.info("the change of %s was refused: %s", path, error)
            self.news.append(Refused(trainer.run_id, path, value, trainer.wanted_plan, _sentence(error, "changing")))

    def _answer(self, name: str, question: Request) -> None:
        if self._session is None:
            return
        trainer = self._session.trainer
        try:
            value = question(trainer)
        except Exception as error:  # a question that has no answer is no reason to stop training
            log.exception("the request %s failed", name)
            self.news.append(Failed(_sentence(error, name), error, name))
        else:
            self.news.append(Answer(name, trainer.epoch, trainer.step, value))

    def _close_run(self) -> None:
        self._pace = None
        try:
            if self._events is not None:
                self._stop()
        finally:  # a disk that is full must not keep the folder locked
            if self._folder is not None:
                self._folder.__exit__(None, None, None)
                self._folder = None
            self._session = None

    def _finish(self) -> None:
        self._quit = True
        self._close_run()


def _prepared(session: Session, going_on: bool, steps: Array | None) -> Prepared:
    trainer = session.trainer
    return Prepared(
        session,
        run_id=trainer.run_id,
        steps_per_epoch=trainer.steps_per_epoch,
        epochs=trainer.plan.epochs,
        monitor=trainer.monitor,
        learning_rate=trainer.learning_rate,
        past=trainer.state() if going_on else None,
        steps=steps,
        network=trainer.answering_network(),
        answering=trainer.answering_snapshot(),
        best_answers=trainer.answering_best is not None,
    )


def _sentence(error: Exception, during: str) -> str:
    if isinstance(error, DataError):
        remedy = " Mend it, or choose another folder under Data." if isinstance(error.cause, OSError) else ""
        return f"{_fault(error.cause)}{remedy}"
    if not isinstance(error, OSError):
        return _fault(error)
    kept = "The run before is kept up to its last epoch" if during == "preparing" else "What was learned is still here"
    remedy = "make room or choose another folder" if error.errno in _FULL else "choose another folder"
    return f"{_fault(error)} {kept}; {remedy} for data in the preferences."


def _fault(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error) or type(error).__name__
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{str(error.strerror or error).rstrip('.')}."
