"""The folder of a run: everything about one training, readable without the studio, and always fit to go on with.

    run.json            run id, parent, when it began, and with what: versions, threads, kernels
    experiment.json     the experiment as it was at the start
    metrics.csv         a row an epoch
    steps.bin           a record a step
    events.jsonl        what happened, one JSON object a line
    checkpoints/        last.npz, from which the training goes on, best.npz, the network at its best, and
                        epoch-0001.npz and so on, the network after each epoch (or after those that callbacks of
                        the experiment ask for)

The numbers are written before the checkpoint that counts them, and cut back to the checkpoint when a run is opened
again: so whatever moment a crash picks, files and checkpoint agree.
"""

import datetime
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nn_engine.environment import describe_environment
from nn_engine.experiments.experiment import Experiment
from nn_engine.io import documents, metric_files
from nn_engine.io.checkpoint import Checkpoint, load_checkpoint, save_best, save_checkpoint, save_snapshot
from nn_engine.io.experiment_file import experiment_text
from nn_engine.io.files import append_and_sync, rename, sync_folder, write_and_sync
from nn_engine.io.lock import FileLock
from nn_engine.io.schema import anything, mapping_of, optional, record, text
from nn_engine.training.events import EpochEnd, Event, SettingChanged, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.trainer import Trainer

FORMAT, VERSION = "backprop-studio-run", 1
_NAMES = ("checkpoints", "metrics.csv", "steps.bin", "events.jsonl", "experiment.json", "run.json")
"""What is made, in the order in which it gets its place: the last makes it a run."""
_STEP_FIELDS = (("step", "<u8"), ("loss", "<f4"), ("learning_rate", "<f4"))
"""What is recorded of every step, before its metrics."""
_ABOUT = record(run_id=text, parent=optional(text), began=text, environment=mapping_of(anything))


class RunFolderError(ValueError):
    """A folder that is not a run, or that cannot become one; the message names it and the fault."""


