"""The list of layers: cards that are chosen, opened in place, and moved by their grip or by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from app.theme import theme
from app.theme.tokens import measure
from app.widgets.edge_scroll import EdgeScroll
from app.widgets.layer_card import LayerCard
from app.widgets.layer_header import Row
from app.widgets.part_menu import Choices, PartMenu
from app.widgets.tab_order import enter, take_place

DRAGGED_BY = 9
"""How far a dragged card stands out to the right."""


class LayerCards(QWidget):
    """Cards from input to output. It changes nothing itself: every wish is a signal, every answer ``show_rows``."""

    wants_move = Signal(int, int)
    wants_removal = Signal(int)
    wants_duplicate = Signal(int)
    wants_layer = Signal(int, str)
    """A new layer of a name at a place."""
    wants_copy = Signal(int)
    """A layer's number, or -1 for all of them."""
    wants_paste = Signal(int)
    """Where to."""
    chosen_changed = Signal(int)

    def __init__(self, make_form: Callable[[int], QWidget | None], choices: Choices) -> None:
        super().__init__()
        self._make_form, self._choices = make_form, choices
        self._cards: list[LayerCard] = []
        self._chosen, self._open = -1, False
        self._dragged = self._place = -1
        self._mark = _DragMark(self)
        self._scrolling = EdgeScroll(self)
        self._scrolling.scrolled.connect(self._scrolled)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(measure("spacing", "row_gap"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Layers")
        self.setToolTip(
            "The layers from input to output. Arrows choose, Enter opens, Alt with an arrow moves, Delete removes, "
            "Ctrl+D duplicates, Ctrl+C copies."
        )
        theme().changed.connect(self.update)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row], chosen: int | None = None) -> None:
        """Show these rows; cards that are there are kept, with their forms, and only told what is new in them.

        ``chosen`` chooses another one at the same time, as after a move.
        """
        same = len(rows) == len(self._cards) and chosen in (None, self._chosen)
        same = same and all(card.row.title == row.title for card, row in zip(self._cards, rows, strict=True))
        if not same and self._dragged >= 0:
            self._end_drag()
        while len(self._cards) > len(rows):
            card = self._cards.pop()
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        for index, row in enumerate(rows):
            if index < len(self._cards):
                self._cards[index].show_row(row)
            else:
                self._add_card(row)
        if not same:
            self._rebuild_form(min(self._chosen if chosen is None else chosen, len(rows) - 1))
        self._describe()

    def _add_card(self, row: Row) -> None:
        card = LayerCard(row)
        card.clicked.connect(lambda: self._click(self._cards.index(card)))
        card.dragged.connect(lambda place: self._drag(self._cards.index(card), card.mapTo(self, place)))
        card.dropped.connect(self._drop)
        self._cards.append(card)
        self._layout.addWidget(card)
        self._mark.raise_()

    @property
    def cards(self) -> Sequence[LayerCard]:
        """The cards, from input to output."""
        return self._cards

    @property
    def chosen(self) -> int:
        """The number of the chosen card, or -1."""
        return self._chosen

    @property
    def opened(self) -> int:
        """The number of the card that is open, or -1."""
        return self._chosen if self._open else -1

    def choose(self, index: int, opened: bool | None = None) -> None:
        """Choose a card, and open or close it if asked; otherwise what was open or closed stays so."""
        index = min(max(index, -1), len(self._cards) - 1)
        opened = self._open if opened is None else opened
        if (index, opened) == (self._chosen, self._open):
            return
        self._open = opened
        self._rebuild_form(index)
        self._describe()
        self.chosen_changed.emit(index)

    def enter_form(self) -> None:
        """Give the first field of the open card the keyboard."""
        form = self._cards[self.opened].form if self.opened >= 0 else None
        if form is not None:
            enter(form)

    def _rebuild_form(self, chosen: int) -> None:
        for card in self._cards:
            if card.form is not None:
                focused = QApplication.focusWidget()
                if focused is not None and card.form.isAncestorOf(focused):
                    self.setFocus()
                card.show_form(None)
        self._chosen = chosen
        if self._open and 0 <= chosen < len(self._cards):
            form = self._make_form(chosen)
            self._cards[chosen].show_form(form)
            if form is not None:
                take_place(form)
        self._mark_cards()

    def _mark_cards(self) -> None:
        for index, card in enumerate(self._cards):
            card.mark(index == self._chosen, self.hasFocus())

    def _describe(self) -> None:
        card = self._cards[self._chosen] if 0 <= self._chosen < len(self._cards) else None
        self.setAccessibleDescription(card.accessibleName() if card else "")

    # -- keys -----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # The list has its keys first, whatever the window's menus do with them.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._action(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _action(self, event: QKeyEvent) -> Callable[[], object] | None:
        """What a key means for the chosen card; keys belong to the list while it has the focus itself."""
        if not self.hasFocus() or not self._cards:
            return None
        chosen, last = self._chosen, len(self._cards) - 1
        if event.matches(QKeySequence.StandardKey.Copy):
            return lambda: self.wants_copy.emit(chosen)
        if event.matches(QKeySequence.StandardKey.Paste):
            return lambda: self.wants_paste.emit(chosen + 1)
        key = event.keyCombination().key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain, alt, ctrl = (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.AltModifier,
            Qt.KeyboardModifier.ControlModifier,
        )
        anywhere: dict[object, Callable[[], object]] = {
            (Qt.Key.Key_Up, plain): lambda: self.choose(max(chosen - 1, 0)),
            (Qt.Key.Key_Down, plain): lambda: self.choose(min(chosen + 1, last)),
            (Qt.Key.Key_Home, plain): lambda: self.choose(0),
            (Qt.Key.Key_End, plain): lambda: self.choose(last),
            (Qt.Key.Key_C, ctrl | Qt.KeyboardModifier.ShiftModifier): lambda: self.wants_copy.emit(-1),
        }
        with_chosen: dict[object, Callable[[], object]] = {
            (Qt.Key.Key_Up, alt): lambda: self._move(chosen, chosen - 1),
            (Qt.Key.Key_Down, alt): lambda: self._move(chosen, chosen + 1),
            (Qt.Key.Key_Delete, plain): lambda: self.wants_removal.emit(chosen),
            (Qt.Key.Key_D, ctrl): lambda: self.wants_duplicate.emit(chosen),
            (Qt.Key.Key_Return, plain): self._enter,
            (Qt.Key.Key_Enter, plain): self._enter,
        }
        closing: dict[object, Callable[[], object]] = {(Qt.Key.Key_Escape, plain): self._escape}
        return (
            anywhere.get(key)
            or (with_chosen.get(key) if chosen >= 0 else None)
            or (closing.get(key) if self._open or self._dragged >= 0 else None)
        )

    def _move(self, index: int, to: int) -> None:
        if 0 <= to < len(self._cards):
            self.wants_move.emit(index, to)

    def _enter(self) -> None:
        """Open the chosen card; where it is open, go into its form."""
        if not self._open:
            self.choose(self._chosen, opened=True)
            return
        self.enter_form()

    def _escape(self) -> None:
        if self._dragged >= 0:
            self._cards[self._dragged].end_drag()
            self._end_drag()
        else:
            self.choose(self._chosen, opened=False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._chosen < 0 and self._cards and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.choose(0)
        self._mark_cards()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._mark_cards()
        super().focusOutEvent(event)

    # -- pointer --------------------------------------------------------------------------------------------------

    def _click(self, index: int) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.choose(index, opened=not (self._open and index == self._chosen))

    def _drag(self, index: int, pointer: QPoint) -> None:
        if self._dragged < 0:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._scrolling.start()
            header = QRect(QPoint(0, 0), QSize(self._cards[index].width(), measure("height", "layer_card")))
            self._mark.picture = self._cards[index].grab(header)
        self._dragged = index
        self._scrolling.follow(self.mapToGlobal(pointer))
        self._place = sum(pointer.y() > card.geometry().center().y() for card in self._cards)
        gap = measure("spacing", "row_gap")
        if self._place == len(self._cards):
            line = self._cards[-1].geometry().bottom() + 1 - gap // 2
        else:
            line = max(self._cards[self._place].geometry().top() - gap // 2 - 1, 0)
        self._mark.show_at(line, pointer.y() - measure("height", "layer_card") // 2)

    def _drop(self) -> None:
        index, place = self._dragged, self._place
        self._end_drag()
        to = place - 1 if place > index else place
        if index >= 0 and to != index:
            self.wants_move.emit(index, to)

    def _scrolled(self, pointer: QPoint) -> None:
        """The list has moved under the pointer."""
        if self._dragged >= 0:
            self._drag(self._dragged, self.mapFromGlobal(pointer))

    def _end_drag(self) -> None:
        self._scrolling.stop()
        self._dragged = self._place = -1
        self._mark.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = next((i for i, card in enumerate(self._cards) if card.geometry().contains(event.pos())), self._chosen)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self._chosen
        if index < 0:
            return
        menu = self.menu_for(index)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_for(self, index: int) -> QMenu:
        """The menu of one card."""
        menu, last = QMenu(self), len(self._cards) - 1

        def add(text: str, keys: str, action: Callable[[], object], enabled: bool = True) -> None:
            made = menu.addAction(f"{text}\t{keys}" if keys else text)
            made.triggered.connect(lambda: action())
            made.setEnabled(enabled)

        add("Move up", "Alt+Up", lambda: self._move(index, index - 1), index > 0)
        add("Move down", "Alt+Down", lambda: self._move(index, index + 1), index < last)
        add("Duplicate", "Ctrl+D", lambda: self.wants_duplicate.emit(index))
        add("Remove", "Del", lambda: self.wants_removal.emit(index))
        menu.addSeparator()
        for text, place in (("Insert above", index), ("Insert below", index + 1)):
            within = PartMenu(text, menu)
            within.fill(self._choices(), partial(self.wants_layer.emit, place))
            menu.addMenu(within)
        menu.addSeparator()
        add("Copy this layer", "Ctrl+C", lambda: self.wants_copy.emit(index))
        add("Copy all layers", "Shift+Ctrl+C", lambda: self.wants_copy.emit(-1))
        add("Paste below", "Ctrl+V", lambda: self.wants_paste.emit(index + 1))
        return menu

    def resizeEvent(self, event: object) -> None:
        self._mark.setGeometry(self.rect())


class _DragMark(QWidget):
    """What is over the list during a drag: the card under the pointer, and a line where it would go."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.picture = QPixmap()
        self._line = self._top = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, line: int, top: int) -> None:
        """Show the line and the card at these heights."""
        self._line, self._top = line, top
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(0.9)
        painter.drawPixmap(DRAGGED_BY, self._top, self.picture)
        painter.setOpacity(1)
        painter.setPen(QPen(theme().color("accent"), 2))
        painter.drawLine(0, self._line + 1, self.width(), self._line + 1)
