"""A panel's place in the window: a header with its title and controls, and the content below. There is no border."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.theme import font, theme
from app.theme.tokens import measure
from app.widgets.buttons import IconButton
from app.widgets.labels import TitleLabel


class _Menu(QMenu):
    """A menu that tells when entries come and go."""

    entries_changed = Signal()

    def actionEvent(self, event: QActionEvent) -> None:
        super().actionEvent(event)
        self.entries_changed.emit()


class PanelFrame(QWidget):
    """Header of 40 px and content. ``menu`` is what the three dots open; the dots show only if it has entries."""

    def __init__(
        self, title: str, subtitle: str = "", parent: QWidget | None = None, *, height: int | None = None
    ) -> None:
        super().__init__(parent)
        self._title = TitleLabel(title)
        self._subtitle = QLabel(subtitle)
        self._subtitle.setProperty("role", "caption")
        self._subtitle.setFont(font("caption"))
        self._subtitle.setVisible(bool(subtitle))
        self._subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.menu = _Menu(self)
        self.menu_button = IconButton("more", f"More about {title.lower()}." if title else "More.")
        self.menu_button.setMenu(self.menu)
        self.menu.entries_changed.connect(self._fit)
        self.header = QWidget()
        self.header.setFixedHeight(height or measure("height", "panel_header"))
        self._header_row = QHBoxLayout(self.header)
        self._header_row.setSpacing(0)
        self._header_row.addWidget(self._title)
        self._header_row.addSpacing(12)
        self._header_row.addWidget(self._subtitle, 1)
        self._header_row.addStretch(0 if subtitle else 1)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(measure("spacing", "s"))
        self._header_row.addLayout(self._tools)
        self._header_row.addWidget(self.menu_button)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.header)
        self._content: QWidget | None = None
        self.setAccessibleName(title)
        theme().changed.connect(self.update)
        self._fit()

    def title(self) -> str:
        """The title."""
        return self._title.text()

    def set_title(self, title: str, subtitle: str | None = None) -> None:
        """Show another title, and another line beside it if one is given."""
        self._title.setText(title)
        self.setAccessibleName(title)
        if subtitle is not None:
            self.set_subtitle(subtitle)

    def set_subtitle(self, subtitle: str) -> None:
        """Show another line beside the title, or none."""
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def content(self) -> QWidget | None:
        """What is below the header."""
        return self._content

    def set_content(self, widget: QWidget) -> None:
        """Put something below the header, in place of what was there."""
        if self._content is not None:
            self._layout.removeWidget(self._content)
            self._content.setParent(None)
        self._content = widget
        self._layout.addWidget(widget, 1)

    def add_header_widget(self, widget: QWidget) -> None:
        """Add a control at the right of the header, before the three dots."""
        self._tools.addWidget(widget)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Keep the right edge: the dots of the menu button, or the last control, end 16 px before it."""
        has_menu = not self.menu.isEmpty()
        self.menu_button.setVisible(has_menu)
        padding = measure("spacing", "panel_padding")
        last = self._tools.itemAt(self._tools.count() - 1)
        icon_last = last is not None and isinstance(last.widget(), IconButton)
        self._header_row.setContentsMargins(padding, 0, padding - 10 if has_menu or icon_last else padding, 0)
        self._tools.setContentsMargins(0, 0, 6 if has_menu and last is not None and not icon_last else 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        painter.end()
