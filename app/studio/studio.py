"""The studio: what a person can do in it, and the parts that do it."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.studio.answering import Answering
from app.studio.delivery import Delivery
from app.studio.files import Files
from app.studio.keeping import Keeping
from app.studio.models import Models
from app.studio.present_training import PresentTraining
from app.studio.questions import Questions
from app.view_models.curves import Curves
from app.view_models.document import ExperimentDocument
from app.view_models.histograms import REQUEST as HISTOGRAM_REQUEST
from app.view_models.histograms import Histograms
from app.view_models.pad import PadModel
from app.view_models.preferences import Preferences
from app.view_models.pretrained import Pretrained
from app.view_models.rate_finder import RateFinder
from app.view_models.samples import SamplesModel
from app.view_models.transport import Transport
from app.workers.tasks import TaskWorker
from app.workers.training_worker import TrainingWorker
from nn_engine import preset
from nn_engine.experiments import Experiment, Session
from nn_engine.training import EpochEnd, Event, StepEnd

HISTOGRAM_SECONDS = 0.045  # how often one kind of histogram is asked for: each answer costs the training a step


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
        self.trials = TaskWorker()  # a search for a rate may take long; what is to be saved must not wait for it
        self.rates = RateFinder(self.document, self.trials.submit)
        self.worker = TrainingWorker(lambda name: new_run_path(preferences.runs_folder, name))
        models = Models(
            preferences, self.document, self.curves, self.transport, self.histograms, self.samples, self.pad, self.rates
        )
        self.questions = Questions(self.worker)
        self.answering = Answering(self.pad, self.transport, self.questions)
        self.training = PresentTraining(models, self.worker, self.questions, self.answering, self.told.emit)
        self.files = Files(models, self.worker, self.tasks, self.questions, self.training, self.answering)
        self.keeping = Keeping(self.document, preferences, self.tasks)
        self._delivery = Delivery(models, self.worker, self.questions, self.training, self.answering, self.files)
        self.files.told.connect(self.told)
        self.files.saved.connect(self.saved)
        self.files.opened.connect(self.file_changed)
        self._delivery.told.connect(self.told)
        self._delivery.ended.connect(self.ended)

    def start(self) -> None:
        """Start the workers and get the present experiment and the pretrained network ready."""
        self.worker.start()
        self.tasks.start()
        self.trials.start()
        self.answering.begin_with_pretrained()
        self.training.begin()

    def finish(self, asked: bool = True) -> None:
        """Save, end the workers, wait for them. ``asked``: whether unsaved edits were saved or given up knowingly."""
        self.training.finish()
        self.keeping.keep()
        self.keeping.keep_unsaved_edits(asked)
        self.rates.cancel()
        self.worker.finish()
        self.tasks.finish()
        self.trials.finish()
        self.keeping.keep()  # again: a job that kept an earlier edit may have ended only now

    def drain(self) -> None:
        """Hand over all that the workers have told since the last time."""
        self.tasks.deliver()
        self.trials.deliver()
        self.rates.drain()
        self._delivery.drain()

    def ask_for(self, name: str) -> None:
        """What a visible panel wants: ``snapshot``, or a request of the histograms."""
        if name == "snapshot":
            self.answering.follow()
        elif name.startswith(HISTOGRAM_REQUEST):
            self.questions.ask(name, self.histograms.question(name), every=HISTOGRAM_SECONDS)

    # -- training -------------------------------------------------------------------------------------------------

    def train(self, until: type[Event] | None = None) -> None:
        """Train on, or begin anew where the experiment has changed in what cannot change while training runs."""
        if misfit := self.training.misfit:
            self.told.emit("error", misfit)
            return
        self.training.prepare_if_edited()
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
        self.training.prepare()

    def new_weights(self) -> None:
        """Draw other initial weights, by the next seed."""
        self.document.set("seed", str((self.document.experiment.seed + 1) % 2**31))
        self.training.prepare()

    @property
    def session(self) -> Session | None:
        """The present training; None until it is ready."""
        return self.training.session

    @property
    def run_id(self) -> str:
        """The name of the present training; "" until it is ready."""
        return self.session.trainer.run_id if self.session is not None else ""

    @property
    def run_folder(self) -> Path | None:
        """Where the present training is recorded; None before its first step."""
        return self.training.run_folder

    @property
    def starts_anew(self) -> bool:
        """Whether Train would begin a new training although one has begun."""
        return self.training.starts_anew

    @property
    def best_answers(self) -> bool:
        """Whether the best weights answer once the training has ended, rather than the last ones."""
        return self.training.best_answers

    @property
    def pretrained(self) -> Pretrained | None:
        """The shipped network, while it is the one that answers on the pad."""
        return self.answering.pretrained

    # -- files ----------------------------------------------------------------------------------------------------

    def new_experiment(self, name: str) -> None:
        """Begin with a preset."""
        self.files.new_experiment(name)

    def open_file(self, path: Path) -> str:
        """Open an experiment, a checkpoint or a run's folder; returns "" or why it cannot be opened."""
        return self.files.open(path)

    def save_experiment(self, path: Path) -> str:
        """Save the experiment; returns "" or why it cannot be saved."""
        return self.files.save_experiment(path)

    def save_checkpoint(self, path: Path) -> None:
        """Save the whole training; ``saved`` or ``told`` says how it went."""
        self.files.save_checkpoint(path)

    def export_network(self, path: Path) -> None:
        """Write the network that answers on the pad for other programs; ``saved`` or ``told`` says how it went."""
        self.files.export_network(path)

    def restore_last(self) -> None:
        """Bring back the experiment of the last session, if it was kept."""
        self.keeping.restore()

    @property
    def edits_are_back(self) -> bool:
        """Whether it began with edits that could not be saved when the last session was ended from outside."""
        return self.keeping.edits_are_back


def new_run_path(folder: Path, name: str) -> Path:
    """A place for the run of an experiment of this name that begins now; there is nothing yet."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}-{plain}"
    path, number = folder / stem, 2
    while path.exists():
        path, number = folder / f"{stem}-{number}", number + 1
    return path
