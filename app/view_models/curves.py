"""What a training has told so far, as arrays that charts draw: a value a step, points an epoch, flags, the best epoch.

Fed with events in batches. ``version`` grows with every change, ``generation`` only when what was there before is no
longer as it was, so that a chart may go on from what it has drawn while the generation stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.view_models.chart_options import ChartOptions
from app.view_models.flags import flag_text
from app.view_models.growable import Growable
from app.view_models.smoothing import Smoother, smoother
from app.view_models.x_view import XView
from nn_engine.declarations import registered
from nn_engine.metrics import higher_is_better
from nn_engine.training.events import EpochEnd, Event, SettingChanged, StepEnd, TrainBegin

Floats = NDArray[np.float64]

POINT_COLUMNS = 5
"""What a row of ``points`` holds: the step at which an epoch ended, loss and val_loss, the metric and its val_."""

ACCURACY = "accuracy"


@dataclass(frozen=True)
class Best:
    """The best epoch so far. Epochs count from 0."""

    epoch: int
    step: int
    value: float
    monitor: str
    """The metric that decides."""


@dataclass(frozen=True)
class Flag:
    """A setting was changed after this step."""

    step: int
    text: str


@dataclass(frozen=True)
class Reading:
    """Every curve at one step. Validation is that of the last epoch before it; NaN where there is nothing."""

    step: float
    epoch: float
    loss: float
    raw_loss: float
    val_loss: float
    metric: float
    raw_metric: float
    val_metric: float
    learning_rate: float


_NOTHING = Reading(*[math.nan] * 9)


class Curves:
    """The curves of one run.

    Args:
        options: how the charts show them; of its own if not given.
        flag_words: what a change of a setting is called, from its path, old and new value.
    """

    def __init__(
        self, options: ChartOptions | None = None, flag_words: Callable[[str, str, str], str] = flag_text
    ) -> None:
        self.options = options or ChartOptions()
        self.view = XView()
        self.version = self.generation = 0
        self._flag_words = flag_words
        self.metric = ACCURACY
        """The metric shown beside the loss, without ``val_``; ``metric`` among the names of the curves."""
        self._decides = ""
        self.run_id = ""
        self.steps_per_epoch, self.epochs = 1, 0
        self._forget()
        self.options.smoothing_changed.connect(self._smooth_anew)

    @property
    def _point_names(self) -> tuple[str, ...]:
        """The metrics of a row of ``points``, behind its step."""
        return ("loss", "val_loss", self.metric, f"val_{self.metric}")

    def judge_by(self, metrics: Sequence[str], monitor: str = "") -> None:
        """Show, beside the loss, the metric that decides; where that is a loss, the one a person thinks of first.

        ``metrics`` are the names of all that is measured. What is shown already is left as it is.
        """
        plain = dict.fromkeys(name.removeprefix("val_") for name in metrics)
        others = [name for name in plain if name in registered("metric")]
        self._decides, decides = monitor, monitor.removeprefix("val_")
        found = decides if decides in others else others[0] if others else self.metric
        if found != self.metric and not len(self.points):
            self.metric = found
            self._take_recorded_metric()

    def _take_recorded_metric(self) -> None:
        """Of the steps there are, the values of the metric that is shown, where a file holds them."""
        values = np.full(len(self._steps), np.nan)
        recorded = self._recorded.get(self.metric, values)[: len(values)]
        values[: len(recorded)] = recorded
        self._raw["metric"] = Growable()
        self._raw["metric"].extend(values)
        self._smooth_anew()

    def _forget(self) -> None:
        self._steps, self._rate = Growable(), Growable()
        self._raw = {"loss": Growable(), "metric": Growable()}
        self._recorded: dict[str, Floats] = {}
        """Every metric of the steps that came from a file: which is shown may be decided only later."""
        self._points = Growable(columns=POINT_COLUMNS)
        self.flags: list[Flag] = []
        self.best: Best | None = None
        self._bests: list[Best] = []
        self._smooth_anew()

    def _smooth_anew(self) -> None:
        self._smoothed = {name: Growable() for name in self._raw}
        self._smoothers: dict[str, Smoother] = {
            name: smoother(self.options.smoothing, self.options.moving_average) for name in self._raw
        }
        self._changed(earlier=True)

    def _changed(self, earlier: bool = False) -> None:
        self.version += 1
        self.generation += earlier

    # -- what there is --------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether no step has been made."""
        return not len(self._steps)

    @property
    def steps(self) -> Floats:
        """The numbers of the steps, rising."""
        return self._steps.values

    @property
    def steps_loss(self) -> Floats:
        """The training loss of each step."""
        return self._raw["loss"].values

    @property
    def steps_metric(self) -> Floats:
        """The metric of each step; NaN where it is not taken at every step."""
        return self._raw["metric"].values

    @property
    def steps_rate(self) -> Floats:
        """The learning rate used in each step."""
        return self._rate.values

    @property
    def points(self) -> Floats:
        """A row an epoch, see ``POINT_COLUMNS``."""
        return self._points.values

    def raw(self, name: str) -> Floats:
        """``loss`` or ``metric`` of each step."""
        return self._raw[name].values

    def smoothed(self, name: str) -> Floats:
        """``loss`` or ``metric`` smoothed as the options say: computed once, and only if asked for."""
        done, raw = self._smoothed[name], self._raw[name].values
        if len(done) < len(raw):
            done.extend(self._smoothers[name].extend(raw[len(done) :]))
        return done.values

    def epoch_of(self, step: float) -> float:
        """How many epochs are done after so many steps."""
        return step / self.steps_per_epoch

    def values_at(self, step: float) -> Reading:
        """What a crosshair at this step reads: the values of the nearest step that there is."""
        if self.empty:
            return _NOTHING
        index = self.nearest(step)
        found = float(self.steps[index])
        before = int(np.searchsorted(self.points[:, 0], found, side="right")) - 1
        val_loss, val_metric = self.points[before, [2, 4]] if before >= 0 else (math.nan, math.nan)
        return Reading(
            found,
            self.epoch_of(found),
            float(self.smoothed("loss")[index]),
            float(self.steps_loss[index]),
            float(val_loss),
            float(self.smoothed("metric")[index]),
            float(self.steps_metric[index]),
            float(val_metric),
            float(self.steps_rate[index]),
        )

    def nearest(self, step: float) -> int:
        """The index of the step nearest to this one. There must be one."""
        after = min(int(np.searchsorted(self.steps, step)), len(self._steps) - 1)
        before = max(after - 1, 0)
        return before if step - self.steps[before] < self.steps[after] - step else after

    def latest(self) -> Reading:
        """The present values."""
        return _NOTHING if self.empty else self.values_at(float(self.steps[-1]))

    def table(self) -> dict[str, Floats]:
        """All raw data as columns of equal length: a row a step, validation where a step ended an epoch."""
        steps, points = self.steps, self.points
        columns = {
            "step": steps,
            "epoch": steps / self.steps_per_epoch,
            "loss": self.steps_loss,
            self.metric: self.steps_metric,
            "learning_rate": self.steps_rate,
        }
        rows = np.searchsorted(steps, points[:, 0])
        there = rows < len(steps)
        for column in (2, 4):
            values = np.full(len(steps), np.nan)
            values[rows[there]] = points[there, column]
            columns[self._point_names[column - 1]] = values
        return columns

    # -- how it comes ---------------------------------------------------------------------------------------------

    def begin(self, steps_per_epoch: int, epochs: int, step: int = 0) -> None:
        """A training begins, or goes on from ``step``: what is later than that is dropped."""
        self.steps_per_epoch, self.epochs = max(1, steps_per_epoch), epochs
        if step == 0:
            self._forget()
            self.view.follow()
            self.view.point_at(None)
        elif not self.empty and self.steps[-1] > step:
            self._cut(step)
        self._changed(earlier=True)

    def clear(self) -> None:
        """Forget everything; the charts are empty again."""
        self.run_id = ""
        self.begin(self.steps_per_epoch, self.epochs)

    def plan(self, steps_per_epoch: int, epochs: int) -> None:
        """How long the next training would be: what the empty charts' axis shows. Nothing while there are curves."""
        if self.empty and (max(1, steps_per_epoch), epochs) != (self.steps_per_epoch, self.epochs):
            self.begin(steps_per_epoch, epochs)

    def ingest(self, events: Sequence[Event]) -> None:
        """Take in a batch of events. Those of another run than the one that began last are stale and ignored."""
        rows: list[tuple[int, float, float, float]] = []
        for event in events:
            if isinstance(event, TrainBegin):
                self._add(rows)
                self.run_id = event.run_id
                self.begin(event.steps_per_epoch, event.epochs, event.step)
            elif self.run_id and event.run_id != self.run_id:
                continue
            elif isinstance(event, StepEnd):
                rows.append((event.step, event.loss, event.metrics.get(self.metric, math.nan), event.learning_rate))
            elif isinstance(event, EpochEnd):
                self._add(rows)
                self._end_epoch(event.epoch, event.step, event.metrics, event.improved)
            elif isinstance(event, SettingChanged):
                if event.path == "epochs":
                    self.epochs = int(event.new)
                self.flags.append(Flag(event.step, self._flag_words(event.path, event.old, event.new)))
                self._changed()
        self._add(rows)

    def load(
        self,
        steps: NDArray[Any],
        epochs: Sequence[Mapping[str, Any]],
        changes: Sequence[Mapping[str, Any]] = (),
        steps_per_epoch: int = 0,
        planned_epochs: int = 0,
        monitor: str = "",
    ) -> None:
        """A run from its files.

        Args:
            steps: the records of ``steps.bin``.
            epochs: the rows of ``metrics.csv``, epochs from 1; numbers may be text.
            changes: settings changed while it was trained: step, path, old, new.
            steps_per_epoch: derived from the epochs if not given.
            planned_epochs: as many as there are if not given.
            monitor: the metric that decides which epoch is best; the trainer's own choice if not given.
        """
        rows = [{name: _number(value) for name, value in row.items()} for row in epochs]
        if not steps_per_epoch and rows:
            steps_per_epoch = round(rows[-1]["step"] / rows[-1]["epoch"])
        self.begin(steps_per_epoch or max(1, len(steps)), planned_epochs or len(rows))
        names = steps.dtype.names or ()
        self._steps.extend(steps["step"].astype(np.float64))
        self._raw["loss"].extend(steps["loss"].astype(np.float64))
        self._rate.extend(steps["learning_rate"].astype(np.float64))
        self._recorded = {name: steps[name].astype(np.float64) for name in names if name in registered("metric")}
        self.judge_by(list(rows[0]) if rows else list(self._recorded), monitor)
        self._take_recorded_metric()
        for row in rows:
            metrics = {name: row[name] for name in (*self._point_names, monitor) if name in row}
            watched = monitor or _monitor(metrics)
            value = row.get(watched, math.nan)
            sign = 1 if watched and higher_is_better(watched) else -1
            improved = math.isfinite(value) and (self.best is None or sign * (value - self.best.value) > 0)
            self._end_epoch(int(row["epoch"]) - 1, int(row["step"]), metrics, improved, watched)
        self.flags = [
            Flag(int(change["step"]), self._flag_words(change["path"], change["old"], change["new"]))
            for change in changes
        ]
        self._changed(earlier=True)

    def _add(self, rows: list[tuple[int, float, float, float]]) -> None:
        if not rows:
            return
        table = np.array(rows, np.float64)
        if not self.empty and table[0, 0] <= self.steps[-1]:
            self._cut(int(table[0, 0]) - 1)
        self._steps.extend(table[:, 0])
        self._raw["loss"].extend(table[:, 1])
        self._raw["metric"].extend(table[:, 2])
        self._rate.extend(table[:, 3])
        rows.clear()
        self._changed()

    def _end_epoch(
        self, epoch: int, step: int, metrics: Mapping[str, float], improved: bool, monitor: str = ""
    ) -> None:
        self._points.extend([[step, *(metrics.get(name, math.nan) for name in self._point_names)]])
        monitor = monitor or self._decides or _monitor(metrics)
        if improved and monitor in metrics:
            self.best = Best(epoch, step, metrics[monitor], monitor)
            self._bests.append(self.best)
        self._changed()

    def _cut(self, last_step: int) -> None:
        kept = int(np.searchsorted(self.steps, last_step, side="right"))
        for column in (self._steps, self._rate, *self._raw.values()):
            column.cut(kept)
        self._recorded = {name: column[:kept] for name, column in self._recorded.items()}
        self._points.cut(int(np.searchsorted(self.points[:, 0], last_step, side="right")))
        self.flags = [flag for flag in self.flags if flag.step <= last_step]
        self._bests = [best for best in self._bests if best.step <= last_step]
        self.best = self._bests[-1] if self._bests else None
        self._smooth_anew()


def _monitor(metrics: Mapping[str, float]) -> str:
    """The metric that decides if none was chosen: validation before training, accuracy before loss (as the trainer)."""
    return min(metrics, key=lambda name: (not name.startswith("val_"), name.endswith("loss")), default="")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
