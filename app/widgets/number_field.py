"""A field for a number. It shows its unit, its range while it is edited, and refuses in place what it cannot take."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme
from app.theme.tokens import measure
from app.widgets import number_text
from app.widgets.text_line import TextLine
from app.widgets.tooltip import explainer

_EDGE = 9
"""From the field's edge to its text, border included."""


class NumberField(TextLine):
    """A line for a number with a note at its right end: the unit, or the range while it is edited.

    A number is taken on Enter, on leaving the field and by the arrow keys. What is outside the range, or refused by
    ``set_error``, stays as typed, with a red border; ``value()`` is still the last good one, and Escape brings it back.
    """

    edited = Signal(str)
    """A person has given a new number, within the range; its text."""
    error_changed = Signal(str)
    """The sentence that says what is wrong with what stands in the field, or an empty one."""

    def __init__(
        self,
        value: str = "",
        *,
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        low_open: bool = False,
        high_open: bool = False,
        integer: bool = False,
        step: float | None = None,
        prefix: str = "",
        range_note: str = "",
        empty: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(value, parent)
        self._unit, self._prefix, self._empty = unit, prefix, empty
        self._low, self._high, self._low_open, self._high_open = low, high, low_open, high_open
        self._integer, self._step = integer, step
        self._range = range_note or number_text.range_text(low, high)
        self._good, self._error = value, ""
        self.stepping = False
        """Whether the edit that is being told is one step of perhaps many, by the arrow keys."""
        self.setFont(font())
        self.setPlaceholderText(empty)
        self.setFixedHeight(measure("height", "control"))
        self.setMinimumWidth(44)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.returnPressed.connect(self.commit)
        self.textEdited.connect(self._while_typing)
        self.textChanged.connect(self._fit_note)
        explainer().watch(self)
        theme().changed.connect(self.update)
        self._fit_note()

    def value(self) -> str:
        """The last good text."""
        return self._good

    def error(self) -> str:
        """What is wrong with what stands in the field, or nothing."""
        return self._error

    def set_value(self, text: str) -> None:
        """Show a value. What is being typed, or was refused and still stands there, is left alone."""
        changed, self._good = text != self._good, text
        typing = self.hasFocus() and self.isModified()
        if typing or (self._error and not changed):
            return
        self.set_error("")
        if text != self.text():
            self.setText(text)

    def set_range(self, low: float | None, high: float | None, note: str = "") -> None:
        """Allow another range."""
        self._low, self._high = low, high
        self._range = note or number_text.range_text(low, high)
        self._fit_note()

    def set_unit(self, unit: str) -> None:
        """Show another unit."""
        self._unit = unit
        self._fit_note()

    def set_error(self, sentence: str) -> None:
        """Refuse what stands in the field, with a sentence; an empty one takes the refusal back."""
        if sentence == self._error:
            return
        self._error = sentence
        self.setProperty("refused", bool(sentence))
        self.style().unpolish(self)
        self.style().polish(self)
        self._fit_note()
        self.error_changed.emit(sentence)

    def commit(self) -> bool:
        """Take what stands in the field, if it can be taken; whether it was."""
        text = self.text().strip().removeprefix(self._prefix).strip() if self._prefix else self.text().strip()
        if text == self._good and not self._error:
            self.setModified(False)
            return True
        if sentence := self._complaint(text):
            self.set_error(sentence)
            return False
        text = number_text.plain(text)
        before, self._good = self._good, text
        if text != self.text():
            self.setText(text)
        self.setModified(False)
        self.set_error("")
        if text != before:
            self.edited.emit(text)
            if self._error:  # whoever listened has refused it: what was good before is good still
                self._good = before
                self.setModified(True)
        return not self._error

    def _complaint(self, text: str) -> str:
        if self._empty and not text:
            return ""
        sentence = number_text.complaint(
            text, self._low, self._high, integer=self._integer, low_open=self._low_open, high_open=self._high_open
        )
        return f"{sentence} {self._good} is still in use." if sentence and self._good else sentence

    def _while_typing(self, text: str) -> None:
        """A refusal goes as soon as what is typed would be taken."""
        if self._error and not self._complaint(text.strip()):
            self.set_error("")

    def step_by(self, steps: int) -> None:
        """Go up or down as the arrow keys do, up to the end of the range."""
        text = number_text.stepped(self.text(), steps, integer=self._integer, step=self._step)
        number = number_text.read(text)
        if number is None or self.isReadOnly():
            return
        if self._low is not None and number < self._low:
            text = number_text.write(self._low)
        if self._high is not None and number > self._high:
            text = number_text.write(self._high)
        if not self._complaint(text):
            self.setText(text)
            self.setModified(True)
            self.stepping = True
            self.commit()
            self.stepping = False

    # Keys, focus, wheel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        key = Qt.Key(event.key())
        if key in steps:
            self.step_by(steps[key] * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))
        elif key == Qt.Key.Key_Escape and (self.isModified() or self._error):
            self.setText(self._good)
            self.set_error("")
            self.selectAll()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._fit_note()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isModified() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()
        self._fit_note()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the wheel scrolls the column; a number does not change by passing over it

    # The note

    def note(self) -> str:
        """What stands at the right end now."""
        asked_for = self.hasFocus() or self._error or not self._unit
        wanted = self._range if asked_for and self._range else self._unit
        if not wanted:
            return ""
        metrics = QFontMetrics(self.font())
        words = metrics.horizontalAdvance(self._prefix + self.text() or self.placeholderText())
        room = self.width() - 2 * _EDGE - words - measure("spacing", "s")
        if metrics.horizontalAdvance(wanted) <= room:
            return wanted
        return self._unit if metrics.horizontalAdvance(self._unit) <= room else ""

    def _fit_note(self) -> None:
        metrics = QFontMetrics(self.font())
        note = metrics.horizontalAdvance(self.note())
        prefix = metrics.horizontalAdvance(self._prefix)
        self.setTextMargins(prefix, 0, note + measure("spacing", "xs") if note else 0, 0)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_note()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(self.font())
        inside = QRect(self.rect()).adjusted(_EDGE, 0, -_EDGE, 0)
        on = self.isEnabled()
        painter.setPen(theme().color("text_secondary" if on else "text_disabled"))
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.note())
        if self._prefix:
            painter.setPen(theme().color("text" if on else "text_disabled"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._prefix)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(96, measure("height", "control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(44, measure("height", "control"))
