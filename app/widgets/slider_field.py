"""A slider and a number field in one row, for the same number."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.theme.tokens import measure
from app.widgets import number_text
from app.widgets.number_field import NumberField
from app.widgets.slider import Slider

_STEPS = 1000


class SliderField(QWidget):
    """A number to drag or to type. The slider covers its usual part, in steps or in ratios; more can be typed."""

    edited = Signal(str)
    """A person has given a new number; its text. While the handle is held, for every place it comes by."""
    settled = Signal()
    """The handle was let go. Steps by keys and the wheel have no such end: see ``stepping``."""
    error_changed = Signal(str)

    def __init__(
        self,
        value: str = "",
        *,
        low: float,
        high: float,
        usual: tuple[float, float] | None = None,
        logarithmic: bool = False,
        integer: bool = False,
        unit: str = "",
        low_open: bool = False,
        high_open: bool = False,
        step: float | None = None,
        prefix: str = "",
        range_note: str = "",
        field_width: int = 72,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._from, self._to = usual or (low, high)
        self._low, self._low_open, self._high, self._high_open = low, low_open, high, high_open
        self._integer, self._logarithmic = integer, logarithmic and self._from > 0
        span = int(self._to - self._from)
        self.slider = Slider(0, span if integer and not self._logarithmic and 0 < span < _STEPS else _STEPS)
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.slider.setSingleStep(max(1, self.slider.maximum() // 100))
        self.field = NumberField(
            value,
            unit=unit,
            low=low,
            high=high,
            low_open=low_open,
            high_open=high_open,
            integer=integer,
            step=step,
            prefix=prefix,
            range_note=range_note,
        )
        self.field.setFixedWidth(field_width)
        self._slider_steps = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(measure("spacing", "m"))
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.field)
        self.setFixedHeight(measure("height", "control"))
        self.setFocusProxy(self.field)
        self.slider.valueChanged.connect(self._dragged)
        self.slider.sliderReleased.connect(self.settled)
        self.field.edited.connect(self._typed)
        self.field.error_changed.connect(self.error_changed)
        self._put_handle(value)

    def value(self) -> str:
        """The last good text."""
        return self.field.value()

    @property
    def stepping(self) -> bool:
        """Whether the edit that is being told is one step of perhaps many, by keys or the wheel."""
        return self._slider_steps or self.field.stepping

    def error(self) -> str:
        """What is wrong with what stands in the field, or nothing."""
        return self.field.error()

    def set_value(self, text: str) -> None:
        """Show a value; what is being typed or dragged is left alone."""
        self.field.set_value(text)
        if not self.slider.isSliderDown():
            self._put_handle(text)

    def set_error(self, sentence: str) -> None:
        """Refuse what stands in the field, with a sentence."""
        self.field.set_error(sentence)

    def set_explanation(self, name: str, sentence: str) -> None:
        """Name both parts for who cannot see them, and say on pointing at them what the number means."""
        for part in (self, self.slider, self.field):
            part.setAccessibleName(name)
            part.setAccessibleDescription(sentence)
            part.setToolTip(sentence)

    def number_at(self, position: int) -> str:
        """The number a place of the handle stands for, to as many figures as the places can tell apart."""
        share = position / max(1, self.slider.maximum())
        if self._logarithmic:
            number = self._from * (self._to / self._from) ** share
            digits = 2 - math.floor(math.log10(number))
        else:
            number = self._from + share * (self._to - self._from)
            digits = max(0, 3 - math.ceil(math.log10(max(1e-12, self._to - self._from))))
        if self._integer:
            return str(round(number))
        # The ends of an open range are not in it: the handle stops the last figure short of them.
        number, last = round(number, digits), 10.0**-digits
        if self._low_open and number <= self._low:
            number = self._low + last
        if self._high_open and number >= self._high:
            number = self._high - last
        return number_text.write(float(round(number, digits)))

    def position_of(self, text: str) -> int:
        """Where the handle stands for a number; at the end for one beyond it."""
        number = number_text.read(text)
        if number is None:
            return self.slider.value()
        value = min(self._to, max(self._from, float(number)))
        if self._logarithmic:
            share = math.log(value / self._from) / math.log(self._to / self._from)
        else:
            share = (value - self._from) / ((self._to - self._from) or 1.0)
        return round(share * self.slider.maximum())

    def _put_handle(self, text: str) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self.position_of(text))
        self.slider.blockSignals(False)
        self.slider.update()

    def _typed(self, text: str) -> None:
        self._put_handle(text)
        self.edited.emit(text)

    def _dragged(self, position: int) -> None:
        text = self.number_at(position)
        if text == self.field.value() and not self.field.error():
            return
        self.field.setModified(False)
        self.field.set_error("")
        self.field.set_value(text)
        self._slider_steps = not self.slider.isSliderDown()
        self.edited.emit(text)
        self._slider_steps = False
