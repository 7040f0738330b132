"""The few questions that need an answer before anything goes on."""

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


def ask_to_save(parent: QWidget, name: str) -> str:
    """Edits would be lost: returns ``save``, ``discard`` or ``cancel``."""
    return Question(
        parent,
        "Unsaved changes",
        f"Save the changes to {name}?",
        "Without saving, the edits since the last save are lost. Runs are kept in any case.",
        {"save": "Save", "discard": "Discard", "cancel": "Cancel"},
    ).ask()


def ask_to_close(parent: QWidget) -> bool:
    """Training runs: whether to end it (saved, to go on later) and close."""
    question = Question(
        parent,
        "Training runs",
        "Stop the training and close?",
        "What was learned is saved, and the training can go on from there: File, Open.",
        {"close": "Stop and close", "go on": "Keep training"},
    )
    return question.ask() == "close"
