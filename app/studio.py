"""The studio without its window: the view models, the workers, and how news and edits go between them.

Edits go down: the document tells of them, live ones reach the running training, others wait for the next one. News
comes up: the pump calls ``drain``, which hands the workers' events to the models that show them. Panels only read the
models.
"""

from __future__ import annotations

import datetime
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.view_models.curves import Curves
from app.view_models.differences import differences
from app.view_models.document import WITHOUT_EFFECT, ExperimentDocument
from app.view_models.histograms import REQUEST as HISTOGRAM_REQUEST
from app.view_models.histograms import Histograms
from app.view_models.pad import PadModel
from app.view_models.preferences import Preferences
from app.view_models.pretrained import Pretrained, load_pretrained
from app.view_models.samples import SamplesModel
from app.view_models.standing import FAILURES
from app.view_models.transport import Transport
from app.workers.tasks import TaskWorker
from app.workers.training_worker import (
    Answer,
    DataError,
    Failed,
    News,
    PaceMeasured,
    Prepared,
    RunCreated,
    StateChanged,
    TrainingWorker,
)
from nn_engine import preset
from nn_engine.declarations import get_path
from nn_engine.experiments import Experiment, Session
from nn_engine.io.checkpoint import Checkpoint, load_checkpoint
from nn_engine.io.experiment_file import load_experiment, save_experiment
from nn_engine.io.metric_files import read_steps
from nn_engine.io.network_files import format_for
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.training import EpochEnd, Event, Snapshot, StepEnd, TrainEnd, Trainer, TrainerState
from nn_engine.types import Array

log = logging.getLogger(__name__)

HISTOGRAM_SECONDS = 0.045  # how often one kind of histogram is asked for: each answer costs the training a step
SNAPSHOT_SECONDS = 0.1  # how often the pad gets the weights of the running training
SETTLE_MS = 200  # how long after the last edit the network is built anew
EXPORT = "network to export"
AUTOSAVE_MS = 1_000  # how long after the last edit the experiment is kept for the next start
LAST, UNSAVED = "last-experiment.json", "unsaved-experiment.json"
NO_STEPS = np.zeros(0, [("step", "<u8"), ("loss", "<f4"), ("accuracy", "<f4"), ("learning_rate", "<f4")])


