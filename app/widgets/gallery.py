"""Every control in every state, side by side: ``python -m app.widgets.gallery [--theme dark] [--save FILE]``."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QRadioButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon_pixmap, theme
from app.widgets.buttons import IconButton, MainButton, PlainButton, QuietButton
from app.widgets.combo import ComboBox
from app.widgets.empty_state import EmptyState
from app.widgets.focus_ring import FocusRing
from app.widgets.labels import Chip, NoticeLine, NumberLabel, SecondaryLabel, TitleLabel
from app.widgets.number_field import NumberField
from app.widgets.panel_frame import PanelFrame
from app.widgets.preview import preview
from app.widgets.segmented import Segmented
from app.widgets.separators import HLine
from app.widgets.slider import Slider
from app.widgets.slider_field import SliderField
from app.widgets.switch import Switch
from app.widgets.toast import Toast
from app.widgets.tooltip import ExplanationCard


class Gallery(PanelFrame):
    """A panel with all of it."""

    def __init__(self) -> None:
        super().__init__("Controls", "in all their states")
        self._rings: list[FocusRing] = []
        self.add_header_widget(ComboBox(["Weights", "Biases"]))
        self.add_header_widget(Segmented(["Ridges", "Bands"]))
        self.menu.addAction("Nothing to do here")
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(16, 8, 16, 16)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        self._buttons(grid)
        self._fields(grid)
        self._choices(grid)
        self._messages(grid)
        grid.setRowStretch(grid.rowCount(), 1)
        self.set_content(page)

    def _row(self, grid: QGridLayout, words: str, *things: QWidget) -> QLayout:
        line = QHBoxLayout()
        line.setSpacing(12)
        for thing in things:
            line.addWidget(thing, 0, Qt.AlignmentFlag.AlignTop)
        line.addStretch(1)
        row = grid.rowCount()
        grid.addWidget(SecondaryLabel(words, small=True), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(line, row, 1)
        return line

    def _buttons(self, grid: QGridLayout) -> None:
        for name, make, words, icon in (
            ("main", MainButton, "Train", "play"),
            ("plain", PlainButton, "Export", "export"),
            ("quiet", QuietButton, "Step", "step"),
        ):
            states = [make(words, icon) for _ in range(3)]
            for button in states:
                button.setFixedWidth(104)
            states[1].setEnabled(False)
            self._rings.append(FocusRing())
            self._row(grid, f"{name}: normal, disabled, focus", *states)
            states[2].setProperty("ring", True)
        add = PlainButton("Add layer", "plus", color="text_secondary", dashed=True)
        yes, no = PlainButton("Yes", "check", icon_color="success"), PlainButton("No…", "cross", icon_color="error")
        self._row(grid, "others", MainButton("Train", "play", hint="Space", tall=True), add, yes, no)
        on = IconButton("panel-left", "Show the left column.", checkable=True, size=24)
        on.setChecked(True)
        self._row(grid, "icons", IconButton("undo"), IconButton("redo"), IconButton("trash"), on)

    def _fields(self, grid: QGridLayout) -> None:
        normal = NumberField("0.05", unit="per step", low=0.00001, high=10)
        refused = NumberField("0.05", unit="per step", low=0.00001, high=10)
        refused.setText("12")
        notice = NoticeLine()
        refused.error_changed.connect(notice.set_text)
        refused.commit()
        off = NumberField("128", unit="images")
        off.setEnabled(False)
        for field in (normal, refused, off):
            field.setFixedWidth(208)
        both = QWidget()
        stack = QVBoxLayout(both)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(2)
        stack.addWidget(refused)
        stack.addWidget(notice)
        self._row(grid, "fields: normal, refused, disabled", normal, both, off)
        picture = ComboBox()
        picture.add("relu", icon_pixmap("chart", "accent", 16))
        closed = ComboBox(["MNIST"])
        closed.setEnabled(False)
        for combo in (picture, closed):
            combo.setFixedWidth(160)
        self._row(grid, "combo boxes", picture, closed)
        sliders = [Slider() for _ in range(3)]
        for slider, value in zip(sliders, (400, 600, 300), strict=True):
            slider.setFixedWidth(160)
            slider.setValue(value)
        sliders[2].setEnabled(False)
        self._row(grid, "sliders", *sliders)
        rate = SliderField("0.0485", low=0.00001, high=10, logarithmic=True)
        turn = SliderField("10", low=0, high=45, unit="°", prefix="±")
        for slider_field in (rate, turn):
            slider_field.setFixedWidth(160)
        self._row(grid, "slider fields", rate, turn)

    def _choices(self, grid: QGridLayout) -> None:
        switches = [Switch(True), Switch(False), Switch(False), Switch(True)]
        for switch in switches[2:]:
            switch.setEnabled(False)
        self._row(grid, "switches", *switches)
        pen = Segmented(["Pen", "Eraser"], icons=["pen", "eraser"])
        self._row(grid, "choice of few", Segmented(["Ridges", "Overlay", "Bands"]), pen)
        ticked, round_box = QCheckBox("Checked"), QRadioButton("Chosen")
        ticked.setChecked(True)
        round_box.setChecked(True)
        self._row(grid, "boxes", ticked, QCheckBox("Not"), round_box)
        tabs = QTabBar()
        for words in ("Training", "Features", "Runs"):
            tabs.addTab(words)
        self._row(grid, "tabs", tabs)
        chips = [("baseline", "plain"), ("best ≥ 98 %", "accent"), ("finished", "success"), ("paused", "warning")]
        self._row(grid, "chips", *(Chip(*each) for each in chips), Chip("stopped", "error"))

    def _messages(self, grid: QGridLayout) -> None:
        card = ExplanationCard(self)
        sentences = "How far each step goes. Too small is slow; too large and the loss jumps about."
        card.explain("Learning rate", sentences, "0.00001 – 10")
        toast = Toast("Checkpoint saved", action="Show file", seconds=3600)
        toast.setFixedWidth(312)
        self._row(grid, "explanation, message", card, toast)
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setValue(60)
        bar.setFixedWidth(176)
        self._row(
            grid, "progress, numbers", bar, NumberLabel("98.1", "% at epoch 6"), TitleLabel("Title"), QLabel("Text")
        )
        empty = EmptyState(
            "No mistakes to show yet",
            "After the first epoch, the images it gets wrong are gathered here.",
            "grid",
            "Train one epoch",
        )
        line = HLine()
        grid.addWidget(line, grid.rowCount(), 0, 1, 2)
        self._row(grid, "empty", empty)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        marked = [button for button in self.findChildren(QWidget) if button.property("ring")]
        for ring, button in zip(self._rings, marked, strict=True):
            ring.show_around(button)


if __name__ == "__main__":
    theme()
    raise SystemExit(preview(Gallery, (900, 1040)))
