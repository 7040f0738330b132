"""What a person has chosen about the studio itself, kept between starts."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Signal

from app.blas import FASTEST, OPENBLAS_OWN
from nn_engine.declarations import Declaration, Setting, settings_of

MOST_RECENT = 8
"""So many files, and as many runs."""


class PreferenceValues(Declaration):
    """The studio's own settings; the preferences dialog is made from this."""

    theme: Annotated[
        str,
        Setting(
            "Whether the window is light or dark; system follows the desktop.", choices=("system", "light", "dark")
        ),
    ] = "system"
    threads: Annotated[
        int | None,
        Setting("For matrix products, from the next start on; none leaves one core free.", low=1, high=1024),
    ] = None
    kernels: Annotated[
        str,
        Setting(
            "Which matrix kernels compute, from the next start on: the fastest on this processor, or what OpenBLAS "
            "chooses by itself; automatic takes those that OPENBLAS_CORETYPE names, or else the fastest.",
            choices=("automatic", FASTEST, OPENBLAS_OWN),
        ),
    ] = "automatic"
    data_folder: Annotated[
        str | None,
        Setting(
            "Where runs and drawings are kept; none takes the usual place for such data.",
            label="data folder",
            none="the usual place",
            path="folder",
        ),
    ] = None
    autosave: Annotated[bool, Setting("Keep the experiment at every edit and bring it back at the next start.")] = True
    notify: Annotated[bool, Setting("Say so when a training has ended and the window is not in front.")] = True


class Preferences(QObject):
    """Reads and writes the preferences; ``changed`` names what changed."""

    changed = Signal(str)

    def __init__(self, store: QSettings | None = None) -> None:
        super().__init__()
        self.store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "backprop-studio", "studio"
        )
        self.values = self._load()

    def _load(self) -> PreferenceValues:
        """Every value that is still valid; the default for any other."""
        values = PreferenceValues()
        for spec in settings_of(PreferenceValues):
            text = self.store.value(f"preferences/{spec.name}")
            if isinstance(text, str):
                try:
                    values = values.replace(**{spec.name: spec.kind.parse(text)})
                except ValueError:
                    continue
        return values

    def set(self, name: str, text: str) -> str:
        """Change one preference; returns "" or the sentence that says what is wrong."""
        spec = next(spec for spec in settings_of(PreferenceValues) if spec.name == name)
        try:
            self.values = self.values.replace(**{name: spec.kind.parse(text)})
        except ValueError as error:
            return str(error)
        self.store.setValue(f"preferences/{name}", text)
        self.changed.emit(name)
        return ""

    # -- places -------------------------------------------------------------------------------------------------------

    @property
    def data_folder(self) -> Path:
        """Where runs, drawings and logs are kept."""
        if self.values.data_folder:
            return Path(self.values.data_folder).expanduser()
        return default_data_folder()

    @property
    def runs_folder(self) -> Path:
        """Where runs are kept."""
        return self.data_folder / "runs"

    def usual_folder(self, purpose: str) -> Path:
        """Where a file dialog begins while nobody has chosen anything for this purpose yet."""
        data = self.data_folder
        if purpose == "open":
            return next((each for each in (self.runs_folder, data / "experiments") if each.is_dir()), Path.home())
        if purpose in ("save_experiment", "save_checkpoint"):
            folder = data / f"{purpose.removeprefix('save_')}s"
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
            return folder
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return Path(documents) if Path(documents).is_dir() else Path.home()

    # -- what is remembered -------------------------------------------------------------------------------------------

    def recall(self, name: str, default: Any = None) -> Any:
        """What was remembered under this name."""
        return self.store.value(f"state/{name}", default)

    def remember(self, name: str, value: Any) -> None:
        """Remember something until the next start."""
        self.store.setValue(f"state/{name}", value)

    @property
    def recent_files(self) -> list[str]:
        """The files last opened or saved, and the folders of the last runs, that still exist; the newest first."""
        listed = self.recall("recent_files", [])
        paths = [listed] if isinstance(listed, str) else list(listed or [])
        return [path for path in paths if Path(path).exists()]

    def note_recent(self, path: Path) -> None:
        """Put a file or a run at the head of the recent ones; neither kind crowds out the other."""
        text = str(path.resolve())
        listed = [text, *(other for other in self.recent_files if other != text)]
        runs = [each for each in listed if Path(each).is_dir()]
        files = [each for each in listed if each not in runs]
        kept = {*runs[:MOST_RECENT], *files[:MOST_RECENT]}
        self.remember("recent_files", [each for each in listed if each in kept])
        self.changed.emit("recent_files")


def default_data_folder() -> Path:
    """The usual place for an application's data; ``BACKPROP_STUDIO_DATA`` names another."""
    if told := os.environ.get("BACKPROP_STUDIO_DATA"):
        return Path(told).expanduser()
    location = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    name = "Backprop Studio" if sys.platform in ("win32", "darwin") else "backprop-studio"
    return Path(location) / name
