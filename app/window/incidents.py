"""Errors that nobody foresaw: each is written to the log and told once, and everything else goes on."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.dialogs.report import ReportDialog, report_text
from app.widgets.toast import Toasts

log = logging.getLogger(__name__)

T = TypeVar("T")


class Incidents:
    """Tells of errors in the window they came up in."""

    def __init__(self, window: QWidget, toasts: Toasts) -> None:
        self._window, self._toasts = window, toasts
        self._told: set[str] = set()

    def guarded(self, title: str, action: Callable[[], T], otherwise: T) -> T:
        """What a part of the window does, or ``otherwise`` where it fails: then the part is named, with a report."""
        try:
            return action()
        except Exception as error:
            summary = f"{type(error).__name__}: {error}"
            if self._is_new(f"{title}, {summary}"):
                log.exception("%s failed", title)
                report = report_text(type(error), error, error.__traceback__)
                words = f"{title} could not be drawn ({summary}). The rest goes on."
                self._toasts.show(words, "error", "Report", lambda: self._show(summary, report), seconds=15)
            return otherwise

    def unforeseen(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An error that came up anywhere else, such as in painting; fit to be ``sys.excepthook``."""
        summary = f"{kind.__name__}: {error}"
        if self._is_new(summary):
            log.error("unforeseen", exc_info=(kind, error, trace))
            report = report_text(kind, error, trace)
            QTimer.singleShot(0, self._window, lambda: self._show(summary, report))  # it may have been in painting
        if trace is not None:
            # A painter that is kept alive by what is known of the error would let nobody else paint the window.
            traceback.clear_frames(trace)

    def _is_new(self, summary: str) -> bool:
        new = summary not in self._told
        self._told.add(summary)
        return new

    def _show(self, summary: str, report: str) -> None:
        dialog = ReportDialog(summary, report, self._window)
        dialog.setModal(False)
        dialog.show()
