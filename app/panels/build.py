"""The left column: everything that makes up the experiment, to be edited at any time."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.panels.panel import Panel
from app.panels.parts.activation_icons import picture_of
from app.panels.parts.build_augmentation import AugmentationSection
from app.panels.parts.build_data import DataSection
from app.panels.parts.build_layers import LayersSection
from app.panels.parts.build_training import TrainingSection
from app.theme import theme
from app.theme.tokens import measure
from app.view_models.document import ExperimentDocument
from app.view_models.rate_finder import PATH as RATE_PATH
from app.widgets.buttons import IconButton
from app.widgets.form import WAITS
from app.widgets.form_fields import Effect, Host
from app.widgets.labels import NoticeLine
from app.widgets.separators import HLine

WAITING = "Not in use yet: waits for a new training."

SEEK_MS = 40
"""A card that is opened grows in a few rounds of events; when they are over it is scrolled to."""
BESIDE = 24
"""The size of a button beside a slider and its number, which leave no room for one of the usual size."""
FIND_RATE = "Find a learning rate: try rates from tiny to far too large on a copy of the network."


class BuildPanel(Panel):
    """Data, layers, training and augmentation under each other; scrolls where the window is low."""

    title = "Build"
    rate_search_asked = Signal()
    """A person wants to be helped with the learning rate."""

    def __init__(self, document: ExperimentDocument) -> None:
        super().__init__()
        self.document = document
        self.effect = Effect()
        host = Host(document.set, document.settle, picture_of, self.effect, self._beside)
        self.data = DataSection(document, host)
        self.layers = LayersSection(document, host)
        self.training = TrainingSection(document, host)
        self.augmentation = AugmentationSection(document, host)
        self.sections = (self.data, self.layers, self.training, self.augmentation)
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 2 * measure("spacing", "hair"), 0, 0)
        column.setSpacing(0)
        for section in self.sections:
            column.addWidget(section)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self._column)
        for widget in (self, self._column):
            widget.setProperty("surface", "panel")
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.area.verticalScrollBar().rangeChanged.connect(self._make_room)
        self._seeking = QTimer(self)
        self._seeking.setSingleShot(True)
        self._seeking.setInterval(SEEK_MS)
        self._seeking.timeout.connect(self._show_chosen)
        for wish in (self.layers.cards.chosen_changed, self.layers.added):
            wish.connect(lambda index: self._seeking.start())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area)
        self.waiting = self._waiting_line()
        outer.addWidget(self.waiting)
        self.setMinimumWidth(measure("width", "build_column") - measure("spacing", "hair"))
        self._recolor()
        theme().changed.connect(self._recolor)
        document.changed.connect(self._follow)

    def _waiting_line(self) -> QWidget:
        """At the foot, where it moves nothing that is being edited."""
        line = QWidget()
        words = NoticeLine(kind="warning")
        words.set_text(WAITING)
        words.setToolTip(WAITS)
        padded = QVBoxLayout()
        padding = measure("spacing", "panel_padding")
        padded.setContentsMargins(padding, measure("spacing", "xs"), padding, measure("spacing", "s"))
        padded.addWidget(words)
        layout = QVBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(HLine())
        layout.addLayout(padded)
        line.hide()
        return line

    def show_waiting(self, waits: bool) -> None:
        """Say whether edits wait for a new training, because some of them cannot be taken over by the present one."""
        self.effect.set_waits(waits)
        self.waiting.setVisible(waits)

    def _beside(self, path: str) -> QWidget | None:
        """What helps with the setting at a path."""
        if path != RATE_PATH:
            return None
        find = IconButton("search", FIND_RATE, size=BESIDE)
        find.clicked.connect(self.rate_search_asked)
        return find

    @property
    def folded(self) -> list[str]:
        """The titles of the sections that are folded up."""
        return [section.title.text() for section in self.sections if not section.open]

    def fold(self, titles: Collection[str]) -> None:
        """Fold up the sections of these titles, and unfold all others."""
        for section in self.sections:
            section.set_open(section.title.text() not in titles)

    def _recolor(self) -> None:
        for widget in (self, self._column, self.area, self.area.viewport()):
            palette = widget.palette()
            palette.setColor(widget.backgroundRole(), theme().color("panel"))
            widget.setPalette(palette)
            widget.setAutoFillBackground(True)

    def _make_room(self, low: int, high: int) -> None:
        """A scroll bar takes its room from the margin, so that no field moves."""
        bar = self.area.verticalScrollBar().sizeHint().width() if high > low else 0
        for section in self.sections:
            section.set_right_margin(max(measure("spacing", "panel_padding") - bar, measure("spacing", "xs")))
        if self._seeking.isActive():
            self._show_chosen()

    def _show_chosen(self) -> None:
        index = self.layers.cards.chosen
        if index >= 0:
            self.area.ensureWidgetVisible(self.layers.cards.cards[index], 0, measure("spacing", "s"))

    def _follow(self) -> None:
        for section in self.sections:
            section.refresh()


if __name__ == "__main__":
    from app.widgets.preview import preview
    from nn_engine.experiments import preset

    def _made_up() -> BuildPanel:
        document = ExperimentDocument(preset("mnist-300-augmented"))
        document.use_data(document.experiment.data, document.experiment.data.load())
        return BuildPanel(document)

    raise SystemExit(preview(_made_up, (measure("width", "build_column"), 728)))
