"""A question that needs an answer before anything goes on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.widgets.buttons import MainButton, PlainButton
from app.widgets.labels import role_label


class Question(QDialog):
    """A question, what follows from the answers, and a button for each. Enter means the first, Escape the last."""

    def __init__(self, parent: QWidget, title: str, question: str, note: str, answers: Mapping[str, str]) -> None:
        """``answers`` maps what is returned to the words on its button."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.question = role_label(question, "heading")
        explained = QLabel(note)
        explained.setProperty("role", "secondary")
        explained.setWordWrap(True)
        explained.setMinimumWidth(360)
        self.answer = list(answers)[-1]
        self.buttons: dict[str, MainButton | PlainButton] = {}
        row = QHBoxLayout()
        row.addStretch(1)
        for answer, words in answers.items():
            button = PlainButton(words) if self.buttons else MainButton(words)
            button.clicked.connect(lambda _=False, answer=answer: self._take(answer))
            self.buttons[answer] = button
            row.addWidget(button)
        next(iter(self.buttons.values())).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(8)
        layout.addWidget(self.question)
        layout.addWidget(explained)
        layout.addSpacing(8)
        layout.addLayout(row)

    def _take(self, answer: str) -> None:
        self.answer = answer
        self.accept()

    def ask(self) -> str:
        """Wait for the answer."""
        self.exec()
        self.deleteLater()
        return self.answer
