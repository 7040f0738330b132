"""The "…" of a chart: how it shows its curves, and ways to take it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.widgets.buttons import IconButton

SMOOTHINGS = (0.0, 0.6, 0.9, 0.96, 0.99, 0.999)


@dataclass(frozen=True)
class Choices:
    """What is chosen now."""

    log: bool
    smoothing: float
    moving_average: bool
    x_unit: str
    empty: bool


class MoreButton(IconButton):
    """Opens the menu. Ask ``choices_wanted`` to be answered by ``set_choices`` before it opens."""

    choices_wanted = Signal()
    log_chosen = Signal(bool)
    smoothing_chosen = Signal(float)
    moving_average_chosen = Signal(bool)
    x_unit_chosen = Signal(str)
    show_all_asked = Signal()
    save_asked = Signal(str)
    copy_asked = Signal()

    def __init__(self, name: str, may_be_log: bool, parent: QWidget | None = None) -> None:
        super().__init__("more", "", parent)
        self.set_name(name)
        self._may_be_log = may_be_log
        self._choices = Choices(may_be_log, 0.96, False, "epoch", True)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def set_name(self, name: str) -> None:
        """What the chart is called."""
        self.set_tip(f"Axes, smoothing, and ways to save or copy the {name.lower()} chart.")
        self.setAccessibleName(f"{name}: more")

    def set_choices(self, choices: Choices) -> None:
        """Say what is chosen now."""
        self._choices = choices

    def _fill(self) -> None:
        self.choices_wanted.emit()
        menu, chosen = self.menu(), self._choices
        menu.clear()
        if self._may_be_log:
            action = self._choice(menu, "Logarithmic axis", chosen.log)
            action.toggled.connect(self.log_chosen)
        self._fill_smoothing(menu.addMenu("Smoothing"), chosen)
        units = QActionGroup(menu)
        for unit in ("epoch", "step"):
            action = self._choice(menu, f"By {unit}", chosen.x_unit == unit, units)
            action.triggered.connect(lambda _=False, unit=unit: self.x_unit_chosen.emit(unit))
        menu.addSeparator()
        self._command(menu, "Show all", "0", not chosen.empty, self.show_all_asked.emit)
        menu.addSeparator()
        for kind in ("png", "svg", "csv"):
            ask = lambda kind=kind: self.save_asked.emit(kind)  # noqa: E731  # bound to this turn of the loop
            self._command(menu, f"Save as {kind.upper()}…", "", not chosen.empty, ask)
        self._command(menu, "Copy picture", "", not chosen.empty, self.copy_asked.emit)

    def _fill_smoothing(self, menu: QMenu, chosen: Choices) -> None:
        weights = QActionGroup(menu)
        for weight in SMOOTHINGS:
            text = f"{weight:g}" if weight else "None"
            action = self._choice(menu, text, abs(chosen.smoothing - weight) < 1e-9, weights)
            action.triggered.connect(lambda _=False, weight=weight: self.smoothing_chosen.emit(weight))
        menu.addSeparator()
        kinds = QActionGroup(menu)
        for text, average in (("Exponential", False), ("Moving average", True)):
            action = self._choice(menu, text, chosen.moving_average == average, kinds)
            action.triggered.connect(lambda _=False, average=average: self.moving_average_chosen.emit(average))

    @staticmethod
    def _choice(menu: QMenu, text: str, checked: bool, group: QActionGroup | None = None) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(checked)
        if group is not None:
            group.addAction(action)
        return action

    @staticmethod
    def _command(menu: QMenu, text: str, key: str, enabled: bool, do: object) -> None:
        action = menu.addAction(f"{text}\t{key}" if key else text)
        action.setEnabled(enabled)
        if not enabled:
            action.setToolTip("There is nothing to show yet: train first.")
        action.triggered.connect(lambda _=False: do())  # type: ignore[operator]  # a function without arguments
