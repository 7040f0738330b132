"""Augmentation: on or off, and how far each small change may go."""

from __future__ import annotations

import json

from PySide6.QtWidgets import QLabel

from app.theme import font
from app.view_models.document import ExperimentDocument
from app.widgets.buttons import IconButton
from app.widgets.form import make_field
from app.widgets.form_fields import Host
from app.widgets.form_parts import PartsField, PartsList
from app.widgets.section import Section
from app.widgets.switch import Switch
from nn_engine import Rotation, Scaling, Translation
from nn_engine.data.augmentation import Augmentation
from nn_engine.declarations import setting_at

TO_BEGIN_WITH: tuple[Augmentation, ...] = (Rotation(), Translation(), Scaling())
OFF = "Every epoch shows the same samples. Switched on, each is turned, shifted or stretched a little, anew every time."


class AugmentationSection(Section):
    """A switch, a row for each augmentation, and on request all of their settings with a way to add and remove."""

    def __init__(self, document: ExperimentDocument, host: Host) -> None:
        super().__init__("Augmentation", last=True)
        self._document, self._host = document, host
        self._latest: tuple[Augmentation, ...] = TO_BEGIN_WITH
        self.more = IconButton("more", "Show all settings of each augmentation; add and remove some.", checkable=True)
        self.more.toggled.connect(self._show_more)
        self.switch = Switch()
        self.switch.setAccessibleName("Augmentation")
        self.switch.toggled.connect(self._switch)
        self.header_layout.addWidget(self.more)
        self.header_layout.addWidget(self.switch)
        self.off = QLabel(OFF)
        self.off.setProperty("role", "caption")
        self.off.setFont(font("caption"))
        self.off.setWordWrap(True)
        field = make_field(setting_at(document.experiment, "augmentation"), "augmentation", host)
        assert isinstance(field, PartsField)
        assert isinstance(field.below, PartsList)
        self.parts, self.list = field, field.below
        self.list.set_compact(True)
        for widget in (self.off, self.list, field):
            self.body.addWidget(widget)
        self._show_more(False)
        self.refresh()

    def _show_more(self, shown: bool) -> None:
        self.parts.setVisible(shown)
        self.list.set_compact(not shown)

    def _switch(self, on: bool) -> None:
        parts = self._latest if on else ()
        self._host.edit("augmentation", json.dumps([part.to_config() for part in parts]), False)

    def refresh(self) -> None:
        """Show the experiment as it stands."""
        parts = self._document.experiment.augmentation
        if not self.is_new(parts):
            return
        self._latest = parts or self._latest
        self.parts.show_value(parts)
        self.off.setVisible(not parts)
        self.switch.blockSignals(True)
        self.switch.setChecked(bool(parts))
        self.switch.blockSignals(False)
        self.switch.setToolTip(f"{self.parts.place.hint}")
