"""The legend in a chart's header: it carries the present value of each curve, and switches curves on and off."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.theme import font, theme
from app.widgets.charts.ink import faint

_SWATCH, _SWATCH_GAP, _VALUE_GAP, _ENTRY_GAP = 12, 6, 6, 20


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
        self._value = ""
        self._ringed = False
        self.set_value("")

    @property
    def value(self) -> str:
        """The value as text."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self._value or not self.accessibleName():
            longer = len(value) > max(len(self._value), len(self._widest))
            self._value = value
            self.setAccessibleName(f"{self.text()} {value}".strip())
            if longer:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(font("axis"))
        widest = max(metrics.horizontalAdvance(self._widest), metrics.horizontalAdvance(self._value))
        name = metrics.horizontalAdvance(self.text())
        return QSize(_SWATCH + _SWATCH_GAP + name + _VALUE_GAP + widest + 2, 20)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

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
        name = painter.fontMetrics().horizontalAdvance(self.text())
        left = _SWATCH + _SWATCH_GAP
        painter.drawText(QRect(left, 0, name + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if on:
            painter.setPen(color("text"))
            box = QRect(left + name + _VALUE_GAP, 0, self.width() - left - name - _VALUE_GAP, self.height())
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
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        # As wide as what it can become, so that nothing beside it moves while the pointer does.
        return QSize(QFontMetrics(font("axis")).horizontalAdvance("at 99,999"), 20)

    def minimumSizeHint(self) -> QSize:
        # Where there is little room the curves' values come first.
        return QSize(0, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        if QFontMetrics(font("axis")).horizontalAdvance(self.text) > self.width():
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

    def __init__(self, names: tuple[str, ...], widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Legend")
        self._place = _Place(self)
        self.entries = {name: LegendEntry(name, widest, self) for name in names}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_ENTRY_GAP)
        row.addWidget(self._place)
        for entry in self.entries.values():
            row.addWidget(entry)
            entry.toggled.connect(self._tell)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._repaint)

    @property
    def place(self) -> str:
        """What is said of the crosshair's place."""
        return self._place.text

    def set_place(self, text: str) -> None:
        """Say where the crosshair is; empty for nowhere."""
        if text != self._place.text:
            self._place.text = text
            self._place.update()

    def set_values(self, values: dict[str, str]) -> None:
        """Show the values of the curves, as text."""
        for name, value in values.items():
            self.entries[name].set_value(value)

    def _tell(self) -> None:
        self.toggled.emit(frozenset(name for name, entry in self.entries.items() if not entry.isChecked()))

    def _repaint(self) -> None:
        for child in (self._place, *self.entries.values()):
            child.update()
