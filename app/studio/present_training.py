"""The training at hand: how it is made ready, what it is made from, and how edits reach it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.studio.answering import Answering
from app.studio.models import Models
from app.studio.questions import Questions
from app.view_models.differences import differences
from app.view_models.document import WITHOUT_EFFECT
from app.view_models.standing import FAILURES
from app.workers.news import DataError, Failed, Prepared, Refused
from app.workers.training_worker import TrainingWorker
from nn_engine.declarations import get_path
from nn_engine.experiments import Experiment, Session
from nn_engine.io.checkpoint import Checkpoint
from nn_engine.io.metric_files import read_steps
from nn_engine.metrics import metrics_for
from nn_engine.training import TrainerState
from nn_engine.types import Array

SETTLE_MS = 200  # how long after the last edit the network is built anew
NO_STEPS = np.zeros(0, [("step", "<u8"), ("loss", "<f4"), ("accuracy", "<f4"), ("learning_rate", "<f4")])


class PresentTraining(QObject):
    """Keeps the training and the experiment that is edited together, or knows in what they differ."""

    def __init__(
        self,
        models: Models,
        worker: TrainingWorker,
        questions: Questions,
        answering: Answering,
        tell: Callable[[str, str], None],
    ) -> None:
        """``tell`` takes a kind (success, info, warning, error) and a sentence for the person."""
        super().__init__()
        self._models, self._worker, self._questions, self._answering = models, worker, questions, answering
        self._tell = tell
        self.session: Session | None = None
        """None until the worker has made it ready. Its trainer is the worker's; ask it by ``Questions``."""
        self.run_folder: Path | None = None
        self._made_from = models.document.experiment
        """What the present network is made from, with every live change that the worker was told of and that it has not
        refused."""
        self._stale = False
        """Whether the experiment differs from that in what only a new training takes over."""
        self._awaited = 0
        """How many sessions the worker was asked for that it has neither given nor failed to give; the last counts."""
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.prepare)
        models.document.live_changed.connect(lambda path, text: self._edited())
        models.document.structure_changed.connect(self._edited)
        models.document.changed.connect(self._show_plan)

    # -- what is known of it --------------------------------------------------------------------------------------

    @property
    def misfit(self) -> str:
        """Why the experiment cannot be trained, or ""; data that could not be read may be there at the next try."""
        document = self._models.document
        return "" if document.data_error else document.fits

    @property
    def settling(self) -> bool:
        """Whether a training is made ready for the last edits as soon as no other follows."""
        return self._settle.isActive()

    @property
    def starts_anew(self) -> bool:
        """Whether Train would begin a new training although one has begun."""
        return self._stale and self._models.transport.begun

    @property
    def best_answers(self) -> bool:
        """Whether the best weights answer once the training has ended, rather than the last ones."""
        known = self._models.transport.best_value is not None
        return known and self._made_from.restores_best

    # -- getting ready --------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the plan of the experiment that the studio starts with, and make it ready."""
        self._show_plan()
        self.prepare()

    def prepare_if_edited(self) -> None:
        """Make a new training ready where there is none, or where the present one cannot take over the edits."""
        if self._stale or self.settling or (self.session is None and not self._awaited):
            self.prepare()

    def prepare(self) -> None:
        """Make a training of the experiment ready that begins with its initial weights; not of an unfinished stack."""
        self._settle.stop()
        if not any(row.error for row in self._models.document.layer_rows()):
            self.begin_anew()

    def begin_anew(self) -> None:
        """``prepare`` for an experiment that was opened: even where its layers do not fit, which the worker then says.

        The training that was does not belong to it, so it ends in any case, and only then is its folder let go.
        """
        self._settle.stop()
        experiment = self._models.document.experiment
        self._clear(experiment)
        self.run_folder = None
        self._awaited += 1
        self._worker.prepare(experiment, at_epochs=self._models.histograms.questions_at_epochs())

    def go_on(self, checkpoint: Checkpoint, folder: Path | None) -> None:
        """Make ready what was saved with its whole state, in its run's folder if it has one.

        Raises OSError or ValueError where the folder's record cannot be read; then nothing has changed.
        """
        assert checkpoint.experiment is not None
        assert checkpoint.state is not None
        steps = NO_STEPS if folder is None else read_steps(folder / "steps.bin")
        self._models.document.start(checkpoint.experiment, trained=True)
        self._settle.stop()
        self._clear(checkpoint.experiment)
        self._load_curves(checkpoint.state, steps)
        self.run_folder = folder
        self._awaited += 1
        questions = self._models.histograms.questions_at_epochs()
        self._worker.prepare(checkpoint.experiment, checkpoint, folder, questions)

    def finish(self) -> None:
        """Build nothing any more."""
        self._settle.stop()

    def _clear(self, experiment: Experiment) -> None:
        """Nothing is known any more of the training that was; one of this experiment takes its place."""
        models = self._models
        self._made_from, self._stale = experiment, False
        self.session = None
        models.transport.clear()
        models.curves.clear()
        models.histograms.begin(models.document.steps_per_epoch)
        self._questions.close()
        self._answering.await_training()

    def _load_curves(self, state: TrainerState, steps: Array) -> None:
        """Show the past of a training that goes on: its epochs, and its steps where their record is at hand."""
        done, step = state.snapshot.epoch, state.snapshot.step
        # A checkpoint lists its epochs without their places; every one of them had as many steps.
        steps_per_epoch = (step - state.batch) // done if done else self._models.document.steps_per_epoch
        rows = [
            {"epoch": number, "step": number * steps_per_epoch, **metrics}
            for number, metrics in enumerate(state.history, start=1)
        ]
        self._models.curves.load(
            steps[steps["step"] <= step],
            rows,
            [dict(change) for change in state.changes],
            steps_per_epoch=steps_per_epoch,
            planned_epochs=state.plan.epochs,
            monitor=state.best.monitor if state.best is not None else "",
        )

    def take(self, prepared: Prepared) -> None:
        """The worker has made a training ready; unless another one was asked for in the meantime, it is shown."""
        self._awaited -= 1
        if self._awaited:
            return
        self.session, models = prepared.session, self._models
        data = prepared.session.data
        models.document.use_data(prepared.session.experiment.data, data)
        models.samples.use_data(data.train)
        models.rates.use_data(prepared.session.experiment.data, data)
        models.transport.plan(prepared.steps_per_epoch, prepared.epochs, prepared.monitor)
        models.curves.judge_by(list(metrics_for(data.train.task)), prepared.monitor)
        if prepared.past is not None:
            if prepared.steps is not None and len(prepared.steps) != len(models.curves.steps):
                self._load_curves(prepared.past, prepared.steps)  # the run had not ended yet when it was opened
            models.transport.go_on(prepared.past, prepared.learning_rate)
        models.pad.use_test_data(data.test)
        self._questions.open()
        self._answering.use_training(prepared)

    def fail(self, failed: Failed) -> None:
        """Something went wrong; what concerns the training that is being waited for, or the present one, is shown."""
        if failed.during in ("data", "preparing"):
            self._awaited -= 1
        if failed.during in FAILURES and not self._awaited:
            if isinstance(failed.error, DataError):
                self._models.document.data_failed(failed.error.source, failed.sentence)
            self._models.transport.fail(FAILURES[failed.during], failed.sentence)

    # -- edits ----------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        """Let the present training take over what it can; what it cannot waits, and may be taken back until then."""
        wanted, was_stale, transport = self._models.document.experiment, self._stale, self._models.transport
        found = [change for change in differences(self._made_from, wanted) if change.path not in WITHOUT_EFFECT]
        self._stale = any(not change.live for change in found)
        if not transport.begun and not transport.will_run:
            self._settle.start() if found else self._settle.stop()
        elif not self._stale:
            for change in found:
                self._worker.change(change.path, get_path(wanted, change.path))
            self._made_from = wanted
        elif transport.will_run and not was_stale:
            self._tell("info", "This takes effect when a new training starts. Stop, then train.")
        if self._stale != was_stale:
            transport.changed.emit()  # Train means another thing now

    def take_back(self, refused: Refused) -> None:
        """The training cannot take over a change: it goes on as it was, and the setting shows that."""
        if self.session is None or self.session.trainer.run_id != refused.run_id:
            return
        assert isinstance(refused.plan, Experiment)
        self._made_from = refused.plan
        document, path = self._models.document, refused.path
        if _value_at(document.experiment, path) == refused.value:  # nothing else was chosen in the meantime
            known = _value_at(refused.plan, path) is not None
            document.take_back(path if known else path.partition(".")[0], refused.plan)
        self._edited()  # what was chosen in the meantime is not given up
        self._tell("error", f"{refused.sentence} The setting is back to what the training uses.")

    def _show_plan(self) -> None:
        document, transport = self._models.document, self._models.transport
        transport.block(self.misfit)
        if not transport.begun:
            self._models.curves.plan(document.steps_per_epoch, document.experiment.epochs)


def _value_at(experiment: Experiment, path: str) -> Any:
    """The value at a path, or None where there is no such setting."""
    try:
        return get_path(experiment, path)
    except ValueError:
        return None
