"""A line of text that takes back typing only while there is typing to take back."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

OVER_THE_WHOLE = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class TextLine(QLineEdit):
    """Ctrl+Z belongs to what is being typed. Once that is given, the edits of the whole are undone instead.

    A plain QLineEdit keeps the key even where it has nothing to take back.
    """

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and not self.isModified()
        if override and isinstance(event, QKeyEvent) and any(event.matches(keys) for keys in OVER_THE_WHOLE):
            event.ignore()
            return False
        return super().event(event)
