"""A line of text that takes back typing only while there is typing to take back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

OVER_THE_WHOLE = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class TextLine(QLineEdit):
    """Ctrl+Z belongs to what is being typed. Once that is given, the edits of the whole are undone instead.

    A plain QLineEdit keeps the key even where it has nothing to take back.
    """

    given_up = Signal()
    """Escape was pressed while something typed stood in the line."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._leaves(event):
            event.ignore()
            return False
        return super().event(event)

    def _leaves(self, event: QKeyEvent) -> bool:
        return not self.isModified() and any(event.matches(keys) for keys in OVER_THE_WHOLE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.given_up.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
