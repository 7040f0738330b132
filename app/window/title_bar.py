"""The menu bar's row: menus, the experiment's name in the middle, switches for columns and theme at the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QSizePolicy, QWidget

from app.theme import font, theme
from app.theme.tokens import measure
from app.widgets.buttons import IconButton


class DocumentName(QWidget):
    """The experiment's name and what has become of it (new, edited, saved), in the middle of the window."""

    def __init__(self) -> None:
        super().__init__()
        self._name = self._state = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def show_name(self, name: str, state: str) -> None:
        """Show these."""
        if (name, state) != (self._name, self._state):
            self._name, self._state = name, state
            self.setAccessibleName(f"{name}, {state}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        strong, plain = font("text", "button"), font()
        width = QFontMetricsF(strong).horizontalAdvance(self._name)
        rest = QFontMetricsF(plain).horizontalAdvance(self._state)
        # In the middle of the window, not of what the menus leave.
        middle = self.window().width() / 2 - self.mapTo(self.window(), self.rect().topLeft()).x()
        x = min(max(0.0, middle - (width + 6 + rest) / 2), max(0.0, self.width() - width - rest - 6))
        painter.setFont(strong)
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(x, self.height() / 2 + 5), self._name)
        painter.setFont(plain)
        painter.setPen(theme().color("text_secondary"))
        painter.drawText(QPointF(x + width + 6, self.height() / 2 + 5), self._state)
        painter.end()


class TitleBar(QWidget):
    """Menu bar, name, switches, in one row of 32 pixels, the line below it among them."""

    def __init__(self, menus: QMenuBar) -> None:
        super().__init__()
        self.setFixedHeight(measure("height", "menu_bar") - measure("spacing", "hair"))
        self.name = DocumentName()
        self.left = IconButton("panel-left", "Show or hide the experiment's column.", size=24, checkable=True)
        self.right = IconButton("panel-right", "Show or hide the column to try the network.", size=24, checkable=True)
        self.theme_button = IconButton("moon", "Switch between light and dark.", size=24)
        for button in (self.left, self.right):
            button.setChecked(True)
        menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(menus)
        row.addWidget(self.name, 1)
        row.addWidget(self.left)
        row.addWidget(self.right)
        row.addSpacing(8)
        row.addWidget(self.theme_button)
