"""How the network is trained: optimizer, rate, schedule with its curve, batches, epochs, and the rest under "more"."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.theme import font
from app.view_models.document import ExperimentDocument
from app.widgets.buttons import IconButton
from app.widgets.curve_preview import CurvePreview
from app.widgets.form import LABEL_WIDTH, Form, FormRow, make_field
from app.widgets.form_fields import Field, Host
from app.widgets.form_parts import PartField
from app.widgets.section import Section
from nn_engine.declarations import setting_at, settings_of
from nn_engine.training import TrainingPlan

USUAL = ("optimizer", "schedule", "batch_size", "epochs")
OF_ANOTHER_SECTION = ("augmentation",)
MORE = (
    *(spec.name for spec in settings_of(TrainingPlan) if spec.name not in (*USUAL, *OF_ANOTHER_SECTION)),
    "weight_init",
    "bias_init",
)
POINTS = 120


class TrainingSection(Section):
    """The usual settings; the optimizer's and the schedule's own, and the rarer ones, are shown on request."""

    def __init__(self, document: ExperimentDocument, host: Host) -> None:
        super().__init__("Training")
        self._document, self._host = document, host
        self.more = IconButton("more", "Show all settings of the training.", checkable=True)
        self.more.toggled.connect(self._show_more)
        self.header_layout.addWidget(self.more)
        self.end_with_icon()
        self.optimizer, self.rate = self._field("optimizer"), self._field("optimizer.learning_rate")
        self.schedule = self._field("schedule")
        self.batch_size, self.epochs = self._field("batch_size"), self._field("epochs")
        self.preview = CurvePreview()
        self._preview_label = QLabel()
        self.form = Form(document.experiment, host, only=MORE)
        for part in (self.optimizer, self.schedule):
            assert isinstance(part, PartField)
            part.set_open(False)
            # Who chooses another one wants to see what it brings.
            part.part_changed.connect(lambda part=part: part.set_open(True))
        assert isinstance(self.optimizer, PartField)
        self.optimizer.leave_out(("learning_rate",))
        for row in (
            FormRow([self.optimizer], with_below=False),
            FormRow([self.rate]),
            self.optimizer.below,
            FormRow([self.schedule], with_below=False),
            self._preview_row(),
            self.schedule.below,
            FormRow([self.batch_size, self.epochs]),
            self.form,
        ):
            assert row is not None
            self.body.addWidget(row)
        self._show_more(False)
        self.refresh()

    def _field(self, path: str) -> Field:
        return make_field(setting_at(self._document.experiment, path), path, self._host)

    def _preview_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._preview_label.setProperty("role", "caption")
        self._preview_label.setFont(font("caption"))
        self._preview_label.setFixedWidth(LABEL_WIDTH)
        layout.addWidget(self._preview_label)
        layout.addWidget(self.preview)
        return row

    def _show_more(self, shown: bool) -> None:
        for part in (self.optimizer, self.schedule):
            assert isinstance(part, PartField)
            part.set_open(shown)
        self.form.setVisible(shown)

    def refresh(self) -> None:
        """Show the experiment as it stands."""
        experiment = self._document.experiment
        settings = [getattr(experiment, name) for name in (*MORE, *USUAL)]
        if not self.is_new(*settings, self._document.steps_per_epoch):
            return
        self.optimizer.show_value(experiment.optimizer)
        self.rate.show_value(experiment.optimizer.learning_rate)
        self.schedule.show_value(experiment.schedule)
        self.batch_size.show_value(experiment.batch_size)
        self.epochs.show_value(experiment.epochs)
        self.form.show_value(experiment)
        self._show_preview(self._document.schedule_curve(POINTS), experiment.epochs)

    def _show_preview(self, rates: list[float], epochs: int) -> None:
        self.preview.show_values(rates)
        self._preview_label.setText(f"over {epochs:,} epochs" if epochs > 1 else "over 1 epoch")
        words = f"The learning rate from {rates[0]:.3g} at the start, {max(rates):.3g} at most, to {rates[-1]:.3g}."
        self.preview.setToolTip(words)
        self.preview.setAccessibleName("Learning rate over the training")
        self.preview.setAccessibleDescription(words)
