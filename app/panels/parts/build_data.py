"""The data of an experiment: which set, how much of it, and how it is prepared."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel

from app.theme import font
from app.theme.tokens import measure
from app.view_models.document import ExperimentDocument
from app.widgets.buttons import IconButton
from app.widgets.form import LABEL_WIDTH, Form, make_field
from app.widgets.form_fields import Host
from app.widgets.form_parts import PartField
from app.widgets.section import Section
from nn_engine.declarations import setting_at

MORE = ("train_size", "validation_share", "preprocessing")


class DataSection(Section):
    """Data set, sizes, and under "more" what is rarely changed."""

    def __init__(self, document: ExperimentDocument, host: Host) -> None:
        super().__init__("Data")
        self._document = document
        field = make_field(setting_at(document.experiment, "data"), "data", host)
        assert isinstance(field, PartField)
        self.source = field
        padding = measure("spacing", "panel_padding")
        field.setFixedWidth(measure("width", "build_column") - 2 * padding - LABEL_WIDTH)
        self.header_layout.addWidget(field)
        self.sizes = QLabel()
        self.sizes.setProperty("role", "caption")
        self.sizes.setFont(font("caption"))
        self.sizes.setWordWrap(True)
        self.sizes.setToolTip("How many samples are learned from, judge each epoch, and are kept for the very end.")
        self.more = IconButton(
            "chevron-down",
            "Show how much of the data is used and how it is prepared.",
            size=measure("icon", "size"),
            icon_size=measure("icon", "small"),
            checkable=True,
        )
        self.more.toggled.connect(self._show_more)
        line = QHBoxLayout()
        line.setSpacing(measure("spacing", "xs"))
        line.addWidget(self.sizes, 1)
        line.addWidget(self.more)
        self.body.addLayout(line)
        self.form = Form(document.experiment, host, only=MORE)
        for widget in (field.below, self.form):
            assert widget is not None
            self.body.addWidget(widget)
        self._show_more(False)
        self.refresh()

    def _show_more(self, shown: bool) -> None:
        self.source.set_open(shown)
        self.form.setVisible(shown)

    def refresh(self) -> None:
        """Show the experiment as it stands."""
        document, now = self._document, self._document.experiment
        settings = (now.data, *(getattr(now, name) for name in MORE))
        if not self.is_new(*settings, document.sizes(), document.data_error):
            return
        self.source.show_value(document.experiment.data)
        self.form.show_value(document.experiment)
        sizes = document.sizes()
        error = document.data_error
        if error:
            text = error
        elif sizes is None:
            text = "Sizes appear once the data is read."
        else:
            train, validation, test = sizes
            text = f"{train:,} train · {validation:,} validation · {test:,} test"
        self.sizes.setText(text)
        if self.sizes.property("role") != (role := "error" if error else "caption"):
            self.sizes.setProperty("role", role)
            self.sizes.style().unpolish(self.sizes)
            self.sizes.style().polish(self.sizes)
