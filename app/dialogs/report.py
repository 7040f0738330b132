"""An error that nobody foresaw: what happened, and a report to copy. The work goes on."""

from __future__ import annotations

import platform
import traceback
from types import TracebackType

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.dialogs.buttons import buttons_of
from app.widgets.buttons import PlainButton
from nn_engine.environment import describe_environment


def report_text(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """What somebody needs to find the fault."""
    facts = "\n".join(f"{name}: {value}" for name, value in describe_environment().items())
    lines = "".join(traceback.format_exception(kind, error, trace))
    return f"Backprop Studio\n{facts}\n{platform.platform()}\n\n{lines}"


class ReportDialog(QDialog):
    """Says that something went wrong and offers the report."""

    def __init__(self, summary: str, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.resize(640, 420)
        head = QLabel("An error came up that was not foreseen. Your work is untouched and you can go on.")
        head.setWordWrap(True)
        what = QLabel(summary)
        what.setProperty("role", "secondary")
        what.setWordWrap(True)
        self.text = QPlainTextEdit(report)
        self.text.setReadOnly(True)
        self.copy = PlainButton("Copy report", "copy")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        for widget in (head, what, self.text):
            layout.addWidget(widget)
        layout.addLayout(buttons_of(self, self.copy))
