"""Asking for a file to open, or where to save one.

A dialog begins where a person last was for the same purpose. Whatever would be overwritten is asked about by its final
name, with the suffix that was not typed, and with the files that are written beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from app.widgets.question import Question

Files = Callable[[Path], Sequence[Path]]
"""Everything that is written for a file of this name."""


class FilePlaces:
    """Where dialogs begin, for each purpose: where a person last was, or else the usual place."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._recall: Callable[[str], Any] = self._places.get
        self._remember: Callable[[str, str], object] = self._places.__setitem__
        self._usual: Callable[[str], Path] = lambda purpose: Path.home()

    def use(
        self, recall: Callable[[str], Any], remember: Callable[[str, str], object], usual: Callable[[str], Path]
    ) -> None:
        """Keep the places elsewhere, where they last until the next start; ``usual`` gives a purpose's first place."""
        self._recall, self._remember, self._usual = recall, remember, usual

    def folder(self, purpose: str) -> Path:
        """Where a dialog for this purpose begins."""
        last = self._recall(_key(purpose))
        return Path(last) if isinstance(last, str) and Path(last).is_dir() else self._usual(purpose)

    def note(self, purpose: str, folder: Path) -> None:
        """A person has chosen something here."""
        self._remember(_key(purpose), str(folder))


def _key(purpose: str) -> str:
    return f"place_to_{purpose}"


@cache
def file_places() -> FilePlaces:
    """The one list of places of the application."""
    return FilePlaces()


def ask_what_to_open(parent: QWidget, title: str, filters: str, purpose: str = "open") -> Path | None:
    """Ask for a file; none if it is given up."""
    start = str(file_places().folder(purpose))
    chosen, _ = QFileDialog.getOpenFileName(parent, title, start, filters)
    if not chosen:
        return None
    file_places().note(purpose, Path(chosen).parent)
    return Path(chosen)


def ask_where_to_save(
    parent: QWidget,
    title: str,
    suggested: str | Path,
    kinds: Mapping[str, str],
    purpose: str,
    files: Files = lambda path: (path,),
) -> Path | None:
    """Ask for the file to write; none if it is given up.

    Args:
        parent: the window that waits.
        title: the dialog's.
        suggested: a name, or a whole path.
        kinds: what files of each suffix are called; a name with none of these suffixes gets that of the chosen kind.
        purpose: what it is for: dialogs for the same begin where the last one ended.
        files: everything that is written for a file of this name.
    """
    filters = {f"{kind} (*{suffix})": suffix for suffix, kind in kinds.items()}
    start = file_places().folder(purpose) / suggested
    while True:
        # Qt would ask about the name as it was typed; what is written may be another.
        chosen, wanted = QFileDialog.getSaveFileName(
            parent, title, str(start), ";;".join(filters), "", QFileDialog.Option.DontConfirmOverwrite
        )
        if not chosen:
            return None
        path = Path(chosen)
        if path.suffix.lower() not in kinds:
            path = path.with_name(path.name + filters.get(wanted, next(iter(kinds))))
        taken = [each for each in files(path) if each.exists()]
        answer = _ask_to_replace(parent, taken) if taken else "replace"
        if answer == "replace":
            file_places().note(purpose, path.parent)
            return path
        if answer == "cancel":
            return None
        start = path


def _ask_to_replace(parent: QWidget, files: Sequence[Path]) -> str:
    names = " and ".join(each.name for each in files)
    there, they, contents = ("is", "it", "Its contents") if len(files) == 1 else ("are", "them", "Their contents")
    return Question(
        parent,
        "Replace",
        f"Replace {names}?",
        f"{names} {there} already in {files[0].parent}. {contents} would be lost by replacing {they}.",
        {"replace": "Replace", "other": "Choose another name", "cancel": "Cancel"},
    ).ask()
