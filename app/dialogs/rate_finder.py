"""The search for a learning rate: its curve while it grows, two suggestions, and a line to choose by."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme.tokens import measure
from app.view_models.rate_finder import STEPS, RateFinder
from app.widgets import number_text
from app.widgets.buttons import MainButton, PlainButton
from app.widgets.labels import NoticeLine, SecondaryLabel
from app.widgets.number_field import NumberField
from app.widgets.rate_chart import RateChart

WIDTH, HEIGHT, FIELD_WIDTH = 680, 588, 96
INTRODUCTION = (
    f"A copy of the network, with its initial weights, makes one step at each of {STEPS} rates, from tiny to far too "
    "large. Where its loss falls fast, the rate is about right. Your network is not touched."
)
CHART = (
    "The loss over the learning rate: the faint line is each step's, the full one is smoothed. Drag the blue line, or "
    "move it with the arrow keys, to choose a rate."
)
HINTS = {
    "valley": "Put the line half way down the longest fall of the loss: a careful choice.",
    "steepest": "Put the line where the loss falls fastest.",
}
APPLY = "Make this the learning rate of the experiment; acts at once, also while training. Undo takes it back."
AGAIN, CANCEL = "Search with the experiment as it is now.", "End the search; what it found so far stays."
IN_USE = "This is the learning rate already."


class RateFinderDialog(QDialog):
    """Stands beside the window, which can be used meanwhile: also training goes on."""

    def __init__(self, model: RateFinder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.setWindowTitle("Find a learning rate")
        self.resize(WIDTH, HEIGHT)
        self.introduction = _paragraph(INTRODUCTION, "secondary")
        self.lowest, self.highest = (_rate_field(name) for name in ("First rate", "Last rate"))
        self.search = PlainButton()
        self.progress = SecondaryLabel()
        self.range_error = NoticeLine(kind="error")
        self.chart = RateChart("Learning rate", CHART)
        self.finding, self.warning = _paragraph("", "heading"), NoticeLine(kind="warning")
        self.schedule = _paragraph("", "secondary")
        self.suggested = {name: PlainButton(name.capitalize(), tip=hint) for name, hint in HINTS.items()}
        self.in_use = SecondaryLabel()
        self.apply, self.close_button = MainButton("Apply", tip=APPLY), PlainButton("Close")
        self._lay_out()
        self._bind()
        self._show_range()
        self._follow()

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.setSpacing(measure("spacing", "s"))
        range_words = (SecondaryLabel("Rates from"), self.lowest, SecondaryLabel("to"), self.highest)
        first_row: tuple[QWidget, ...] = (*range_words, self.search, self.progress)
        for widget in first_row:
            above.addWidget(widget)
        above.addWidget(self.range_error, 1)
        above.addStretch(0)
        below.setSpacing(measure("spacing", "s"))
        for button in self.suggested.values():
            below.addWidget(button)
        below.addStretch(1)
        last_row: tuple[QWidget, ...] = (self.in_use, self.apply, self.close_button)
        for widget in last_row:
            below.addWidget(widget)
        said = QWidget()
        said.setMinimumHeight(62)  # so that the chart stays as it is when there is something to say
        words_below = QVBoxLayout(said)
        words_below.setContentsMargins(0, 0, 0, 0)
        words_below.setSpacing(measure("spacing", "xs"))
        sentences: tuple[QWidget, ...] = (self.finding, self.warning, self.schedule)
        for widget in sentences:
            words_below.addWidget(widget)
        words_below.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self.introduction)
        layout.addLayout(above)
        layout.addWidget(self.chart, 1)
        layout.addWidget(said)
        layout.addLayout(below)

    def _bind(self) -> None:
        model = self.model
        self.search.clicked.connect(self._search_or_cancel)
        self.chart.line_moved.connect(model.choose)
        for name, button in self.suggested.items():
            button.clicked.connect(lambda _=False, name=name: model.choose(model.suggestions[name]))
        for field in (self.lowest, self.highest):
            field.edited.connect(self._take_range)
            field.error_changed.connect(self.range_error.set_text)
        self.apply.clicked.connect(self._apply)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(model.cancel)
        model.changed.connect(self._follow)
        # The window's own shortcuts are for when it is in front; an edit made here is taken back here as well.
        for keys, do in (
            (QKeySequence.StandardKey.Undo, model.document.undo),
            (QKeySequence("Ctrl+Shift+Z"), model.document.redo),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(do)

    def come_to_front(self) -> None:
        """Show what was found for the experiment as it is, or search anew."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.chart.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.model.state not in ("running", "done") or self.model.outdated:
            self._search()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow()

    def _search_or_cancel(self) -> None:
        if self.model.state == "running":
            self.model.cancel()
        else:
            self._search()

    def _search(self) -> None:
        if not self.range_error.text():
            self.model.search()

    def _take_range(self) -> None:
        self.range_error.set_text(self.model.set_range(float(self.lowest.value()), float(self.highest.value())))
        if not self.range_error.text():
            self.model.search()

    def _apply(self) -> None:
        self.chart.setFocus(Qt.FocusReason.OtherFocusReason)  # the button has done what it can
        self.warning.set_text(self.model.apply())

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show_range(self) -> None:
        self.lowest.set_value(number_text.write(self.model.lowest))
        self.highest.set_value(number_text.write(self.model.highest))

    def _follow(self) -> None:
        if not self.isVisible():
            return
        model, running = self.model, self.model.state == "running"
        self.search.setText("Cancel" if running else "Find again")
        self.search.set_icon_name("stop" if running else "refresh")
        self.search.setToolTip(CANCEL if running else AGAIN)
        self.progress.setText(f"{len(model.trials)} of {STEPS} rates" if running else "")
        self.chart.set_range(model.lowest, model.highest)
        self.chart.show_words(*_expectation(model))
        self.chart.show_curve(*model.curve)
        self.chart.show_marks({**model.suggestions, "in use": model.rate_in_use})
        self.chart.set_line(model.chosen)
        for name, button in self.suggested.items():
            rate = model.suggestions.get(name)
            button.setVisible(rate is not None)
            button.setText(f"{name.capitalize()} {number_text.write(rate)}" if rate is not None else "")
        self.in_use.setText(f"in use: {number_text.write(float(f'{model.rate_in_use:.6g}'))}")
        same = model.chosen == model.rate_in_use
        self.apply.setEnabled(bool(model.trials) and not same)
        self.apply.setToolTip(IN_USE if same else APPLY)
        self._say()

    def _say(self) -> None:
        model = self.model
        found = model.suggestion
        clear = found is not None and found.valley is not None
        self.finding.setText(found.sentence if found is not None and clear else "")
        self.finding.setVisible(clear)
        cut_short = f"Cancelled after {len(model.trials)} of {STEPS} rates." if model.state == "cancelled" else ""
        unclear = found.sentence if found is not None and not clear else ""
        changed = "The experiment has changed since. Find again to see what it says now." if model.outdated else ""
        self.warning.set_text(changed or unclear or cut_short or (model.failure if model.trials else ""))
        self.schedule.setText(model.schedule_note if model.trials and model.state != "running" else "")


def _expectation(model: RateFinder) -> tuple[str, str]:
    """What an empty chart says."""
    if model.failure:
        return "No rate can be tried", model.failure
    if model.state == "cancelled":
        return "Cancelled before the first rate", "Find again starts anew."
    return (
        "The loss at each rate appears here",
        "It falls where the network learns, and shoots up where steps are too long.",
    )


def _paragraph(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label


def _rate_field(name: str) -> NumberField:
    field = NumberField(low=0, high=1e6, low_open=True, range_note=" ")
    field.setFixedWidth(FIELD_WIDTH)
    field.setAccessibleName(name)
    field.setToolTip(f"{name} that is tried.")
    return field


if __name__ == "__main__":
    from app.view_models.document import ExperimentDocument
    from app.widgets.preview import preview

    def _made_up() -> RateFinderDialog:
        model = RateFinder(ExperimentDocument(), lambda key, job, done, failed: done(job()))
        model.search()
        return RateFinderDialog(model)

    raise SystemExit(preview(_made_up, (WIDTH, HEIGHT)))
