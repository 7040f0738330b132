"""A chart as a file or on the clipboard: PNG at twice the size, SVG, and its raw data as CSV.

Files are written beside their place and renamed, so that an older one is never half overwritten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QSaveFile, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.theme import font
from app.widgets.charts import labels, painting
from app.widgets.charts.content import TRAINING, VALIDATION, Content, Floats, Wording
from app.widgets.charts.frame import Frame
from app.widgets.charts.ink import Ink

_HEADER = 32
PNG_SCALE = 2


def picture(frame: Frame, content: Content, ink: Ink, wording: Wording, hidden: frozenset[str], size: QSize) -> QImage:
    """The chart with its title and legend, at twice the size."""
    image = QImage(
        size.width() * PNG_SCALE, (size.height() + _HEADER) * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(PNG_SCALE)
    painter = QPainter(image)
    _paint(painter, replace(frame, ratio=PNG_SCALE), content, ink, wording, hidden, size)
    painter.end()
    return image


def png(frame: Frame, content: Content, ink: Ink, wording: Wording, hidden: frozenset[str], size: QSize) -> bytes:
    """The picture as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(frame, content, ink, wording, hidden, size).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def svg(frame: Frame, content: Content, ink: Ink, wording: Wording, hidden: frozenset[str], size: QSize) -> bytes:
    """The chart with its title and legend as an SVG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    whole = QSize(size.width(), size.height() + _HEADER)
    generator.setSize(whole)
    generator.setViewBox(QRect(0, 0, whole.width(), whole.height()))
    generator.setTitle(wording.name)
    painter = QPainter(generator)
    _paint(painter, replace(frame, ratio=1.0), content, ink, wording, hidden, size)
    painter.end()
    return bytes(data.data())


def csv(columns: Mapping[str, Floats]) -> bytes:
    """Columns of equal length as CSV: a missing value is an empty cell, a whole number has no decimals."""
    cells = [[_cell(value) for value in values.tolist()] for values in columns.values()]
    lines = [",".join(columns), *(",".join(row) for row in zip(*cells, strict=True))]
    return ("\n".join(lines) + "\n").encode()


def _cell(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value == int(value if math.isfinite(value) else 0) and abs(value) < 1e15 else repr(value)


def save(path: Path, data: bytes) -> str:
    """Write a file whole or not at all; returns why it could not be done, or nothing."""
    file = QSaveFile(str(path))
    written = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()
    return "" if written else f"{path.name} could not be saved: {file.errorString()}. Choose another place."


def _paint(
    painter: QPainter,
    frame: Frame,
    content: Content,
    ink: Ink,
    wording: Wording,
    hidden: frozenset[str],
    size: QSize,
) -> None:
    painter.fillRect(QRect(0, 0, size.width(), size.height() + _HEADER), ink.panel)
    _paint_header(painter, ink, wording, hidden, size.width())
    painter.translate(QPointF(0, _HEADER))
    painting.paint_paper(painter, frame, ink)
    painter.save()
    painter.setClipRect(frame.rect)
    painting.paint_strip(painter, frame, content, ink, hidden, 0, frame.columns)
    painter.restore()
    for piece in labels.pieces(frame, content, ink, wording, hidden):
        piece.paint(painter)


def _paint_header(painter: QPainter, ink: Ink, wording: Wording, hidden: frozenset[str], width: int) -> None:
    painter.setFont(font("title", "title"))
    painter.setPen(ink.text)
    painter.drawText(QPointF(16, 22), wording.name)
    painter.setFont(font("axis"))
    right = width - 16
    for name, color in ((VALIDATION, ink.validation), (TRAINING, ink.training)):
        if name in hidden:
            continue
        right -= painter.fontMetrics().horizontalAdvance(name)
        painter.setPen(ink.secondary)
        painter.drawText(QPointF(right, 21), name)
        painter.fillRect(QRect(right - 18, 16, 12, 2), color)
        right -= 38
