"""A choice of many: a field that opens a list below it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QStyledItemDelegate, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.popup import round_corners
from app.widgets.tooltip import explainer

_GAP = measure("spacing", "xs")


class ComboBox(QComboBox):
    """A combo box; its entries may have small pixmaps. The wheel is left to what scrolls, unless it has the focus."""

    def __init__(self, words: list[str] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(font())
        self.setFixedHeight(measure("height", "control"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(20, 16))
        self.setMaxVisibleItems(14)
        # The delegate a combo box makes by itself does not follow the style sheet.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.view().setFrameShape(QFrame.Shape.NoFrame)
        self.addItems(words or [])
        explainer().watch(self)
        theme().changed.connect(self.update)

    def add(self, text: str, pixmap: QPixmap | None = None, data: object = None) -> None:
        """Add an entry, with a small picture before its words."""
        self.addItem(QIcon(pixmap) if pixmap is not None else QIcon(), text, data)

    def choose(self, text: str) -> None:
        """Show an entry by its words without telling anyone; nothing happens if there is none."""
        index = self.findText(text)
        if index >= 0:
            self.blockSignals(True)
            self.setCurrentIndex(index)
            self.blockSignals(False)
            self.update()

    def set_refused(self, refused: bool) -> None:
        """Show by a red border that what is chosen is refused."""
        self.setProperty("refused", refused)
        self.style().unpolish(self)
        self.style().polish(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(56, measure("height", "control"))

    def showPopup(self) -> None:
        super().showPopup()
        popup = self.view().window()
        round_corners(popup)
        below = self.mapToGlobal(self.rect().bottomLeft()).y() + 1
        above = popup.y() + popup.height() <= self.mapToGlobal(self.rect().topLeft()).y() + 2
        if above:
            popup.move(popup.x(), popup.y() - _GAP)
        elif popup.y() <= below:
            popup.move(popup.x(), below + _GAP)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = measure("icon", "small")
        shade = "text_secondary" if self.isEnabled() else "text_disabled"
        corner = (self.width() - size - 10, (self.height() - size) // 2)
        painter.drawPixmap(*corner, icon_pixmap("chevron-down", shade, size))
        painter.end()
