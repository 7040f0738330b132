"""The stack of layers: its cards, undo and redo, a button that adds one, and the total."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.theme import font, icon, theme
from app.theme.tokens import measure
from app.view_models.document import ExperimentDocument
from app.widgets.buttons import IconButton
from app.widgets.form import LABEL_WIDTH, Form
from app.widgets.form_fields import Host
from app.widgets.layer_card import INDENT
from app.widgets.layer_cards import LayerCards
from app.widgets.part_menu import PartMenu, choices_of
from app.widgets.section import Section


class LayersSection(Section):
    """Edits the document's layers through the list of cards."""

    added = Signal(int)
    """A new layer stands at this place, open."""

    def __init__(self, document: ExperimentDocument, host: Host) -> None:
        super().__init__("Layers")
        self._document, self._host = document, host
        self.undo = IconButton("undo", "Undo")
        self.redo = IconButton("redo", "Redo")
        self.undo.clicked.connect(lambda: document.undo())
        self.redo.clicked.connect(lambda: document.redo())
        for button in (self.undo, self.redo):
            self.header_layout.addWidget(button)
        self.cards = LayerCards(self._make_form, lambda: choices_of("layer"))
        self.cards.wants_move.connect(lambda index, to: self._then_choose(document.move_layer(index, to)))
        self.cards.wants_removal.connect(self._remove)
        self.cards.wants_duplicate.connect(self._duplicate)
        self.cards.wants_layer.connect(self._insert)
        self.cards.wants_copy.connect(self._copy)
        self.cards.wants_paste.connect(self._paste)
        self.body.addWidget(self.cards)
        self.body.addSpacing(measure("spacing", "xs"))
        self.body.addLayout(self._footer())
        self.refusal = QLabel()
        self.refusal.setProperty("role", "error")
        self.refusal.setFont(font("caption"))
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.body.addWidget(self.refusal)
        self.bottom = measure("spacing", "s")
        self.end_with_icon()
        self.refresh()
        self.cards.choose(1, opened=True)

    def _footer(self) -> QHBoxLayout:
        self.add = AddButton("Add layer")
        self.add.setToolTip("Add a layer before the output, or behind the chosen one.")
        self._menu = PartMenu(parent=self.add)
        self._presets = PartMenu("Stack of a preset", self._menu)  # one for good: a cleared menu keeps its submenus
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self._menu)
        self.total = QLabel()
        self.total.setProperty("role", "caption")
        self.total.setFont(font("caption"))
        self.total.setToolTip("How many numbers are learned: every weight and every bias.")
        line = QHBoxLayout()
        line.addWidget(self.add)
        line.addStretch(1)
        line.addWidget(self.total)
        line.addSpacing(measure("spacing", "s"))
        return line

    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.fill(choices_of("layer"), self._add)
        self._menu.addSeparator()
        self._presets.clear()
        self._menu.addMenu(self._presets)
        for name, explanation in self._document.presets():
            action = self._presets.addAction(name)
            action.setToolTip(explanation)
            action.triggered.connect(lambda checked=False, name=name: self._document.use_preset(name, True))

    def _make_form(self, index: int) -> QWidget:
        width = LABEL_WIDTH - INDENT - 3
        return Form(self._document.layers[index], self._host, f"layers.{index}", label_width=width)

    # -- wishes ---------------------------------------------------------------------------------------------------

    def _then_choose(self, index: int) -> None:
        self.cards.choose(index)
        self.refresh()

    def _add(self, name: str) -> None:
        chosen, last = self.cards.chosen, len(self._document.layers) - 1
        self._insert(chosen + 1 if 0 <= chosen < last else -1, name)

    def _insert(self, index: int, name: str) -> None:
        try:
            place = self._document.insert_layer(None if index < 0 else index, name)
        except ValueError as error:
            self._refuse(str(error))
        else:
            # Who adds a layer wants to set it up.
            self.cards.choose(place, opened=True)
            self.refresh()
            self.cards.enter_form()
            self.added.emit(place)

    def _remove(self, index: int) -> None:
        self._document.remove_layer(index)
        self._then_choose(min(index, len(self._document.layers) - 1))

    def _duplicate(self, index: int) -> None:
        try:
            place = self._document.duplicate_layer(index)
        except ValueError as error:
            self._refuse(str(error))
        else:
            self._then_choose(place)

    def _copy(self, index: int) -> None:
        QGuiApplication.clipboard().setText(self._document.layers_as_text(None if index < 0 else index))

    def _paste(self, index: int) -> None:
        before = len(self._document.layers)
        refused = self._document.paste_layers(QGuiApplication.clipboard().text(), index)
        if refused:
            self._refuse(refused)
        elif len(self._document.layers) > before:
            self._then_choose(index)

    def _refuse(self, why: str) -> None:
        self.refusal.setText(why)
        self.refusal.show()

    # -- what is shown --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the experiment as it stands."""
        document = self._document
        self.refusal.hide()
        self.cards.show_rows(document.layer_rows())
        if self.cards.opened >= 0:
            form = self.cards.cards[self.cards.opened].form
            assert isinstance(form, Form)
            layer = document.layers[self.cards.opened]
            if form.shows(layer):
                form.show_value(layer)
        count = document.parameter_count
        self.total.setText("parameters unknown" if count is None else f"{count:,} parameters")
        for button, possible, words, keys in (
            (self.undo, document.can_undo, document.undo_text, "Ctrl+Z"),
            (self.redo, document.can_redo, document.redo_text, "Shift+Ctrl+Z"),
        ):
            button.setEnabled(possible)
            button.set_tip(f"{words} ({keys})." if possible else f"{words}: there is nothing to {words.lower()}.")


class AddButton(QPushButton):
    """A button with a dashed edge: the place of what is not there yet."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFixedSize(120, measure("height", "control"))
        self.setAccessibleName(text)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = self.hasFocus() or self.underMouse() or self.isDown()
        edge = theme().color("focus" if self.hasFocus() else "border_hover" if active else "border")
        pen = QPen(edge, 2 if self.hasFocus() else 1)
        if not self.hasFocus():
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(theme().color("raised_hover") if active else Qt.BrushStyle.NoBrush)
        inset = pen.widthF() / 2
        radius = measure("radius", "control")
        painter.drawRoundedRect(self.rect().toRectF().adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.setPen(theme().color("text" if active else "text_secondary"))
        painter.setFont(font("text", "button"))
        used = painter.fontMetrics().horizontalAdvance(self.text()) + 22
        left = (self.width() - used) // 2
        icon("plus", "text" if active else "text_secondary", 14).paint(painter, left, 7, 14, 14)
        painter.drawText(left + 22, 0, used, self.height(), Qt.AlignmentFlag.AlignVCenter, self.text())
