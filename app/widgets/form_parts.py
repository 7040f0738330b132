"""Fields for settings that are declarations themselves: one part with its own form below, or a list of parts."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.theme.tokens import measure
from app.widgets.buttons import IconButton, PlainButton
from app.widgets.combo import ComboBox
from app.widgets.form_fields import NONE, Field, Place, capital
from app.widgets.part_menu import PartMenu, choices_of
from app.widgets.scrolling import bring_into_view
from app.widgets.tab_order import enter, take_place
from nn_engine.declarations import Declaration, find, label_of, registered, settings_of
from nn_engine.declarations.declaration import REQUIRED, inherited_settings
from nn_engine.declarations.kinds import PartKind, PartsKind

if TYPE_CHECKING:
    from app.widgets.form import Form


def explanation_of(cls: type) -> str:
    """The sentence a registered class says about itself."""
    return cls.explanation() if issubclass(cls, Declaration) else ""


class PartField(Field):
    """A choice among the registered classes of a family; the chosen one's own settings stand below."""

    part_changed = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        assert isinstance(place.kind, PartKind)
        self.kind = place.kind
        self.combo = ComboBox()
        self.combo.setMinimumWidth(0)
        self.adopt(self.combo)
        self.combo.activated.connect(self._choose)
        self.below = Below()
        self._names: tuple[str, ...] = ()
        self._value: Declaration | None = None
        self._hidden: Collection[str] = ()
        self._open = True
        # What each part was set to before another was chosen, so that choosing it again brings that back.
        self._remembered: dict[str, str] = {}
        self._fill()

    def leave_out(self, names: Collection[str]) -> None:
        """Settings of the part that have their row elsewhere."""
        self._hidden = names
        self._show_form(anew=True)

    def set_open(self, opened: bool) -> None:
        """Show the part's own settings, or only which part it is."""
        if opened != self._open:
            self._open = opened
            self._show_form()

    def _fill(self) -> None:
        names = ((NONE,) if self.place.optional else ()) + tuple(registered(self.kind.family))
        if names == self._names:
            return
        self._names = names
        self.combo.clear()
        for name in names:
            cls = registered(self.kind.family).get(name)
            self.combo.addItem(capital(label_of(cls)) if cls else self.place.spec.setting.none)
            self.combo.setItemData(
                self.combo.count() - 1, explanation_of(cls) if cls else "", Qt.ItemDataRole.ToolTipRole
            )

    def _choose(self, index: int) -> None:
        name = self._names[index]
        if self._value is not None:
            if name == self._value.registered_name:
                return
            self._remembered[self._value.registered_name] = json.dumps(self._value.to_config())
        if self.send_step(self._remembered.get(name, name)):
            self.part_changed.emit()
        else:
            self._show_choice()

    def show_value(self, value: Any) -> None:
        self._value = value
        self._fill()
        self._show_choice()
        self._show_form()
        self.say("")

    def _show_choice(self) -> None:
        name = NONE if self._value is None else self._value.registered_name
        self.combo.setCurrentIndex(self._names.index(name))
        if self._value is not None:
            self.combo.setToolTip(f"{self.place.hint} {capital(self.combo.currentText())}: {self._value.explanation()}")

    def _show_form(self, anew: bool = False) -> None:
        from app.widgets.form import Form

        below = self.below
        assert isinstance(below, Below)
        value = self._value
        specs = settings_of(type(value)) if value is not None else ()
        if value is None or not self._open or all(spec.name in self._hidden for spec in specs):
            below.show_form(None)
        elif not anew and below.form is not None and below.form.shows(value):
            below.form.show_value(value)
        else:
            form = Form(value, self.place.host, self.place.path, hide=self._hidden)
            below.show_form(form)
            take_place(form)


