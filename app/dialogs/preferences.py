"""The preferences, made from their declaration."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.dialogs.buttons import buttons_of
from app.view_models.preferences import Preferences, PreferenceValues
from app.widgets.combo import ComboBox
from app.widgets.labels import NoticeLine
from app.widgets.number_field import NumberField
from app.widgets.path_line import BrowseButton, PathLine
from app.widgets.switch import Switch
from nn_engine.declarations import SettingSpec, settings_of
from nn_engine.declarations.kinds import ChoiceKind, NumberKind, OptionalKind, SwitchKind


class PreferencesDialog(QDialog):
    """Each change holds at once; there is nothing to confirm."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(480)
        self._preferences = preferences
        self._error = NoticeLine(kind="error", reserved=True)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.fields: dict[str, QWidget] = {}
        for spec in settings_of(PreferenceValues):
            field = self._field(spec)
            field.setToolTip(spec.setting.help)
            field.setAccessibleName(spec.label)
            self.fields[spec.name] = field
            label = QLabel(spec.label[:1].upper() + spec.label[1:])
            label.setBuddy(field)
            form.addRow(label, self._with_browse(field, label.text()))
        where = QLabel(f"Runs, drawings and the log are kept in\n{preferences.data_folder}")
        where.setProperty("role", "secondary")
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(self._error)
        layout.addWidget(where)
        layout.addLayout(buttons_of(self))

    def _field(self, spec: SettingSpec) -> QWidget:
        value = getattr(self._preferences.values, spec.name)
        kind = spec.kind.inner if isinstance(spec.kind, OptionalKind) else spec.kind
        if isinstance(kind, ChoiceKind):
            combo = ComboBox([word.capitalize() for word in kind.words()])
            combo.choose(str(value).capitalize())
            combo.currentTextChanged.connect(lambda text: self._set(spec.name, text.lower()))
            return combo
        if isinstance(kind, SwitchKind):
            switch = Switch(bool(value))
            switch.toggled.connect(lambda on: self._set(spec.name, str(on).lower()))
            return switch
        shown = "" if value is None else str(value)
        if isinstance(kind, NumberKind):
            number = NumberField(
                shown, low=spec.setting.low, high=spec.setting.high, integer=kind.integer, empty="automatic"
            )
            number.edited.connect(lambda text: self._set(spec.name, text or "none"))
            number.error_changed.connect(self._error.set_text)
            return number
        text = PathLine("folder", shown)
        text.setPlaceholderText(spec.setting.none)
        text.editingFinished.connect(lambda: self._set(spec.name, text.text() or "none"))
        text.chosen.connect(lambda path: self._set(spec.name, path))
        return text

    @staticmethod
    def _with_browse(field: QWidget, name: str) -> QWidget:
        if not isinstance(field, PathLine):
            return field
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(field, 1)
        layout.addWidget(BrowseButton(field, "folder", name))
        return row

    def _set(self, name: str, text: str) -> None:
        self._error.set_text(self._preferences.set(name, text))
