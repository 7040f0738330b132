"""Saving what a painted widget shows: as a PNG picture, an SVG drawing or a CSV table, or to the clipboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPointF, QRect, QSize, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.theme import font, theme
from app.widgets.charts.export import PNG_SCALE, save
from app.widgets.file_choice import ask_where_to_save

_HEADER = 32
_KINDS = {"png": "PNG picture", "svg": "SVG drawing", "csv": "CSV table"}

Paint = Callable[[QPainter, int, int], None]
Table = Callable[[], tuple[Sequence[str], Iterable[Sequence[object]]]]


class PictureSaving(QObject):
    """Makes the files of one widget.

    Args:
        widget: whose size the picture takes.
        name: what it is called: "Histograms"; the title of the picture and the name of the file.
        paint: draws the picture, without a title, at a width and a height.
        table: the names of the columns, and the rows, for CSV.
        empty: says whether there is nothing to save yet.
    """

    told = Signal(str, bool)
    """A sentence about what was done, and whether it went well."""

    def __init__(self, widget: QWidget, name: str, paint: Paint, table: Table, empty: Callable[[], bool]) -> None:
        super().__init__(widget)
        self._widget, self._name, self._paint, self._table, self._empty = widget, name, paint, table, empty

    def add_to(self, menu: QMenu) -> None:
        """Put the ways to save and copy into a menu that is filled each time it opens."""
        nothing = self._empty()
        for kind in _KINDS:
            action = menu.addAction(f"Save as {kind.upper()}…")
            action.triggered.connect(lambda _=False, kind=kind: self.ask_and_save(kind))
            action.setEnabled(not nothing)
        action = menu.addAction("Copy picture")
        action.triggered.connect(lambda _=False: self.copy())
        action.setEnabled(not nothing)
        for action in menu.actions() if nothing else ():
            if not action.isEnabled():
                action.setToolTip("There is nothing to show yet.")

    def ask_and_save(self, kind: str) -> None:
        """Ask where, then save as ``png``, ``svg`` or ``csv``."""
        name, suffix = self._name.lower(), f".{kind}"
        title = f"Save the {name}"
        path = ask_where_to_save(self._widget.window(), title, name + suffix, {suffix: _KINDS[kind]}, "save_picture")
        if path is not None:
            self.save(path, kind)

    def save(self, path: Path, kind: str) -> None:
        """Save as ``png``, ``svg`` or ``csv`` and tell how it went."""
        error = save(path, self.data(kind))
        self.told.emit(error or f"{path.name} saved.", not error)

    def data(self, kind: str) -> bytes:
        """The file's contents."""
        if kind == "csv":
            return self._csv()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if kind == "png":
            self.picture().save(buffer, "PNG")  # type: ignore[call-overload]
        else:
            self._svg(buffer)
        return bytes(data.data())

    def picture(self) -> QImage:
        """The picture with its title, at twice the size."""
        size = self._size()
        image = QImage(size * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(PNG_SCALE)
        painter = QPainter(image)
        self._paint_all(painter, size)
        painter.end()
        return image

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QApplication.clipboard().setImage(self.picture())
        self.told.emit("Picture copied.", True)

    def _svg(self, buffer: QBuffer) -> None:
        size = self._size()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        generator.setTitle(self._name)
        painter = QPainter(generator)
        self._paint_all(painter, size)
        painter.end()

    def _csv(self) -> bytes:
        names, rows = self._table()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
        return text.getvalue().encode()

    def _size(self) -> QSize:
        return QSize(self._widget.width(), self._widget.height() + _HEADER)

    def _paint_all(self, painter: QPainter, size: QSize) -> None:
        painter.fillRect(QRect(0, 0, size.width(), size.height()), theme().color("panel"))
        painter.setFont(font("title", "title"))
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(16, 22), self._name)
        painter.translate(0, _HEADER)
        self._paint(painter, size.width(), size.height() - _HEADER)
