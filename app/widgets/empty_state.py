"""What an empty place says: what will appear there, and how to get it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.theme import icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.buttons import PlainButton
from app.widgets.labels import role_label
from app.widgets.paragraph import Paragraph

_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_ICON = 24
_WIDEST = 264


class EmptyState(QWidget):
    """An icon, a heading, a sentence and, if there is something to do, a button."""

    acted = Signal()
    """The button was pressed."""

    def __init__(
        self,
        heading: str,
        sentence: str = "",
        icon_name: str = "",
        button: str = "",
        parent: QWidget | None = None,
        *,
        icon_color: str = "text_secondary",
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._icon_color = icon_name, icon_color
        self._icon = QLabel()
        self._icon.setVisible(bool(icon_name))
        self._heading, self._sentence = role_label(heading, "heading"), Paragraph(sentence, widest=_WIDEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[measure("spacing", "m")] * 4)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addWidget(self._icon, 0, _MIDDLE)
        layout.addSpacing(6 if icon_name else 0)
        layout.addWidget(self._heading, 0, _MIDDLE)
        layout.addSpacing(2)
        layout.addWidget(self._sentence, 0, _MIDDLE)
        self.button: PlainButton | None = None
        if button:
            self.button = PlainButton(button)
            self.button.clicked.connect(self.acted)
            layout.addSpacing(8)
            layout.addWidget(self.button, 0, _MIDDLE)
        layout.addStretch(1)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(sentence)
        theme().changed.connect(self._tint)
        self._tint()

    def set_words(self, heading: str, sentence: str) -> None:
        """Say something else."""
        self._heading.setText(heading)
        self._sentence.set_text(sentence)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(sentence)

    def _tint(self) -> None:
        if self._icon_name:
            self._icon.setPixmap(icon_pixmap(self._icon_name, self._icon_color, _ICON))
