"""What must never happen while somebody uses the window, noted the moment it happens."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app.dialogs.report import ReportDialog

HARMLESS = (
    # A display without a window manager or a compositor says this about itself.
    "This plugin does not support",
    "QXcbClipboard: ",
    "QStandardPaths: XDG_RUNTIME_DIR not set",
    # The user may aim at a place from which the window's edge has just been drawn in.
    "occurs outside target window",
)
"""Parts of Qt's warnings that say nothing about the program."""
SERIOUS = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
FORESEEN = (ValueError, OSError)
"""What a worker tells in a sentence because a setting or a file makes it so."""


class Faults(logging.Handler):
    """Hears of exceptions, of Qt's warnings, and of errors that the program caught and logged."""

    def __init__(self, context: Callable[[], str]) -> None:
        """``context`` says what was done just before."""
        super().__init__(logging.ERROR)
        self._context = context
        self.found: list[str] = []
        self._before: object = None
        self._hook = sys.excepthook

    def __enter__(self) -> Faults:
        self._hook = sys.excepthook
        self._before = qInstallMessageHandler(self._qt_says)
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        qInstallMessageHandler(self._before)  # type: ignore[arg-type]  # what it was before
        sys.excepthook = self._hook

    def hear_exceptions(self) -> None:
        """Listen in front of the hook that the program has set."""
        programs = sys.excepthook

        def heard(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            self.note("".join(traceback.format_exception(kind, error, trace)))
            programs(kind, error, trace)

        sys.excepthook = heard

    def look_for_reports(self) -> None:
        """Note a report dialog that is open."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, ReportDialog) and widget.isVisible():
                self.note(f"the report was opened: {widget.text.toPlainText()}")

    def note(self, what: str) -> None:
        """Something is wrong."""
        if len(self.found) < 20:
            self.found.append(f"{what}\n{self._context()}")

    def _qt_says(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in SERIOUS and not any(part in text for part in HARMLESS):
            self.note(f"Qt says: {text}")

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, FORESEEN) or record.name == "app.workers.pump":
            self.note(logging.Formatter("logged: %(message)s").format(record))


def threads() -> Counter[str]:
    """The names of all threads of this process, Qt's too."""
    found = Counter[str]()
    for task in Path(f"/proc/{os.getpid()}/task").glob("*"):
        try:
            found[(task / "comm").read_text().strip()] += 1
        except OSError:  # it has ended since
            continue
    return found or Counter(thread.name for thread in threading.enumerate())


def threads_left(before: Counter[str], patience: float = 10) -> list[str]:
    """Threads that there were not before and that do not end within the patience."""
    limit = time.monotonic() + patience
    while left := [name for name in threads() - before if not name.startswith(QTS_OWN)]:
        if time.monotonic() > limit:
            break
        time.sleep(0.05)
    return left


QTS_OWN = ("QDBus", "QXcb", "Thread (pooled", "Thread (poole")
"""Threads that Qt starts once for the process, or keeps for a while for its own next use."""