class Below(QWidget):
    """The room for the form of a part."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(measure("spacing", "row_gap"))
        self.hide()

    def show_form(self, form: Form | None) -> None:
        """Show another form, or none."""
        if self.form is not None:
            self._layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        self.form = form
        if form is not None:
            self._layout.addWidget(form)
        self.setVisible(form is not None)


class PartsField(Field):
    """A list of parts, each with its own settings; more can be added, each can be removed."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        assert isinstance(place.kind, PartsKind)
        self.kind = place.kind.part
        self._menu = PartMenu(parent=self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.button = PlainButton("Add", icon_name="plus")
        self.button.clicked.connect(self._show_menu)
        self.adopt(self.button)
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._layout.addStretch(1)
        self.below = PartsList(self)
        self._value: tuple[Declaration, ...] = ()

    def _show_menu(self) -> None:
        self._menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + measure("spacing", "xs"))))

    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.fill(choices_of(self.kind.family), self.add)

    def add(self, name: str) -> None:
        """Add a part with its defaults at the end."""
        parts = [part.to_config() for part in self._value]
        added = {"type": name, **_first_settings(find(self.kind.family, name))}
        if self.send(json.dumps([*parts, added])):
            self._enter_last()

    def _enter_last(self) -> None:
        """Who adds a part wants to set it up."""
        assert isinstance(self.below, PartsList)
        if self.below.forms and self.below.isVisible():
            form = self.below.forms[-1]
            enter(form)
            bring_into_view(form)

    def remove(self, index: int) -> None:
        """Take a part out."""
        parts = [part.to_config() for part in self._value]
        self.send(json.dumps([*parts[:index], *parts[index + 1 :]]))

    def show_value(self, value: Any) -> None:
        self._value = value
        assert isinstance(self.below, PartsList)
        self.below.show_parts(value)
        self.say("")


def _first_settings(cls: type[Declaration]) -> dict[str, Any]:
    """What a new part of this class gets where it has no defaults."""
    wanted = [spec for spec in settings_of(cls) if spec.default is REQUIRED and spec.setting.suggested is not None]
    return {spec.name: spec.kind.to_json(spec.setting.suggested) for spec in wanted}


class PartsList(QWidget):
    """The forms of a list's parts, under each other."""

    def __init__(self, field: PartsField) -> None:
        super().__init__()
        self._field = field
        self.forms: list[Form] = []
        self._items: list[QWidget] = []
        self._compact = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(measure("spacing", "row_gap"))
        self.hide()

    def set_compact(self, compact: bool) -> None:
        """Show only what each part declares itself: no titles, and not what it has in common with others."""
        if compact != self._compact:
            self._compact = compact
            self._build(self._field._value)

    def show_parts(self, parts: tuple[Declaration, ...]) -> None:
        """Show these parts; forms stay where a part of the same class stands in the same place."""
        if len(parts) == len(self.forms) and all(
            form.shows(part) for form, part in zip(self.forms, parts, strict=True)
        ):
            for form, part in zip(self.forms, parts, strict=True):
                form.show_value(part)
        else:
            self._build(parts)

    def _build(self, parts: tuple[Declaration, ...]) -> None:
        from app.widgets.form import Form

        for item in self._items:
            self._layout.removeWidget(item)
            item.hide()
            item.deleteLater()
        self._items, self.forms = [], []
        for index, part in enumerate(parts):
            common = inherited_settings(type(part)) if self._compact else ()
            if not self._compact:
                self._put(self._title(index, part))
            form = Form(part, self._field.place.host, f"{self._field.place.path}.{index}", hide=common)
            self.forms.append(form)
            self._put(form)
        self.setVisible(bool(parts))
        take_place(self)

    def _put(self, item: QWidget) -> None:
        self._items.append(item)
        self._layout.addWidget(item)

    def _title(self, index: int, part: Declaration) -> QWidget:
        name = capital(label_of(type(part)))
        line = QWidget()
        line.setToolTip(part.explanation())
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, measure("spacing", "xs"), 0, 0)
        label = QLabel(name)
        remove = IconButton("close", f"Remove {name.lower()}.")
        remove.clicked.connect(lambda: self._field.remove(index))
        layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(remove)
        return line
