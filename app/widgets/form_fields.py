"""The fields of a form: one class for each kind of value, made from a declared setting and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QHideEvent, QIcon
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.theme import theme
from app.theme.tokens import measure
from app.widgets import number_text
from app.widgets.combo import ComboBox
from app.widgets.number_field import NumberField
from app.widgets.path_line import BrowseButton, PathLine
from app.widgets.slider_field import SliderField
from app.widgets.switch import Switch
from app.widgets.text_line import TextLine
from nn_engine.declarations import Kind, SettingSpec, find, label_of
from nn_engine.declarations.kinds import ChoiceKind, NumberKind

LIVE = "Takes effect at once, also while training, unless other edits wait for a new one."
NONE = "none"
SERIES_PAUSE_MS = 800
"""How long after a step by keys or the wheel another one still belongs to the same edit."""


def _no_icon(family: str, name: str) -> QIcon | None:
    return None


def _nothing(path: str) -> None:
    return None


def _nothing_beside(path: str) -> QWidget | None:
    return None


class Effect(QObject):
    """Whether what is edited takes effect at once, where it can, or waits: one word for all fields of a host."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.waits = False

    def set_waits(self, waits: bool) -> None:
        """Whether every edit waits now."""
        if waits != self.waits:
            self.waits = waits
            self.changed.emit()


@dataclass(frozen=True)
class Host:
    """What a form needs from whoever shows it."""

    edit: Callable[[str, str, bool], str]
    """Set the setting at a path to a text; returns "" or the sentence that refuses it.

    The last argument says whether this is part of a drag or a series of steps.
    """
    settle: Callable[[str], None] = _nothing
    """A drag of the setting at a path, or a series of steps, is over."""
    icon: Callable[[str, str], QIcon | None] = _no_icon
    """A picture for a registered name, by family and name, if there is one."""
    effect: Effect = field(default_factory=Effect)
    beside: Callable[[str], QWidget | None] = _nothing_beside
    """What stands beside the field of the setting at a path, such as a button that helps to set it, if there is any."""


@dataclass(frozen=True)
class Place:
    """What a field stands for."""

    spec: SettingSpec
    kind: Kind
    """The kind it edits; for a setting that may be none, the kind of what it is otherwise."""
    optional: bool
    path: str
    host: Host

    @property
    def label(self) -> str:
        """The setting's name at the start of a line."""
        return capital(self.spec.label)

    @property
    def hint(self) -> str:
        """Everything a person may want to know of it: help, range and unit, and whether it acts at once."""
        sentences = [self.spec.setting.help, f"{capital(self.spec.kind.expected())}."]
        if self.spec.setting.live:
            sentences.append(LIVE)
        return " ".join(sentence for sentence in sentences if sentence)


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def word_for(family: str, name: str) -> str:
    """How a registered name is read."""
    return label_of(find(family, name))


class Field(QWidget):
    """Edits one setting. What is refused stays as typed, with the sentence in ``error``."""

    error_changed = Signal(str)
    below: QWidget | None = None
    """What belongs under the field over the form's whole width."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place, self.error = place, ""
        self._series = QTimer(self)
        self._series.setSingleShot(True)
        self._series.setInterval(SERIES_PAUSE_MS)
        self._series.timeout.connect(self._end_series)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(measure("spacing", "s"))

    def adopt(self, editor: QWidget) -> None:
        """Make this widget the one that is edited."""
        self.editor = editor
        editor.setAccessibleName(self.place.label)
        editor.setAccessibleDescription(self.place.hint)
        editor.setToolTip(self.place.hint)
        self.setFocusProxy(editor)
        # A field is as wide as its column, whatever it could show.
        editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._layout.addWidget(editor)

    def put_beside(self, widget: QWidget) -> None:
        """Let something else stand at the field's right end."""
        self._layout.setSpacing(measure("spacing", "xs"))
        self._layout.addWidget(widget)

    def send(self, text: str, dragging: bool = False) -> bool:
        """Set the setting; whether it was accepted."""
        self.say(self.place.host.edit(self.place.path, text, dragging))
        return not self.error

    def send_step(self, text: str) -> bool:
        """Set the setting by one step of perhaps many; those that follow within a short pause are one edit."""
        accepted = self.send(text, dragging=True)
        self._series.start()
        return accepted

    def _end_series(self) -> None:
        self._series.stop()
        self.place.host.settle(self.place.path)

    def hideEvent(self, event: QHideEvent) -> None:
        if self._series.isActive():
            self._end_series()
        super().hideEvent(event)

    def say(self, error: str) -> None:
        """Show the sentence that refuses what is typed, or take it away."""
        if error != self.error:
            self.error = error
            self.mark_refused(bool(error))
            self.error_changed.emit(error)

    def mark_refused(self, refused: bool) -> None:
        """Show by its look that what is typed is refused."""

    def show_value(self, value: Any) -> None:
        """Show the setting's value, unless something is being typed."""
        raise NotImplementedError


