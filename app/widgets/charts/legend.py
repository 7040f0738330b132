"""The legend in a chart's header: it carries the present value of each curve, and switches curves on and off.

Values are never cut: where there is little room the crosshair's place goes first, then names become short and then go.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme import font, theme
from app.widgets.charts.ink import faint

_SWATCH, _SWATCH_GAP, _VALUE_GAP, _ENTRY_GAP, _NARROW_GAP = 12, 6, 6, 20, 12
_HEIGHT = 20


class LegendEntry(QAbstractButton):
    """A line's colour, its name and its value. Pressing it switches the curve."""

    def __init__(self, name: str, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(name)
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"The {name} curve and its value; press to hide it or to show it again.")
        self._widest = widest
        self._shown_name = name
        self._value = ""
        self._ringed = False
        self.set_value("")

    @property
    def value(self) -> str:
        """The value as text."""
        return self._value

    @property
    def shown_name(self) -> str:
        """The name as it is written now: whole, short, or not at all."""
        return self._shown_name

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self._value or not self.accessibleName():
            self._value = value
            self.setAccessibleName(f"{self.text()} {value}".strip())
            self.update()

    def set_widest(self, widest: str) -> None:
        """Keep room for another kind of value."""
        self._widest = widest

    def show_name(self, name: str) -> None:
        """Write the name so."""
        if name != self._shown_name:
            self._shown_name = name
            self.update()

    def width_with(self, name: str) -> int:
        """How much room it needs with its name written so; as much as its value can need, so that nothing moves."""
        metrics = QFontMetrics(font("axis"))
        widest = max(metrics.horizontalAdvance(self._widest), metrics.horizontalAdvance(self._value))
        named = metrics.horizontalAdvance(name) + _VALUE_GAP if name else 0
        return _SWATCH + _SWATCH_GAP + named + widest + 2

    def sizeHint(self) -> QSize:
        return QSize(self.width_with(self._shown_name), _HEIGHT)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A ring is for those who came here by the keyboard.
        self._ringed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        color, on = theme().color, self.isChecked()
        painter = QPainter(self)
        middle = self.height() // 2
        swatch = color(self.text())
        painter.fillRect(QRect(0, middle - 1, _SWATCH, 2), swatch if on else faint(swatch, 0.35))
        painter.setFont(font("axis"))
        painter.setPen(color("text_secondary" if on else "text_disabled"))
        left = _SWATCH + _SWATCH_GAP
        if self._shown_name:
            name = painter.fontMetrics().horizontalAdvance(self._shown_name)
            painter.drawText(QRect(left, 0, name + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self._shown_name)
            left += name + _VALUE_GAP
        if on:
            painter.setPen(color("text"))
            box = QRect(left, 0, self.width() - left, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._value)
        if self._ringed and self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(color("focus"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()


class _Place(QWidget):
    """Where the crosshair is: ``at 3.9``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def fits(self) -> bool:
        """Whether there is room for all of it."""
        return QFontMetrics(font("axis")).horizontalAdvance(self.text) <= self.width()

    def sizeHint(self) -> QSize:
        # As wide as what it can become, so that nothing beside it moves while the pointer does.
        return QSize(QFontMetrics(font("axis")).horizontalAdvance("at 99,999"), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.fits:
            return  # half a number would be a wrong one
        painter = QPainter(self)
        painter.setFont(font("axis"))
        painter.setPen(theme().color("text_secondary"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()


class Legend(QWidget):
    """One entry a curve, and the crosshair's place before them."""

    toggled = Signal(object)
    """The names of the curves that are switched off."""

    def __init__(self, names: Mapping[str, str], widest: str, parent: QWidget | None = None) -> None:
        """``names`` maps the name of each curve to a short form of it; ``widest`` is the longest usual value."""
        super().__init__(parent)
        self.setAccessibleName("Legend")
        self._place = _Place(self)
        self.entries = {name: LegendEntry(name, widest, self) for name in names}
        self._ways = [(list(names), _ENTRY_GAP), (list(names.values()), _NARROW_GAP), ([""] * len(names), _NARROW_GAP)]
        for entry in self.entries.values():
            entry.toggled.connect(self._tell)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._repaint)

    @property
    def place(self) -> str:
        """What is said of the crosshair's place."""
        return self._place.text

    @property
    def place_fits(self) -> bool:
        """Whether there is room to say it."""
        return self._place.fits

    def set_place(self, text: str) -> None:
        """Say where the crosshair is; empty for nowhere."""
        if text != self._place.text:
            self._place.text = text
            self._place.update()

    def set_widest(self, widest: str) -> None:
        """The values are of another kind from now on, of which this is the longest usual one."""
        for entry in self.entries.values():
            entry.set_widest(widest)
        self.updateGeometry()
        self._arrange()

    def set_values(self, values: dict[str, str]) -> None:
        """Show the values of the curves, as text."""
        before = self.sizeHint()
        for name, value in values.items():
            self.entries[name].set_value(value)
        if self.sizeHint() != before:  # a value longer than the usual ones
            self.updateGeometry()
            self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._place.sizeHint().width() + _ENTRY_GAP + self._needed(*self._ways[0]), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(*self._ways[-1]), _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _needed(self, names: list[str], gap: int) -> int:
        entries = zip(self.entries.values(), names, strict=True)
        return sum(entry.width_with(name) for entry, name in entries) + gap * (len(names) - 1)

    def _arrange(self) -> None:
        """Write the names as fully as there is room, from the right end; what is left is the crosshair's."""
        names, gap = next((way for way in self._ways if self._needed(*way) <= self.width()), self._ways[-1])
        right = self.width()
        for entry, name in reversed(list(zip(self.entries.values(), names, strict=True))):
            entry.show_name(name)
            width = entry.width_with(name)
            entry.setGeometry(right - width, 0, width, self.height())
            right -= width + gap
        self._place.setGeometry(0, 0, max(0, right), self.height())

    def _tell(self) -> None:
        self.toggled.emit(frozenset(name for name, entry in self.entries.items() if not entry.isChecked()))

    def _repaint(self) -> None:
        for child in (self._place, *self.entries.values()):
            child.update()
