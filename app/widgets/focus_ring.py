"""The ring around what has the keyboard: drawn outside the control, one for the whole application.

It is shown only when the focus came by the keyboard; who clicks knows where they are.
"""

from __future__ import annotations

import weakref
from functools import cache

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.theme import theme
from app.theme.tokens import measure

OUTSIDE = 3
"""How far the ring reaches beyond the control: a gap of one pixel and a line of two."""

_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.LayoutRequest)
_ENDS = (QEvent.Type.Hide, QEvent.Type.ParentChange, QEvent.Type.EnabledChange, QEvent.Type.FocusOut)


class FocusRing(QObject):
    """Keeps one ring where the focus is."""

    def __init__(self) -> None:
        super().__init__()
        self._line: _Line | None = None
        self._target: QWidget | None = None
        self._holder: QWidget | None = None
        self._watched: list[QWidget] = []
        self._clicked: weakref.WeakSet[QWidget] = weakref.WeakSet()

    @property
    def target(self) -> QWidget | None:
        """The control that has the ring now."""
        return self._target

    def follow(self, widget: QWidget, event: QFocusEvent) -> None:
        """Call it from the ``focusInEvent`` and ``focusOutEvent`` of a control that wants the ring."""
        if event.gotFocus() and event.reason() not in _COMES_BACK:
            self._clicked.discard(widget)
        if event.gotFocus() and event.reason() in _BY_KEYBOARD:
            self.show_around(widget)
        elif not event.gotFocus() and widget is self._target:
            self.hide()

    def clicked(self, widget: QWidget) -> None:
        """Call it from the ``mousePressEvent`` of a button, after Qt has given it the focus."""
        self._clicked.add(widget)

    def leaves_to_window(self, widget: QWidget, event: QKeyEvent) -> bool:
        """Whether a key that a button was pressed with is meant for the window: Space, where it was clicked before.

        Who has clicked a button is done with it; who came to it by the keyboard means it.
        """
        return event.key() == Qt.Key.Key_Space and widget in self._clicked

    def show_around(self, widget: QWidget) -> None:
        """Put the ring around a control."""
        self.hide()
        self._target = widget
        self._holder = holder = _holder(widget)
        self._line = _Line(holder)
        each: QWidget | None = widget
        while each is not None and each is not holder:  # whatever moves the control moves the ring
            each.installEventFilter(self)
            self._watched.append(each)
            each = each.parentWidget()
        self._place()
        self._line.show()
        self._line.raise_()

    def hide(self) -> None:
        """Take the ring away."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched.clear()
        if self._line is not None:
            self._line.hide()
            self._line.deleteLater()
        self._line = self._target = self._holder = None

    def _place(self) -> None:
        if self._line is not None and self._target is not None and self._holder is not None:
            corner = self._target.mapTo(self._holder, QPoint(0, 0))
            margin = OUTSIDE
            self._line.setGeometry(QRect(corner, self._target.size()).adjusted(-margin, -margin, margin, margin))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _MOVES:
            self._place()
        elif kind in _ENDS and (watched is self._target or kind == QEvent.Type.Hide):
            self.hide()
        return False


class _Line(QWidget):
    """The ring itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().color("focus"), 2))
        radius = measure("radius", "control") + OUTSIDE - 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()


def _holder(widget: QWidget) -> QWidget:
    """What the ring is drawn in: the window, or the contents of the scroll area around the control."""
    each = widget
    while (parent := each.parentWidget()) is not None and not each.isWindow():
        scroll = parent.parentWidget()
        if isinstance(scroll, QAbstractScrollArea) and scroll.viewport() is parent:
            return each if each is not widget else parent
        each = parent
    return each


@cache
def focus_ring() -> FocusRing:
    """The one ring of the application."""
    return FocusRing()
