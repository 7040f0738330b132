"""Opening, saving and exporting."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.studio.answering import Answering
from app.studio.models import Models
from app.studio.present_training import PresentTraining
from app.studio.questions import Questions
from app.workers.tasks import TaskWorker
from app.workers.training_worker import TrainingWorker
from nn_engine import preset
from nn_engine.io.checkpoint import Checkpoint, load_checkpoint
from nn_engine.io.experiment_file import load_experiment, save_experiment
from nn_engine.io.network_files import format_for, load_trained
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.training import Trainer

EXPORT = "network to export"


log = logging.getLogger(__name__)


class Files(QObject):
    """What stands in the File menu. Whatever cannot be read leaves what is open as it is."""

    saved = Signal(Path)
    """A file was written."""
    opened = Signal()
    """Another experiment is open, or it was saved."""
    told = Signal(str, str)
    """Something worth a sentence: its kind and the sentence."""

    def __init__(
        self,
        models: Models,
        worker: TrainingWorker,
        tasks: TaskWorker,
        questions: Questions,
        training: PresentTraining,
        answering: Answering,
    ) -> None:
        super().__init__()
        self._document, self._preferences, self._pad = models.document, models.preferences, models.pad
        self._transport, self._histograms = models.transport, models.histograms
        self._worker, self._tasks, self._questions = worker, tasks, questions
        self._training, self._answering = training, answering

    # -- opening --------------------------------------------------------------------------------------------------

    def new_experiment(self, name: str) -> None:
        """Begin with a preset."""
        self._document.start(preset(name))
        self._begin_anew()

    def open(self, path: Path) -> str:
        """Open an experiment, a checkpoint, a network or a run's folder; returns "" or why it cannot be opened."""
        try:
            if path.is_dir():
                folder, checkpoint = RunFolder.open(path)
                self._go_on(checkpoint, folder.path)
            elif path.suffix.lower() == ".npz":
                self._open_checkpoint(path)
            elif path.suffix.lower() == ".safetensors":
                if self._transport.will_run:
                    return f"{path.name}: the network in training answers on the pad. Pause or stop it first."
                self._answering.use_file(load_trained(path), path.name)
            else:
                self._document.start(load_experiment(path), path)
                self._begin_anew()
        except FileNotFoundError:
            return f"{path}: there is no such file."
        except OSError as error:
            return f"{path}: {error.strerror or error}."
        except ValueError as error:
            return str(error)
        self._preferences.note_recent(path)
        return ""

    def _open_checkpoint(self, path: Path) -> None:
        checkpoint = load_checkpoint(path)
        folder = path.parent.parent
        beside_its_run = path.name == "last.npz" and (folder / "run.json").exists()
        if checkpoint.state is not None and checkpoint.experiment is not None:
            self._go_on(checkpoint, folder if beside_its_run else None)
            return
        if checkpoint.experiment is not None:
            self._document.start(checkpoint.experiment)
            self._begin_anew()
        self._answering.use_file(checkpoint, f"{path.name}, epoch {checkpoint.epochs_done}")

    def _go_on(self, checkpoint: Checkpoint, folder: Path | None) -> None:
        self._training.go_on(checkpoint, folder)
        if folder is not None:
            past = self._histograms.past_of(folder, checkpoint.run_id, checkpoint.step)
            self._tasks.submit("past histograms", past, self._histograms.take, _no_past)
        self.opened.emit()

    def _begin_anew(self) -> None:
        self._training.begin_anew()
        self.opened.emit()

    # -- saving ---------------------------------------------------------------------------------------------------

    def save_experiment(self, path: Path) -> str:
        """Save the experiment; returns "" or why it cannot be saved."""
        try:
            save_experiment(path, self._document.experiment)
        except OSError as error:
            return _why_not_written(path, error)
        self._document.saved_to(path)
        self._preferences.note_recent(path)
        self.opened.emit()
        self.saved.emit(path)
        return ""

    def save_checkpoint(self, path: Path) -> None:
        """Save the whole training; ``saved``, or a sentence of the worker, says how it went."""
        self._worker.save(path)

    def checkpoint_saved(self, path: Path) -> None:
        """The worker has saved the training."""
        self._preferences.note_recent(path)
        self.saved.emit(path)

    # -- for other programs ---------------------------------------------------------------------------------------

    def export_network(self, path: Path) -> None:
        """Write the network for other programs, as the file's name says; ``saved`` or ``told`` says how it went.

        It is the one that answers on the pad, as it is now; where the pad has nobody to ask, the one in training.
        """
        trained = self._pad.trained()
        if trained is not None:
            self._write(path, trained)
        else:
            self._questions.ask(EXPORT, _trained, lambda answer: self._write(path, answer))

    def _write(self, path: Path, trained: TrainedNetwork) -> None:
        self._tasks.submit(
            f"{EXPORT} {path}",
            lambda: format_for(path).write(path, trained),
            lambda _: self.saved.emit(path),
            lambda error: self.told.emit("error", _why_not_written(path, error)),
        )


def _trained(trainer: Trainer) -> TrainedNetwork:
    """A copy of what is trained, with the weights that answer now."""
    return TrainedNetwork(trainer.answering_network(), trainer.preprocessing, trainer.task)


def _why_not_written(path: Path, error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}. Choose another place, or make room."
    return str(error) or type(error).__name__


def _no_past(error: BaseException) -> None:
    log.error("the histograms of earlier epochs could not be read: %s", error)
