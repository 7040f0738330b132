"""Keeping the experiment for the next start, without being asked."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer

from app.view_models.document import ExperimentDocument
from app.view_models.preferences import Preferences
from app.workers.tasks import TaskWorker
from nn_engine.experiments import Experiment
from nn_engine.io.experiment_file import load_experiment, save_experiment

log = logging.getLogger(__name__)

AUTOSAVE_MS = 1_000  # how long after the last edit the experiment is kept
LAST, UNSAVED = "last-experiment.json", "unsaved-experiment.json"


class Keeping(QObject):
    """Keeps what is edited in the folder of the person's data, and brings it back."""

    def __init__(self, document: ExperimentDocument, preferences: Preferences, tasks: TaskWorker) -> None:
        super().__init__()
        self._document, self._preferences, self._tasks = document, preferences, tasks
        self.edits_are_back = False
        """Whether it began with edits that could not be saved when the last session was ended from outside."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self._keep_soon)
        document.changed.connect(self._timer.start)

    def restore(self) -> None:
        """Bring back the experiment of the last session, if it was kept."""
        folder, autosave = self._preferences.data_folder, self._preferences.values.autosave
        try:
            if (folder / UNSAVED).exists():
                self._document.apply(load_experiment(folder / UNSAVED), "the last session's edits")
                self.edits_are_back = True
            elif autosave and (folder / LAST).exists():
                self._document.start(load_experiment(folder / LAST))
        except (OSError, ValueError):
            log.exception("the kept experiment could not be read")

    def keep(self) -> None:
        """Keep the experiment as it is, now; nothing is kept later by itself until it is edited again."""
        self._timer.stop()
        if self._preferences.values.autosave:
            try:
                self._write(LAST, self._document.experiment)
            except OSError:
                log.exception("the experiment could not be kept")

    def keep_unsaved_edits(self, asked: bool) -> None:
        """Where nothing is kept by itself and nobody could be asked, unsaved edits are kept all the same."""
        try:
            if not asked and self._document.modified and not self._preferences.values.autosave:
                self._write(UNSAVED, self._document.experiment)
            elif self.edits_are_back:  # saved or given up by now
                (self._preferences.data_folder / UNSAVED).unlink(missing_ok=True)
        except OSError:
            log.exception("the unsaved edits could not be kept")

    def _keep_soon(self) -> None:
        """Keep the experiment as it is now, away from the GUI thread: the disk may take its time."""
        if self._preferences.values.autosave:
            experiment = self._document.experiment
            self._tasks.submit(
                "autosave",
                lambda: self._write(LAST, experiment),
                lambda _: None,
                lambda error: log.error("the experiment could not be kept: %s", error),
            )

    def _write(self, name: str, experiment: Experiment) -> None:
        folder = self._preferences.data_folder
        folder.mkdir(parents=True, exist_ok=True)
        save_experiment(folder / name, experiment)
