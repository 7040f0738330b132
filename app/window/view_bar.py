"""The row above the panels: the views as tabs, and what holds for all charts of a view."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabBar, QWidget

from app.theme import font
from app.theme.tokens import measure
from app.view_models.chart_options import ChartOptions
from app.widgets.combo import ComboBox
from app.widgets.labels import SecondaryLabel
from app.widgets.slider import Slider

STEPS = 999


class ViewBar(QWidget):
    """Tabs, smoothing, and whether charts count in epochs or steps."""

    chosen = Signal(int)

    def __init__(self, views: list[str], options: ChartOptions) -> None:
        super().__init__()
        self._options = options
        self.setFixedHeight(measure("height", "tab_bar") - measure("spacing", "hair"))
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setFont(font("text", "tab"))
        for view in views:
            self.tabs.addTab(view)
        self.tabs.currentChanged.connect(self.chosen)
        label = SecondaryLabel("Smoothing", small=True)
        self.smoothing = Slider(0, STEPS)
        self.smoothing.setFixedWidth(70)
        self.smoothing.setAccessibleName("Smoothing of the curves")
        self.smoothing.setToolTip("How much the curves are smoothed. The raw curve always stays visible behind.")
        self.shown = QLabel()
        self.shown.setFont(font("caption"))
        self.shown.setFixedWidth(44)
        self.unit = ComboBox()
        self.unit.setFixedWidth(112)
        self.unit.add("By epoch", data="epoch")
        self.unit.add("By step", data="step")
        self.unit.setAccessibleName("Charts count in")
        self.unit.setToolTip("Whether the charts count in epochs or in steps.")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.tabs)
        row.addStretch(1)
        self._options_shown: tuple[QWidget, ...] = (label, self.smoothing, self.shown, self.unit)
        for widget in self._options_shown:
            row.addWidget(widget)
        self.smoothing.valueChanged.connect(lambda value: options.set_smoothing(value / 1000))
        self.unit.currentIndexChanged.connect(lambda _: options.set_x_unit(str(self.unit.currentData())))
        options.changed.connect(self._follow)
        self._follow()

    def offer_options(self, offered: bool) -> None:
        """Show what the charts can be asked for, or leave it out as long as they have nothing to show."""
        for widget in self._options_shown:
            widget.setVisible(offered)

    def _follow(self) -> None:
        self.smoothing.blockSignals(True)
        self.smoothing.setValue(round(1000 * self._options.smoothing))
        self.smoothing.blockSignals(False)
        self.shown.setText(f"{self._options.smoothing:.2f}")
        index = self.unit.findData(self._options.x_unit)
        self.unit.blockSignals(True)
        self.unit.setCurrentIndex(index)
        self.unit.blockSignals(False)