class Studio(QObject):
    """Everything behind the window. Signals say what concerns no single model."""

    told = Signal(str, str)
    """Something worth a sentence: its kind (success, info, warning, error) and the sentence."""
    saved = Signal(Path)
    """A file was written."""
    file_changed = Signal()
    """Another experiment is open, or it was saved."""
    ended = Signal(str)
    """A training ended by itself; in words."""

    def __init__(self, preferences: Preferences, experiment: Experiment | None = None) -> None:
        super().__init__()
        self.preferences = preferences
        self.document = ExperimentDocument(experiment or preset("mnist-300-augmented"))
        self.curves = Curves()
        self.transport = Transport()
        self.histograms = Histograms()
        self.samples = SamplesModel(self.document)
        self.pad = PadModel(preferences.data_folder)
        self.tasks = TaskWorker()
        self.worker = TrainingWorker(self._new_run_path)
        self.run_folder: Path | None = None
        self.edits_are_back = False
        """Whether it began with edits that could not be saved when the last session was ended from outside."""
        self.session: Session | None = None
        self._trained = self.document.experiment
        """What the present network is made from, with every live change that the worker was told of."""
        self._stale = False
        """Whether the experiment differs from that in what only a new training takes over."""
        self._preparing = 0
        """How many sessions the worker was asked for that it has neither given nor failed to give; the last counts."""
        self._asked: set[str] = set()
        self._snapshot_asked = 0.0
        self._histogram_asked: dict[str, float] = {}
        self._pretrained: Pretrained | None = None
        self._on_pad = ""
        """Whose network answers on the pad: a run's id, ``pretrained``, ``file``, or "" for none."""
        self._autosave = QTimer(self)
        self._autosave.setSingleShot(True)
        self._autosave.setInterval(AUTOSAVE_MS)
        self._autosave.timeout.connect(self._keep_experiment)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._prepare)
        self.document.live_changed.connect(lambda path, text: self._edited())
        self.document.structure_changed.connect(self._edited)
        self.document.changed.connect(self._document_changed)

    def start(self) -> None:
        """Start the workers and get the present experiment and the pretrained network ready."""
        self.worker.start()
        self.tasks.start()
        self._load_pretrained()
        self._document_changed()
        self._prepare()

    def finish(self, asked: bool = True) -> None:
        """Save, end the workers, wait for them. ``asked``: whether unsaved edits were saved or given up knowingly."""
        self._settle.stop()
        self._autosave.stop()
        self.autosave()
        self._keep_unsaved_edits(asked)
        self.worker.finish()
        self.tasks.finish()
        self.autosave()  # again: a job that kept an earlier edit may have ended only now

    # -- what a person does ---------------------------------------------------------------------------------------

    def train(self, until: type[Event] | None = None) -> None:
        """Train on, or begin anew where the experiment has changed in what cannot change while training runs."""
        if self._misfit:
            self.told.emit("error", self._misfit)
            return
        if self._stale or self._settle.isActive() or (self.session is None and not self._preparing):
            self._prepare()
        self.transport.ask("train", self.worker.train(until))

    def toggle(self) -> None:
        """Train, or pause, whichever was not asked for last; a training that has not begun yet does not begin then."""
        if self.transport.will_run:
            self.transport.ask("pause", self.worker.pause())
        else:
            self.train()

    def step(self) -> None:
        """Make one step; while training runs there is nothing to do."""
        if not self.transport.will_run:
            self.train(StepEnd)

    def epoch(self) -> None:
        """Train to the end of the epoch; while training runs there is nothing to do."""
        if not self.transport.will_run:
            self.train(EpochEnd)

    def stop(self) -> None:
        """End the training; the best weights answer from now on. One that has not begun yet does not begin."""
        self.transport.ask("stop", self.worker.stop())

    def rewind(self) -> None:
        """Go back to the initial weights; the run so far stays where it is."""
        self._prepare()

    def new_weights(self) -> None:
        """Draw other initial weights, by the next seed."""
        self.document.set("seed", str((self.document.experiment.seed + 1) % 2**31))
        self._prepare()

    # -- files ----------------------------------------------------------------------------------------------------

    def new_experiment(self, name: str) -> None:
        """Begin with a preset."""
        self.document.start(preset(name))
        self._opened()

    def open_file(self, path: Path) -> str:
        """Open an experiment or a checkpoint; returns "" or why it cannot be opened. What is open stays then."""
        try:
            if path.is_dir():
                folder, checkpoint = RunFolder.open(path)
                self._go_on(checkpoint, folder.path)
            elif path.suffix == ".npz":
                self._open_checkpoint(path)
            else:
                self.document.start(load_experiment(path), path)
                self._opened()
        except FileNotFoundError:
            return f"{path}: there is no such file."
        except OSError as error:
            return f"{path}: {error.strerror or error}."
        except ValueError as error:
            return str(error)
        self.preferences.note_recent(path)
        return ""

    def save_experiment(self, path: Path) -> str:
        """Save the experiment; returns "" or why it cannot be saved."""
        try:
            save_experiment(path, self.document.experiment)
        except OSError as error:
            return f"{path}: {error.strerror or error}. Choose another place, or make room."
        self.document.saved_to(path)
        self.preferences.note_recent(path)
        self.file_changed.emit()
        self.saved.emit(path)
        return ""

    def save_checkpoint(self, path: Path) -> None:
        """Save the whole training; ``saved`` or ``told`` says how it went."""
        self.worker.save(path)

    def export_network(self, path: Path) -> None:
        """Write the network for other programs, as the file's name says; ``saved`` or ``told`` says how it went.

        It is the one that answers on the pad, as it is now; where the pad has nobody to ask, the one in training.
        """
        trained = self.pad.trained()
        if trained is not None:
            self._write_network(path, trained)
        else:
            self.ask(EXPORT, lambda trainer: (path, _trained(trainer)))

    def _write_network(self, path: Path, trained: TrainedNetwork) -> None:
        self.tasks.submit(
            f"{EXPORT} {path}",
            lambda: format_for(path).write(path, trained),
            lambda _: self.saved.emit(path),
            lambda error: self.told.emit("error", _why_not_exported(path, error)),
        )

    def autosave(self) -> None:
        """Keep the experiment for the next start."""
        if self.preferences.values.autosave:
            folder = self.preferences.data_folder
            try:
                folder.mkdir(parents=True, exist_ok=True)
                save_experiment(folder / LAST, self.document.experiment)
            except OSError:
                log.exception("the experiment could not be kept")

    def _keep_unsaved_edits(self, asked: bool) -> None:
        """Where nothing is kept by itself and nobody could be asked, unsaved edits are kept all the same."""
        path = self.preferences.data_folder / UNSAVED
        try:
            if not asked and self.document.modified and not self.preferences.values.autosave:
                path.parent.mkdir(parents=True, exist_ok=True)
                save_experiment(path, self.document.experiment)
            elif self.edits_are_back:
                path.unlink(missing_ok=True)  # saved or given up by now
        except OSError:
            log.exception("the unsaved edits could not be kept")

    def restore_last(self) -> None:
        """Bring back the experiment of the last session, if it was kept."""
        folder, autosave = self.preferences.data_folder, self.preferences.values.autosave
        try:
            if (folder / UNSAVED).exists():
                self.document.apply(load_experiment(folder / UNSAVED), "the last session's edits")
                self.edits_are_back = True
            elif autosave and (folder / LAST).exists():
                self.document.start(load_experiment(folder / LAST))
        except (OSError, ValueError):
            log.exception("the kept experiment could not be read")

    def _open_checkpoint(self, path: Path) -> None:
        checkpoint = load_checkpoint(path)
        folder = path.parent.parent
        beside_its_run = path.name == "last.npz" and (folder / "run.json").exists()
        if checkpoint.state is not None and checkpoint.experiment is not None:
            self._go_on(checkpoint, folder if beside_its_run else None)
            return
        label = f"{path.name}, epoch {checkpoint.epochs_done}"
        self.pad.use_network(checkpoint.network, checkpoint.preprocessing, checkpoint.task, label)
        if checkpoint.experiment is not None:
            self.document.start(checkpoint.experiment)
            self._opened()
            self.pad.use_network(checkpoint.network, checkpoint.preprocessing, checkpoint.task, label)
        self._on_pad = "file"

    def _go_on(self, checkpoint: Checkpoint, folder: Path | None) -> None:
        assert checkpoint.experiment is not None
        assert checkpoint.state is not None
        state = checkpoint.state
        steps = NO_STEPS if folder is None else read_steps(folder / "steps.bin")  # may fail: before anything is left
        self.document.start(checkpoint.experiment)
        self._settle.stop()
        self._begin_showing(checkpoint.experiment)
        self._load_curves(state, steps)
        self.run_folder = folder
        self._preparing += 1
        self.worker.prepare(checkpoint.experiment, checkpoint, folder, self.histograms.questions_at_epochs())
        self.file_changed.emit()

    def _load_curves(self, state: TrainerState, steps: Array) -> None:
        """Show the past of a training that goes on: its epochs, and its steps where their record is at hand."""
        done, step = state.snapshot.epoch, state.snapshot.step
        # A checkpoint lists its epochs without their places; every one of them had as many steps.
        steps_per_epoch = (step - state.batch) // done if done else self.document.steps_per_epoch
        rows = [
            {"epoch": number, "step": number * steps_per_epoch, **metrics}
            for number, metrics in enumerate(state.history, start=1)
        ]
        self.curves.load(
            steps[steps["step"] <= step],
            rows,
            [dict(change) for change in state.changes],
            steps_per_epoch=steps_per_epoch,
            planned_epochs=state.plan.epochs,
            monitor=state.best.monitor if state.best is not None else "",
        )

    def _opened(self) -> None:
        self.run_folder = None
        self._prepare()
        self.file_changed.emit()

    # -- edits ----------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        """Let the present training take over what it can; what it cannot waits, and may be taken back until then."""
        wanted, was_stale = self.document.experiment, self._stale
        found = [change for change in differences(self._trained, wanted) if change.path not in WITHOUT_EFFECT]
        self._stale = any(not change.live for change in found)
        if not self.transport.begun and not self.transport.will_run:
            self._settle.start() if found else self._settle.stop()
        elif not self._stale:
            for change in found:
                self.worker.change(change.path, get_path(wanted, change.path))
            self._trained = wanted
        elif self.transport.will_run and not was_stale:
            self.told.emit("info", "This takes effect when a new training starts. Stop, then train.")
        if self._stale != was_stale:
            self.transport.changed.emit()  # Train means another thing now

    def _keep_experiment(self) -> None:
        """Keep the experiment as it is now, away from the GUI thread: the disk may take its time."""
        if self.preferences.values.autosave:
            path, experiment = self.preferences.data_folder / LAST, self.document.experiment

            def keep() -> None:
                path.parent.mkdir(parents=True, exist_ok=True)
                save_experiment(path, experiment)

            self.tasks.submit(
                "autosave", keep, lambda _: None, lambda error: log.error("the experiment could not be kept: %s", error)
            )

    def _document_changed(self) -> None:
        self._autosave.start()
        self.transport.block(self._misfit)
        if not self.transport.begun:
            self.curves.plan(self.document.steps_per_epoch, self.document.experiment.epochs)

    @property
    def _misfit(self) -> str:
        """Why the experiment cannot be trained, or ""; data that could not be read may be there at the next try."""
        return "" if self.document.data_error else self.document.fits

    @property
    def starts_anew(self) -> bool:
        """Whether Train would begin a new training although one has begun."""
        return self._stale and self.transport.begun

    @property
    def best_answers(self) -> bool:
        """Whether the best weights answer once the training has ended, rather than the last ones."""
        known = self.transport.best_value is not None
        return known and all(callback.restores_best for callback in self._trained.callbacks)

    # -- getting ready ------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self._settle.stop()
        experiment = self.document.experiment
        if any(row.error for row in self.document.layer_rows()):
            return
        self._begin_showing(experiment)
        self.run_folder = None
        self._preparing += 1
        self.worker.prepare(experiment, at_epochs=self.histograms.questions_at_epochs())

    def _begin_showing(self, experiment: Experiment) -> None:
        self._trained, self._stale = experiment, False
        self.session = None
        self.transport.clear()
        self.curves.clear()
        self.histograms.begin(self.document.steps_per_epoch)
        self._asked.clear()
        self._histogram_asked.clear()

    def _load_pretrained(self) -> None:
        try:
            found = load_pretrained()
        except (OSError, ValueError):
            log.exception("the pretrained network could not be read")
            return
        if found is not None:
            self.pad.use_network(found.network, found.preprocessing, found.task, found.label)
            self._pretrained, self._on_pad = found, "pretrained"

    @property
    def pretrained(self) -> Pretrained | None:
        """The shipped network, while it is the one that answers on the pad."""
        return self._pretrained if self._on_pad == "pretrained" else None

    def _new_run_path(self, name: str) -> Path:
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
        stem = f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}-{plain}"
        path, number = self.preferences.runs_folder / stem, 2
        while path.exists():
            path, number = self.preferences.runs_folder / f"{stem}-{number}", number + 1
        return path

    # -- news -----------------------------------------------------------------------------------------------------

    def ask_for(self, name: str) -> None:
        """What a visible panel wants: ``snapshot``, or a request of the histograms."""
        if name.startswith(HISTOGRAM_REQUEST):
            now = time.monotonic()
            if now - self._histogram_asked.get(name, 0.0) >= HISTOGRAM_SECONDS:
                self._histogram_asked[name] = now
                self.ask(name, self.histograms.question(name))
        elif name == "snapshot" and self.transport.running and not self.transport.end_reason:
            now = time.monotonic()
            if now - self._snapshot_asked >= SNAPSHOT_SECONDS:
                self._snapshot_asked = now
                self.ask(name, lambda trainer: trainer.snapshot())

    def ask(self, name: str, question: Callable[..., object]) -> None:
        """Ask the worker something for the panels that can be seen, unless the last answer is still to come."""
        if self.session is not None and name not in self._asked:
            self._asked.add(name)
            self.worker.request(name, question)

    def drain(self) -> None:
        """Hand over all that the workers have told since the last time."""
        self.tasks.deliver()
        news, events = self.worker.news, list[Event]()
        while news:
            item = news.popleft()
            if isinstance(item, Event):
                events.append(item)
            else:
                self._hand_over(events)
                events = []
                self._take(item)
        self._hand_over(events)

    def _hand_over(self, events: list[Event]) -> None:
        session = self.session
        if session is None or not events:
            return
        events = [event for event in events if event.run_id == session.trainer.run_id]
        self.curves.ingest(events)
        self.transport.ingest(events)
        for event in events:
            if isinstance(event, TrainEnd):
                self._train_ended(event)

    def _train_ended(self, event: TrainEnd) -> None:
        self.histograms.cut(event.step)  # a training that diverged goes back to its last sound moment
        self.ask("end", _answering)
        if event.reason == "diverged":
            self.told.emit("error", event.message)
        elif event.reason != "stopped":
            self.ended.emit(event.message)

    def _take(self, item: News) -> None:
        match item:
            case Prepared():
                self._prepared(item)
            case StateChanged():
                self._state_changed(item)
            case PaceMeasured():
                self._pace_measured(item)
            case RunCreated():
                self.run_folder = item.path
            case Answer():
                self._asked.discard(item.name)
                self._answered(item)
            case Failed():
                self._failed(item)

    def _pace_measured(self, item: PaceMeasured) -> None:
        if self.session is not None and item.run_id == self.session.trainer.run_id:
            self.transport.expect(item.seconds_per_epoch)

    def _failed(self, item: Failed) -> None:
        self._asked.discard(item.during)
        self.told.emit("error", item.sentence)
        if item.during in ("data", "preparing"):
            self._preparing -= 1
        if item.during in FAILURES and not self._preparing:
            if isinstance(item.error, DataError):
                self.document.data_failed(item.error.source, item.sentence)
            self.transport.fail(FAILURES[item.during], item.sentence)

    def _state_changed(self, item: StateChanged) -> None:
        was_running = self.transport.running
        self.transport.set_worker_state(item.state, item.obeyed)
        if was_running and item.state == "paused" and not self.transport.end_reason:
            # What was asked for while it ran may be some steps old; after a single step nothing was asked at all.
            self.ask("paused", lambda trainer: trainer.snapshot())

    def _prepared(self, item: Prepared) -> None:
        self._preparing -= 1
        if self._preparing:
            return  # another one was asked for in the meantime
        self.session = item.session
        trainer, data = item.session.trainer, item.session.data
        self.document.use_data(item.session.experiment.data, data)
        self.samples.use_data(data.train)
        self.transport.plan(trainer.steps_per_epoch, trainer.plan.epochs, trainer.monitor)
        if item.going_on:
            self.transport.go_on(trainer.state())
            self.transport.learning_rate = trainer.learning_rate
        self.pad.use_test_data(data.test)
        if item.going_on:
            # Those weights answer that did when it was saved: after the end the best, before it the present ones.
            snapshot, label = _answering(trainer)
            self._answer_with(snapshot, f"loaded, {label.removeprefix('live, ')}")
        elif self._on_pad not in ("pretrained", "file"):
            self._answer_with(trainer.snapshot(), "untrained")

    def _answered(self, item: Answer) -> None:
        if item.name.startswith(HISTOGRAM_REQUEST):
            self.histograms.take([item.value])
        elif item.name in ("snapshot", "paused"):
            self._answer_with(item.value, _live(item.value, self.transport.steps_per_epoch))
        elif item.name == "end":
            self._answer_with(*item.value)
        elif item.name == EXPORT:
            self._write_network(*item.value)
        elif item.name == "saved":
            self.preferences.note_recent(item.value)
            self.saved.emit(item.value)

    def _answer_with(self, snapshot: Snapshot, label: str) -> None:
        """Let the network of this moment answer on the pad."""
        session = self.session
        if session is None or snapshot.run_id != session.trainer.run_id:
            return
        if self._on_pad != snapshot.run_id:
            trainer = session.trainer
            self.pad.use_network(session.network, trainer.preprocessing, trainer.task, label)
            self._on_pad = snapshot.run_id
        self.pad.update_weights(snapshot.weights, label)


def _trained(trainer: Trainer) -> TrainedNetwork:
    """A copy of what is trained, as it is now."""
    return TrainedNetwork(trainer.network.replica(), trainer.preprocessing, trainer.task)


def _why_not_exported(path: Path, error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}. Choose another place, or make room."
    return str(error) or type(error).__name__


def _answering(trainer: Trainer) -> tuple[Snapshot, str]:
    """The weights that answer while nothing runs, and what they are called."""
    snapshot = trainer.answering_snapshot()
    if trainer.answering_best:
        return snapshot, f"best, epoch {snapshot.epoch}"
    return snapshot, _live(snapshot, trainer.steps_per_epoch)


def _live(snapshot: Snapshot, steps_per_epoch: int) -> str:
    """The epoch that is being trained, or, right after its last step, that has been."""
    return f"live, epoch {-(-snapshot.step // max(1, steps_per_epoch))}" if snapshot.step else "untrained"
