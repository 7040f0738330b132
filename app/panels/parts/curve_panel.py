"""What the loss and the accuracy panel share: one chart of the curves, its legend and its menu."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.panels.panel import Panel
from app.view_models.curves import Curves
from app.widgets.charts.content import TRAINING, VALIDATION, Content, Mark, Wording
from app.widgets.charts.legend import Legend
from app.widgets.charts.live_chart import LiveChart
from app.widgets.charts.menu import Choices, MoreButton
from app.widgets.charts.saving import Saving
from app.widgets.charts.scale import in_short


class CurvePanel(Panel):
    """A chart of ``curves``: of ``loss``, or of the ``metric`` beside it."""

    def __init__(self, curves: Curves, metric: str, column: int, wording: Wording, may_be_log: bool) -> None:
        super().__init__()
        self._curves, self._metric, self._column, self._wording = curves, metric, column, wording
        self._may_be_log = may_be_log
        self._version = -1
        self.chart = LiveChart(wording)
        names = {TRAINING: "train", VALIDATION: "val"}
        self.legend = Legend(names, _widest(wording))
        self.more = MoreButton(wording.name, may_be_log)
        self.saving = Saving(self.chart, curves.table)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.chart)
        self._bind_view()
        self._bind_menu()
        self._take_options()
        self.text_refresh()

    def show_wording(self, wording: Wording) -> None:
        """The curves are of something else from now on."""
        self._wording = wording
        self.chart.set_wording(wording)
        self.legend.set_widest(_widest(wording))
        self.more.set_name(wording.name)

    def _bind_view(self) -> None:
        view, chart = self._curves.view, self.chart
        chart.looked_at.connect(view.look_at)
        chart.follow_asked.connect(view.follow)
        chart.pointed_at.connect(view.point_at)
        view.changed.connect(self._take_range)
        view.cursor_changed.connect(self._take_cursor)
        self.legend.toggled.connect(chart.set_hidden)
        self.saving.told.connect(self.told)
        self._curves.options.changed.connect(self._take_options)

    def _bind_menu(self) -> None:
        options, more = self._curves.options, self.more
        more.choices_wanted.connect(self._give_choices)
        more.log_chosen.connect(options.set_log_loss)
        more.smoothing_chosen.connect(options.set_smoothing)
        more.moving_average_chosen.connect(options.set_moving_average)
        more.x_unit_chosen.connect(options.set_x_unit)
        more.show_all_asked.connect(self.chart.show_all)
        more.save_asked.connect(self.saving.ask_and_save)
        more.copy_asked.connect(self.saving.copy)

    def more_menu(self) -> QMenu | None:
        return self.more.menu()

    def header_widgets(self) -> list[QWidget]:
        return [self.legend, self.more]

    def refresh(self) -> bool:
        """See Panel."""
        if self._version == self._curves.version:
            return False
        self._version = self._curves.version
        self.chart.set_content(self._content())
        return True

    def text_refresh(self) -> None:
        self.legend.setVisible(not self._curves.empty)
        if self._curves.view.cursor is None:
            self._show_values(None)

    def _content(self) -> Content:
        curves = self._curves
        points = curves.points
        known = points[np.isfinite(points[:, self._column])]
        return Content(
            steps=curves.steps,
            raw=curves.raw(self._metric),
            smooth=curves.smoothed(self._metric),
            point_steps=known[:, 0],
            points=known[:, self._column],
            flags=[(flag.step, flag.text) for flag in curves.flags],
            best=self._best(),
            steps_per_epoch=curves.steps_per_epoch,
            planned_steps=curves.steps_per_epoch * curves.epochs,
            generation=curves.generation,
        )

    def _best(self) -> Mark | None:
        best = self._curves.best
        name = "loss" if self._metric == "loss" else self._curves.metric
        if best is None or best.monitor.removeprefix("val_") != name:
            return None
        return Mark(best.step, best.value, f"best {self._text(best.value)}, epoch {best.epoch + 1}")

    def _text(self, value: float) -> str:
        if not math.isfinite(value):
            return "–"
        if self._wording.percent:
            return f"{value:.1%}".replace("%", " %")
        if 0.001 <= abs(value) < 100 or value == 0:
            return f"{value:.3f}".replace("-", "−")
        return in_short(float(f"{value:.3g}"))

    def _show_values(self, step: float | None) -> None:
        curves = self._curves
        read = curves.latest() if step is None else curves.values_at(step)
        training, validation = (read.loss, read.val_loss) if self._metric == "loss" else (read.metric, read.val_metric)
        self.legend.set_values({TRAINING: self._text(training), VALIDATION: self._text(validation)})
        if step is None:
            self.legend.set_place("")
        else:
            by_epoch = curves.options.x_unit == "epoch"
            self.legend.set_place(f"at {read.epoch:.1f}" if by_epoch else f"at {read.step:,.0f}")

    def _take_range(self) -> None:
        self.chart.set_range(self._curves.view.range)

    def _take_cursor(self) -> None:
        step = self._curves.view.cursor
        self._show_values(step)
        # Where the legend has no room to say where the crosshair is, the crosshair does.
        self.chart.set_cursor_step(step, "" if self.legend.place_fits else self.legend.place.removeprefix("at "))

    def _take_options(self) -> None:
        options = self._curves.options
        self.chart.set_log(self._may_be_log and options.log_loss)
        self.chart.set_x_unit(options.x_unit)
        if self.isVisible():
            self.refresh()

    def _give_choices(self) -> None:
        options = self._curves.options
        self.more.set_choices(
            Choices(options.log_loss, options.smoothing, options.moving_average, options.x_unit, self._curves.empty)
        )


def _widest(wording: Wording) -> str:
    """The longest usual value."""
    return "99.9 %" if wording.percent else "0.000"