class LineField(Field):
    """A line of text: for texts, shapes, lists of numbers, and anything that may be none."""

    def __init__(self, place: Place, line: TextLine | None = None) -> None:
        super().__init__(place)
        self.line = line or TextLine()
        self.line.setFixedHeight(measure("height", "control"))
        self.line.setMinimumWidth(0)
        self.line.setPlaceholderText(place.spec.setting.none if place.optional else "")
        self.line.editingFinished.connect(self._commit)
        self.line.given_up.connect(self._restore)
        self.adopt(self.line)
        self._text: str | None = None

    def _commit(self) -> None:
        text = self.line.text().strip()
        if text == self._text:
            self.line.setModified(False)
            self.say("")
        elif self.send(text or (NONE if self.place.optional else "")):
            self.line.setModified(False)

    def show_value(self, value: Any) -> None:
        text = self._words(value)
        if text == self._text:
            return
        self._text = text
        if self.line.hasFocus() and self.line.isModified() and self.error:
            return
        self.line.setText(text)
        self.line.setModified(False)
        self.say("")

    def _restore(self) -> None:
        """Show what holds instead of what was typed."""
        self.line.setText(self._text or "")
        self.line.setModified(False)
        self.line.selectAll()
        self.say("")

    def _words(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, tuple):
            return str(value)
        return " × ".join(map(str, value)) if isinstance(value[0], int) else ", ".join(f"{item:.15g}" for item in value)

    def mark_refused(self, refused: bool) -> None:
        self.line.setProperty("refused", refused)
        self.line.style().unpolish(self.line)
        self.line.style().polish(self.line)


class PathField(LineField):
    """The path of a file or folder: typed, dropped on the line, or chosen in a dialog."""

    def __init__(self, place: Place) -> None:
        wanted = place.spec.setting.path or "file"
        path_line = PathLine(wanted)
        super().__init__(place, path_line)
        self.browse = BrowseButton(path_line, wanted, place.label)
        self.put_beside(self.browse)
        path_line.chosen.connect(lambda path: self._commit())


class SwitchField(Field):
    """Something that is on or off."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.switch = Switch()
        self.adopt(self.switch)
        self.switch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._layout.addStretch(1)
        self.switch.toggled.connect(lambda on: self.send("true" if on else "false"))

    def show_value(self, value: Any) -> None:
        self.switch.blockSignals(True)
        self.switch.setChecked(bool(value))
        self.switch.blockSignals(False)


class ChoiceField(Field):
    """One of some words."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.combo = ComboBox()
        self.combo.setMinimumWidth(0)
        self.adopt(self.combo)
        self._words: tuple[str, ...] = ()
        self._fill()
        self.combo.activated.connect(self._choose)
        theme().changed.connect(self._repaint)

    def _fill(self) -> None:
        assert isinstance(self.place.kind, ChoiceKind)
        words = ((NONE,) if self.place.optional else ()) + self.place.kind.words()
        if words == self._words:
            return
        self._words = words
        self.combo.clear()
        family = self.place.kind.choices if isinstance(self.place.kind.choices, str) else ""
        for word in words:
            named = bool(family) and not (self.place.optional and word == NONE)
            if self.place.optional and word == NONE:
                self.combo.addItem(self.place.spec.setting.none)
            else:
                self.combo.addItem(word_for(family, word) if named else word)
            icon = self.place.host.icon(family, word) if named else None
            if icon is not None:
                self.combo.setItemIcon(self.combo.count() - 1, icon)

    def _repaint(self) -> None:
        index, self._words = self.combo.currentIndex(), ()
        self._fill()
        self.combo.setCurrentIndex(index)

    def _choose(self, index: int) -> None:
        self.send_step(self._words[index])  # the arrow keys go through all words on the way to the one that is meant

    def show_value(self, value: Any) -> None:
        self._fill()
        self.combo.setCurrentIndex(self._words.index(NONE if value is None else value))
        self.say("")


class NumberEntry(Field):
    """A number that is typed."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.number = NumberField(
            empty=place.spec.setting.none if place.optional else "", prefix=place.spec.setting.prefix, **_range(place)
        )
        self.adopt(self.number)
        self.number.edited.connect(self._edited)
        self.number.error_changed.connect(self.say)

    def _edited(self, text: str) -> None:
        send = self.send_step if self.number.stepping else self.send
        if not send(text or NONE):
            self.number.set_error(self.error)

    def show_value(self, value: Any) -> None:
        self.number.set_value("" if value is None else _figures(value))


class SliderEntry(Field):
    """A number that is dragged or typed."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        setting = place.spec.setting
        assert setting.low is not None
        assert setting.high is not None
        self.number = SliderField(
            usual=setting.usual, logarithmic=setting.logarithmic, prefix=setting.prefix, **_range(place)
        )
        self.adopt(self.number)
        self.number.set_explanation(place.label, place.hint)
        self.number.edited.connect(self._edited)
        self.number.settled.connect(lambda: place.host.settle(place.path))
        self.number.error_changed.connect(self.say)

    def _edited(self, text: str) -> None:
        accepted = (
            self.send_step(text)
            if self.number.stepping
            else self.send(text, dragging=self.number.slider.isSliderDown())
        )
        if not accepted:
            self.number.set_error(self.error)

    def show_value(self, value: Any) -> None:
        self.number.set_value(_figures(value))


def _figures(number: float) -> str:
    """A number as it is shown: whole ones as they are, others to six figures."""
    return str(number) if isinstance(number, int) else number_text.write(float(f"{number:.6g}"))


def _range(place: Place) -> dict[str, Any]:
    assert isinstance(place.kind, NumberKind)
    setting = place.kind.setting
    return {
        "unit": setting.unit,
        "low": setting.low,
        "high": setting.high,
        "low_open": setting.low_open,
        "high_open": setting.high_open,
        "integer": place.kind.integer,
    }


def number_field(place: Place) -> Field:
    """The field for a number: with a slider where a part of the range is usual, or all of it is a share."""
    assert isinstance(place.kind, NumberKind)
    setting = place.kind.setting
    share = not place.kind.integer and setting.low == 0 and setting.high == 1 and not setting.logarithmic
    ends = setting.low is not None and setting.high is not None
    return SliderEntry(place) if ends and not place.optional and (setting.usual or share) else NumberEntry(place)
