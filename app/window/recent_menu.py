"""The files and runs that were open last, each in words that tell it from the others."""

from __future__ import annotations

import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.view_models.preferences import Preferences
from nn_engine.io.run_summary import RunSummary, summarize


class RecentMenu(QMenu):
    """Filled each time it opens: files first, runs below."""

    chosen = Signal(Path)

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._preferences = preferences
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        paths = [Path(text) for text in self._preferences.recent_files]
        for path in paths:
            if path.is_file():
                self._add(path, f"{path.name}  –  {_short(path.parent)}")
        self.addSeparator()
        for path in paths:
            if path.is_dir():
                self._add(path, _run_in_words(path))

    def _add(self, path: Path, words: str) -> None:
        action = self.addAction(words.replace("&", "&&"))
        action.setToolTip(str(path))
        action.triggered.connect(lambda _=False: self.chosen.emit(path))


def _run_in_words(path: Path) -> str:
    try:
        run = summarize(path)
    except (OSError, ValueError):
        return path.name
    return f"{run.name}, {when(run.began)}: {_how_far(run)}"


def _how_far(run: RunSummary) -> str:
    words = f"epoch {run.epochs_done} of {run.epochs_planned}"
    return words if run.best_accuracy is None else f"{words}, best accuracy {run.best_accuracy * 100:.1f} %"


def when(moment: datetime.datetime) -> str:
    """A time as a person would say it today: "21:03", or with its day, or with its year."""
    here, now = moment.astimezone(), datetime.datetime.now().astimezone()
    if here.date() == now.date():
        return f"{here:%H:%M}"
    day = f"{here.day} {here:%b}"
    return f"{day}, {here:%H:%M}" if here.year == now.year else f"{day} {here.year}, {here:%H:%M}"


def _short(folder: Path) -> str:
    """A folder's path, with ~ for the person's own."""
    return f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else str(folder)
