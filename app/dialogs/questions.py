"""The few questions that need an answer before anything goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.widgets.question import Question


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
