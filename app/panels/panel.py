"""What a panel is: a piece of the window that is drawn in a slot of its own, and only while it can be seen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget


class Panel(QWidget):
    """Base of all panels. A panel asks its view model; nothing asks a panel."""

    title = ""
    subtitle = ""
    told = Signal(str, bool)
    """Something worth a sentence happened, and whether it is good news."""
    renamed = Signal(str)
    """It shows something else from now on, under this title."""

    def header_widgets(self) -> list[QWidget]:
        """Controls that stand at the right of the panel's title."""
        return []

    def more_menu(self) -> QMenu | None:
        """The menu behind the panel's own "…", if it has one."""
        return None

    def refresh(self) -> bool:
        """Draw what is new; called in the panel's own slot of the display timer, at most 30 times a second.

        Only while the panel is visible. Must be quick. Returns False, and does nothing, where nothing has changed:
        the slot is another panel's then.
        """
        return False

    def text_refresh(self) -> None:
        """Update figures in words, four times a second."""

    def wants(self) -> frozenset[str]:
        """What the training worker should compute for this panel while it is visible, by the names of its requests."""
        return frozenset()