class RunFolder:
    """One run's folder. Give ``record`` to the trainer as an observer; use as a context manager to hold its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last = path / "checkpoints" / "last.npz"
        self.best = path / "checkpoints" / "best.npz"
        self._metrics, self._steps, self._events = path / "metrics.csv", path / "steps.bin", path / "events.jsonl"
        self._columns: tuple[str, ...] = ()
        self._step_metrics: tuple[str, ...] = ()
        self._waiting: list[tuple[float, ...]] = []
        self._rows: list[bytes] = []
        self._lock = FileLock(path / ".lock")

    # -- making and opening ---------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path | str, trainer: Trainer, parent: str | None = None) -> "RunFolder":
        """Make the folder of a run that is about to begin, with a first checkpoint: all of it, or none.

        Raises RunFolderError where ``path`` is taken or the trainer's plan is no Experiment; OSError as the disk says.
        """
        path = Path(path)
        if path.exists() and not path.is_dir():
            raise RunFolderError(f"{path} is a file: choose another name for the run's folder.")
        if path.exists() and any(path.iterdir()):
            raise RunFolderError(f"{path} is not empty: choose another folder, or go on with the run in it by resume.")
        if not isinstance(trainer.plan, Experiment):
            raise RunFolderError(
                "A run folder needs an Experiment as the trainer's plan; received a bare TrainingPlan."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        within = path.is_dir()
        # An empty folder that is there stays there: it may be the working folder, or another disk.
        partial = (path / "new" if within else path).with_name(f".{path.name}.{os.getpid()}.partial")
        moved: list[Path] = []
        try:
            cls(partial)._fill(trainer, trainer.plan, parent)
            # Folders cannot replace one that holds something, so of two processes one is refused at the first move.
            for name in _NAMES if within else ():
                rename(partial / name, path / name)
                moved.append(path / name)
            if within:
                partial.rmdir()
            else:
                rename(partial, path)
        except BaseException:
            for place in (partial, *moved):
                shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
            raise
        sync_folder(path if within else path.parent)
        return cls(path)

    def _fill(self, trainer: Trainer, experiment: Experiment, parent: str | None) -> None:
        self.last.parent.mkdir(parents=True)
        about = {
            "run_id": trainer.run_id,
            "parent": parent,
            "began": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "environment": describe_environment(),
        }
        write_and_sync(self.path / "run.json", documents.to_text(FORMAT, VERSION, about))
        write_and_sync(self.path / "experiment.json", experiment_text(experiment))
        self._begin_metric_files(trainer)
        save_checkpoint(self.last, trainer)
        sync_folder(self.path)

    def _begin_metric_files(self, trainer: Trainer) -> None:
        """Make those that are not there yet, with nothing but their headers."""
        columns = ["epoch", "step", *trainer.metric_names, "learning_rate", "seconds"]
        fields = [*_STEP_FIELDS, *((name, "<f4") for name in trainer.step_metric_names)]
        beginnings = {
            self._metrics: metric_files.csv_row(columns),
            self._steps: metric_files.steps_header(fields),
            self._events: b"",
        }
        for path, beginning in beginnings.items():
            if not path.exists():
                write_and_sync(path, beginning)
        # A run that an earlier version of the program began may have other columns; it keeps them.
        self._columns = metric_files.columns(self._metrics)
        self._step_metrics = metric_files.step_fields(self._steps)[len(_STEP_FIELDS) :]

    @classmethod
    def open(cls, path: Path | str) -> tuple["RunFolder", Checkpoint]:
        """An existing run and the checkpoint to go on from.

        Raises RunFolderError or CheckpointError naming the file and the fault.
        """
        path = Path(path)
        folder = cls(path)
        if not (path / "run.json").is_file():
            raise RunFolderError(f"{path}: there is no run here (expected a file run.json in it).")
        checkpoint = load_checkpoint(folder.last)
        if checkpoint.state is None or checkpoint.experiment is None:
            raise RunFolderError(f"{folder.last}: the checkpoint holds a network but not the training to go on with.")
        if folder.about()["run_id"] != checkpoint.run_id:
            raise RunFolderError(f"{folder.last}: the checkpoint is of another run than run.json beside it tells of.")
        return folder, checkpoint

    def about(self) -> dict[str, Any]:
        """What ``run.json`` says. Raises RunFolderError naming the fault."""
        path = self.path / "run.json"
        content = documents.load_document(path, FORMAT, VERSION, {}, RunFolderError)
        try:
            return dict(_ABOUT(content, "run"))
        except ValueError as error:
            raise RunFolderError(f"{path}: {error}") from None

    def cut_back(self, trainer: Trainer) -> None:
        """Make the files agree with the restored trainer: drop what was written after its checkpoint."""
        done = len(trainer.history)
        self._waiting = [values for values in self._waiting if values[0] <= trainer.step]
        self._begin_metric_files(trainer)
        metric_files.cut_steps(self._steps, trainer.step)
        metric_files.cut_rows(self._metrics, done)
        metric_files.cut_events(self._events, trainer.step, done)
        for number in self.kept_epoch_numbers():
            if number > done:
                self.epoch_file(number).unlink(missing_ok=True)
        for leftover in (*self.path.glob(".*.partial"), *self.last.parent.glob(".*.partial")):
            leftover.unlink(missing_ok=True)
        if trainer.best is not None:
            save_best(self.best, trainer)
        else:
            self.best.unlink(missing_ok=True)

    def in_use(self) -> bool:
        """Whether a living process is training this run. Raises OSError where the disk knows no locks."""
        if not (self.path / ".lock").exists():
            return False
        if self._lock.acquire():
            self._lock.release()
            return False
        return True

    def __enter__(self) -> "RunFolder":
        if not self._lock.acquire():
            raise RunFolderError(f"{self.path}: another process is training this run; wait for it or stop it first.")
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    # -- while training -------------------------------------------------------------------------------------------

    def record(self, event: Event, trainer: Trainer) -> None:
        """Observer: write what happened, then, at the end of an epoch and of the training, the checkpoint."""
        match event:
            case StepEnd():
                values = (event.metrics.get(name, math.nan) for name in self._step_metrics)
                self._waiting.append((event.step, event.loss, event.learning_rate, *values))
            case TrainBegin():
                self.cut_back(trainer)
                self._flush_rows()
                at_an_end, wanted = trainer.history and not trainer.batch, trainer.kept_epochs
                kept = wanted is None or event.epoch - 1 in wanted
                if at_an_end and kept and not self.epoch_file(event.epoch).exists():
                    save_snapshot(self.epoch_file(event.epoch), trainer)
                self._tell("train_begin", event, {"epochs": event.epochs, "steps_per_epoch": event.steps_per_epoch})
            case SettingChanged():
                self._tell("setting_changed", event, {"path": event.path, "old": event.old, "new": event.new})
            case EpochEnd():
                self._end_epoch(event, trainer)
            case TrainEnd():
                self._flush_steps()
                self._flush_rows()
                save_checkpoint(self.last, trainer)
                self._tell("train_end", event, {"reason": event.reason, "message": event.message})

    def _end_epoch(self, event: EpochEnd, trainer: Trainer) -> None:
        # First of all noted here: a full disk may refuse any of what follows, and have room again later.
        values: dict[str, Any] = {"epoch": event.epoch + 1, "step": event.step, **event.metrics}
        values |= {"learning_rate": event.learning_rate, "seconds": round(event.seconds, 6)}
        self._rows.append(metric_files.csv_row(values.get(name, "") for name in self._columns))
        self._flush_steps()
        self._flush_rows()
        self._tell("epoch_end", event, {**event.metrics, "learning_rate": event.learning_rate})
        wanted = trainer.kept_epochs
        if wanted is None or event.epoch in wanted:
            save_snapshot(self.epoch_file(event.epoch + 1), trainer)
        if event.improved:
            save_best(self.best, trainer)
        save_checkpoint(self.last, trainer)
        if wanted is not None:  # only now: until here a crash would go on from a state that wants other epochs
            for number in set(self.kept_epoch_numbers()) - {epoch + 1 for epoch in wanted}:
                self.epoch_file(number).unlink(missing_ok=True)

    def kept_epoch_numbers(self) -> list[int]:
        """The epochs, from 1, after which the network is kept, in order."""
        names = (path.stem.removeprefix("epoch-") for path in self.last.parent.glob("epoch-*.npz"))
        return sorted(int(name) for name in names if name.isdigit())

    def epoch_file(self, epochs_done: int) -> Path:
        """Where the network after so many epochs is kept."""
        return self.last.with_name(f"epoch-{epochs_done:04}.npz")

    def _flush_rows(self) -> None:
        if self._rows:
            append_and_sync(self._metrics, b"".join(self._rows))
            self._rows.clear()  # kept until they are written

    def _flush_steps(self) -> None:
        metric_files.append_steps(self._steps, self._waiting)
        self._waiting.clear()

    def _tell(self, name: str, event: Event, more: Mapping[str, Any]) -> None:
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        told = {"event": name, "time": when, "epoch": event.epoch + 1, "step": event.step, **more}
        append_and_sync(self._events, metric_files.json_line(told))
