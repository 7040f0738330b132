"""Forms made from a declaration alone: one row for each declared setting, its field chosen by the kind of its value.

Nothing here knows any declared class, so whatever is registered has a form.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.theme import theme
from app.theme.tokens import measure
from app.widgets.form_fields import (
    LIVE,
    ChoiceField,
    Effect,
    Field,
    Host,
    LineField,
    PathField,
    Place,
    SwitchField,
    number_field,
)
from app.widgets.form_parts import PartField, PartsField
from app.widgets.labels import NoticeLine, SecondaryLabel
from nn_engine.declarations import Declaration, Kind, SettingSpec, settings_of
from nn_engine.declarations.kinds import (
    ChoiceKind,
    NumberKind,
    NumbersKind,
    OptionalKind,
    PartKind,
    PartsKind,
    PathKind,
    ShapeKind,
    SwitchKind,
    TextKind,
)

LABEL_WIDTH = measure("width", "form_label") + measure("spacing", "field_gap")
"""Where fields begin, from the left edge of their labels."""

PAIR_GAP = measure("spacing", "xs") + 2
"""Between the fields of a line that holds two, which is tight."""

FIELDS: dict[type[Kind], Callable[[Place], Field]] = {
    NumberKind: number_field,
    SwitchKind: SwitchField,
    ChoiceKind: ChoiceField,
    PathKind: PathField,
    TextKind: LineField,
    ShapeKind: LineField,
    NumbersKind: LineField,
    PartKind: PartField,
    PartsKind: PartsField,
}
"""The field for each kind of value. A setting that may be none has the field of what it is otherwise, with "none"."""


def make_field(spec: SettingSpec, path: str, host: Host) -> Field:
    """The field for a setting. Raises TypeError for a kind that has none."""
    kind = spec.kind
    while isinstance(kind, OptionalKind):
        kind = kind.inner
    for cls, make in FIELDS.items():
        if isinstance(kind, cls):
            field = make(Place(spec, kind, isinstance(spec.kind, OptionalKind), path, host))
            if (beside := host.beside(path)) is not None:
                field.put_beside(beside)
            return field
    raise TypeError(f"There is no field for {type(kind).__name__}, the kind of {spec.owner}.{spec.name}.")


WAITS = "Waits for a new training, as other edits do that the present one cannot take over."


class LiveDot(QWidget):
    """A blue dot: this setting takes effect at once. A ring, while it waits like all others."""

    def __init__(self, effect: Effect) -> None:
        super().__init__()
        self._effect = effect
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        effect.changed.connect(self._follow)
        self._follow()

    @property
    def claims(self) -> bool:
        """Whether it says that the setting takes effect at once."""
        return not self._effect.waits

    def _follow(self) -> None:
        words = LIVE if self.claims else WAITS
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(6, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.claims:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent"))
            painter.drawEllipse(QPointF(3, 8.5), 2.5, 2.5)
        else:
            painter.setPen(theme().color("text_secondary"))
            painter.drawEllipse(QPointF(3, 8.5), 2.0, 2.0)


class FieldLabel(QWidget):
    """A setting's name and, where it acts at once, the dot."""

    def __init__(self, field: Field, width: int) -> None:
        super().__init__()
        self.text = QLabel(field.place.label)
        self.text.setProperty("role", "secondary")
        self.text.setBuddy(field.editor)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(measure("spacing", "s") - 1 if width else measure("spacing", "xs"))
        layout.addWidget(self.text)
        if width:
            room = width - measure("spacing", "xs") - (13 if field.place.spec.setting.live else 0)
            self.setFixedWidth(width)
            if self.text.fontMetrics().horizontalAdvance(self.text.text()) > room:
                self.text.setWordWrap(True)
                self.text.setFixedWidth(room)
        if field.place.spec.setting.live:
            layout.addWidget(LiveDot(field.place.host.effect))
        if width:
            layout.addStretch(1)
        self.setToolTip(field.place.hint)


class FormRow(QWidget):
    """One line of a form: labels and fields, and under them a sentence for each field that refuses something.

    Where several fields share the line, each sentence names its field: half a column is too narrow for one below it.
    """

    def __init__(self, fields: Sequence[Field], label_width: int = LABEL_WIDTH, with_below: bool = True) -> None:
        super().__init__()
        self.fields = tuple(fields)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(measure("spacing", "xs"))
        line = QHBoxLayout()
        line.setSpacing(0)
        for number, field in enumerate(self.fields):
            if number:
                line.addSpacing(PAIR_GAP)
            label = FieldLabel(field, 0 if number else label_width)
            line.addWidget(label)
            if number:
                line.addSpacing(PAIR_GAP)
            line.addWidget(field, 1)
        outer.addLayout(line)
        self.notices = {field: NoticeLine() for field in self.fields}
        """The line under the fields that says why one of them refuses."""
        for field, notice in self.notices.items():
            field.error_changed.connect(lambda error, field=field: self._show_error(field, error))
            beside = QHBoxLayout()
            beside.addSpacing(label_width)
            beside.addWidget(notice)
            outer.addLayout(beside)
        for field in self.fields:
            if field.below is not None and with_below:
                outer.addWidget(field.below)

    def _show_error(self, field: Field, error: str) -> None:
        named = f"{field.place.label}: {error[:1].lower()}{error[1:]}" if error and len(self.fields) > 1 else error
        self.notices[field].set_text(named)


class Form(QWidget):
    """A row for each setting of a declaration; it shows a value and asks its host to change it."""

    def __init__(
        self,
        value: Declaration,
        host: Host,
        prefix: str = "",
        *,
        hide: Collection[str] = (),
        only: Collection[str] | None = None,
        label_width: int = LABEL_WIDTH,
    ) -> None:
        """Make the rows.

        Args:
            value: what is shown first; its class says which rows there are.
            host: who is asked to change it.
            prefix: the path of the declaration in the whole, such as ``optimizer``.
            hide: settings that have no row here.
            only: the settings that have one, if not all.
            label_width: where the fields begin.
        """
        super().__init__()
        self.fields: dict[str, Field] = {}
        self.rows: list[FormRow] = []
        self._class = type(value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(measure("spacing", "row_gap"))
        for spec in settings_of(type(value)):
            if spec.name in hide or (only is not None and spec.name not in only):
                continue
            field = make_field(spec, f"{prefix}.{spec.name}" if prefix else spec.name, host)
            self.fields[spec.name] = field
            self.rows.append(FormRow([field], label_width))
            layout.addWidget(self.rows[-1])
        if not self.rows:
            layout.addWidget(SecondaryLabel("There is nothing to set.", small=True))
        self.show_value(value)

    def show_value(self, value: Declaration) -> None:
        """Show a value of the same class; what is being typed, and where, stays."""
        assert type(value) is self._class
        for name, field in self.fields.items():
            field.show_value(getattr(value, name))

    def shows(self, value: Any) -> bool:
        """Whether this form is for values of that class."""
        return type(value) is self._class

    @property
    def errors(self) -> list[str]:
        """The sentences that refuse something now."""
        return [field.error for field in self.fields.values() if field.error]
