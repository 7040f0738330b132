"""Saving a chart where the user says, and copying its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.widgets.charts import export
from app.widgets.charts.content import Floats
from app.widgets.charts.ink import ink
from app.widgets.charts.live_chart import LiveChart
from app.widgets.file_choice import ask_where_to_save

_KINDS = {"png": "PNG picture", "svg": "SVG drawing", "csv": "CSV table"}


class Saving(QObject):
    """Makes the files of one chart.

    Args:
        chart: what is saved, as it is seen.
        table: all raw data as columns, for CSV.
    """

    told = Signal(str, bool)
    """A sentence about what was done, and whether it went well."""

    def __init__(self, chart: LiveChart, table: Callable[[], Mapping[str, Floats]]) -> None:
        super().__init__(chart)
        self._chart, self._table = chart, table

    def ask_and_save(self, kind: str) -> None:
        """Ask where, then save as ``png``, ``svg`` or ``csv``."""
        name, suffix = self._chart.wording.name.lower(), f".{kind}"
        title = f"Save the {name} chart"
        path = ask_where_to_save(self._chart.window(), title, name + suffix, {suffix: _KINDS[kind]}, "save_picture")
        if path is not None:
            self.save(path, kind)

    def save(self, path: Path, kind: str) -> None:
        """Save as ``png``, ``svg`` or ``csv`` and tell how it went."""
        error = export.save(path, self.data(kind))
        self.told.emit(error or f"{path.name} saved.", not error)

    def data(self, kind: str) -> bytes:
        """The file's contents."""
        if kind == "csv":
            return export.csv(self._table())
        chart = self._chart
        make = export.png if kind == "png" else export.svg
        return make(chart.frame, chart.content, ink(), chart.wording, chart.hidden, chart.size())

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        chart = self._chart
        made = export.picture(chart.frame, chart.content, ink(), chart.wording, chart.hidden, chart.size())
        QApplication.clipboard().setImage(made)
        self.told.emit("Picture copied.", True)
