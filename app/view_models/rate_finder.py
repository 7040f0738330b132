"""The search for a learning rate as the window shows it: followed trial by trial, and one rate chosen from it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.view_models.document import ExperimentDocument
from nn_engine.data.source import DataSource, LoadedData
from nn_engine.experiments import Experiment, schedule_sentence, try_rates
from nn_engine.training.rate_curve import RateSuggestion, RateTrial, smooth, suggest

Floats = NDArray[np.float64]

PATH = "optimizer.learning_rate"
"""The setting that is searched for."""
LOWEST, HIGHEST, STEPS = 1e-6, 10.0, 100
FIGURES = 2
"""To how many figures a rate is chosen: a search of one step a rate knows no more."""
WITHOUT_EFFECT = ("name", "schedule", "warm_up", "epochs", "averaging", "callbacks", "monitor")
"""Settings that no trial depends on."""

Submit = Callable[[str, Callable[[], Any], Callable[[Any], None], Callable[[BaseException], None]], None]
"""How a job is given to a thread: its key, the job, and who hears of its end or of its failure."""


class RateFinder(QObject):
    """Searches with a copy that starts from the initial weights, so it may run beside a training and disturbs none."""

    changed = Signal()

    def __init__(self, document: ExperimentDocument, submit: Submit) -> None:
        super().__init__()
        self.document, self._submit = document, submit
        self.lowest, self.highest = LOWEST, HIGHEST
        self.state = "idle"
        """``idle``, ``running``, ``done``, ``cancelled`` or ``failed``."""
        self.failure = ""
        self.trials: list[RateTrial] = []
        self.suggestion: RateSuggestion | None = None
        self.chosen = document.experiment.optimizer.learning_rate
        """Where the line stands; the rate in use until something is found or chosen."""
        self._chosen_by_hand = False
        self._data: tuple[DataSource, LoadedData] | None = None
        self._search: _Search | None = None
        document.changed.connect(self._document_changed)

    def use_data(self, source: DataSource, data: LoadedData) -> None:
        """The data of a source is read; a search of it need not read it again."""
        self._data = (source, data)

    # -- what a person does ---------------------------------------------------------------------------------------

    def search(self) -> None:
        """Begin anew, if the experiment can be trained at all."""
        self._abandon()
        self.trials, self.suggestion, self.failure = [], None, self._misfit
        self._chosen_by_hand = False
        self.chosen = self.rate_in_use
        self.state = "failed" if self.failure else "running"
        if not self.failure:
            experiment = self.document.experiment
            known = self._data is not None and self._data[0] == experiment.data
            data = self._data[1] if known and self._data else None
            search = _Search(experiment, data, self.lowest, self.highest)
            self._search = search
            self._submit("rates", search.run, lambda _: self._ended(search), lambda error: self._failed(search, error))
        self.changed.emit()

    def cancel(self) -> None:
        """End the search, in the middle of a trial as well; what it found so far stays to be seen."""
        if self.state == "running":
            self._abandon()
            self.state = "cancelled"
            self.changed.emit()

    def set_range(self, lowest: float, highest: float) -> str:
        """Search between these rates from now on; returns "" or the sentence that refuses them."""
        if not 0 < lowest < highest:
            return "The first must be below the last."
        self.lowest, self.highest = lowest, highest
        return ""

    def choose(self, rate: float) -> None:
        """Put the line at a rate, rounded to what can be told apart."""
        rate = float(f"{self._within(rate):.{FIGURES}g}")
        self._chosen_by_hand = True
        if rate != self.chosen:
            self.chosen = rate
            self.changed.emit()

    def apply(self) -> str:
        """Make the chosen rate the experiment's, as any edit; returns "" or the sentence that refuses it."""
        return self.document.set(PATH, repr(self.chosen))

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def curve(self) -> tuple[Floats, Floats, Floats]:
        """The rates, the loss at each, and that smoothed."""
        rates = np.array([trial.learning_rate for trial in self.trials])
        return rates, np.array([trial.loss for trial in self.trials]), np.asarray(smooth(self.trials), np.float64)

    @property
    def suggestions(self) -> dict[str, float]:
        """The suggested rates by name, rounded as they would be chosen."""
        if self.suggestion is None:
            return {}
        found = {"valley": self.suggestion.valley, "steepest": self.suggestion.steepest}
        return {name: float(f"{rate:.{FIGURES}g}") for name, rate in found.items() if rate is not None}

    @property
    def rate_in_use(self) -> float:
        """The experiment's learning rate."""
        return self.document.experiment.optimizer.learning_rate

    @property
    def outdated(self) -> bool:
        """Whether the experiment has changed since in what a trial depends on."""
        return self._search is not None and _tried(self._search.experiment) != _tried(self.document.experiment)

    @property
    def schedule_note(self) -> str:
        """What the schedule makes of the chosen rate, or ""."""
        return schedule_sentence(self.document.experiment, self.chosen, self.document.steps_per_epoch)

    # -- how it goes ----------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in the trials made since the last time; called by the pump."""
        search = self._search
        if search is not None and self.state == "running" and search.news:
            self._take(search)
            self.changed.emit()

    def _take(self, search: _Search) -> None:
        while search.news:
            self.trials.append(search.news.popleft())

    def _ended(self, search: _Search) -> None:
        if search is not self._search or self.state != "running":
            return
        self._take(search)
        self.suggestion, self.state = suggest(self.trials), "done"
        if "valley" in self.suggestions and not self._chosen_by_hand:
            self.chosen = self.suggestions["valley"]
        self.changed.emit()

    def _failed(self, search: _Search, error: BaseException) -> None:
        if search is self._search and self.state == "running":
            self.state, self.failure = "failed", _sentence(error)
            self.changed.emit()

    def _abandon(self) -> None:
        if self._search is not None:
            self._search.cancelled.set()

    @property
    def _misfit(self) -> str:
        """Why the experiment cannot be trained, or ""; data that could not be read may be there at the next try."""
        return "" if self.document.data_error else self.document.fits

    def _within(self, rate: float) -> float:
        return min(max(rate, self.lowest), self.highest)

    def _document_changed(self) -> None:
        if self.state != "idle":
            self.changed.emit()


class _Search:
    """One search. It runs in a thread of its owner's; ``news`` and ``cancelled`` are all that both sides touch."""

    def __init__(self, experiment: Experiment, data: LoadedData | None, lowest: float, highest: float) -> None:
        self.experiment, self._data, self._lowest, self._highest = experiment, data, lowest, highest
        self.news: deque[RateTrial] = deque()
        self.cancelled = threading.Event()

    def run(self) -> None:
        """Try the rates; for a thread other than that of the window."""
        if self.cancelled.is_set():
            return
        bounds = {"lowest": self._lowest, "highest": self._highest, "steps": STEPS}
        for trial in try_rates(self.experiment, data=self._data, **bounds, stop=self.cancelled.is_set):
            self.news.append(trial)


def _tried(experiment: Experiment) -> dict[str, Any]:
    """What the trials of an experiment depend on."""
    values = {name: value for name, value in experiment.values().items() if name not in WITHOUT_EFFECT}
    return {**values, "optimizer": experiment.optimizer.replace(learning_rate=1.0)}


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; try fewer units, or a smaller batch size."
    return str(error) or type(error).__name__
