"""Small images in rows, such as digits: one indexed image in the theme's ink, at whole multiples, never smoothed.

A click or the arrow keys choose one of them. Bytes are taken as no ink (0) to full ink (255); images with three
channels keep their colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import theme
from app.widgets.focus_ring import focus_ring
from app.widgets.ink_table import ink_table

Bytes = NDArray[np.uint8]
FRAME = 1
_CHOSEN = 2


def ink_image(values: Bytes) -> QImage:
    """Bytes (height, width) as an indexed image in the theme's ink, or (height, width, 3) in their own colours."""
    values = np.ascontiguousarray(values)
    height, width = values.shape[:2]
    if values.ndim == 3:
        return QImage(values.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    image = QImage(values.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(ink_table())
    return image


def together(images: Bytes, columns: int) -> Bytes:
    """Images (n, height, width[, 3]) side by side in rows, as one array."""
    count, height, width = images.shape[:3]
    rows = -(-count // columns)
    whole = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    whole[:count] = images
    cells = whole.reshape(rows, columns, height, width, *images.shape[3:]).swapaxes(1, 2)
    return np.ascontiguousarray(cells.reshape(rows * height, columns * width, *images.shape[3:]))


class Mosaic(QWidget):
    """A grid of images. It draws them as large as its size allows.

    Args:
        columns: how many stand in a row.
        gap: pixels between two frames.
        spread: whether a row takes the whole width, with larger gaps.
        choosable: whether one of them can be chosen.
        name: what it is, for those who cannot see it.
    """

    chosen = Signal(int)
    """A person has chosen an image."""

    def __init__(
        self,
        columns: int,
        parent: QWidget | None = None,
        *,
        gap: int = 0,
        spread: bool = False,
        choosable: bool = True,
        name: str = "Images",
    ) -> None:
        super().__init__(parent)
        self._columns, self._gap, self._spread, self._choosable = max(1, columns), gap, spread, choosable
        self._images: Bytes = np.zeros((0, 1, 1), np.uint8)
        self._tips: Sequence[str] = ()
        self._picture: QImage | None = None
        self._base = QPixmap()
        self._stale = True
        self._index = -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if choosable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme().changed.connect(self._take_theme)

    # -- what is shown --------------------------------------------------------------------------------------------

    def set_images(self, images: NDArray[Any], tips: Sequence[str] = ()) -> None:
        """Show images (n, height, width) or (n, height, width, 3), of bytes; ``tips`` are told on pointing at one."""
        self._images, self._tips = np.asarray(images, np.uint8), tips
        self._picture = None
        self._stale = True
        if self._index >= len(self._images):
            self._index = -1
        self._say()
        self.update()

    @property
    def count(self) -> int:
        """How many images there are."""
        return len(self._images)

    def index(self) -> int:
        """The image chosen, or -1."""
        return self._index

    def set_index(self, index: int) -> None:
        """Choose without telling anyone."""
        if index != self._index and -1 <= index < self.count:
            self._index = index
            self._say()
            self.update()

    def picture(self) -> QImage:
        """All images together, one pixel a pixel."""
        if self._picture is None:
            self._picture = ink_image(together(self._images, self._columns))
        return self._picture

    def _say(self) -> None:
        if self._index >= 0:
            tip = f": {self._tips[self._index]}" if self._index < len(self._tips) else ""
            self.setAccessibleDescription(f"{self._index + 1} of {self.count}{tip}")

    # -- places ---------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return -(-self.count // self._columns)

    def scale_for(self, width: float, height: float) -> float:
        """How many pixels a pixel of an image takes at most: a whole number of the screen's own pixels.

        Images larger than their place are the exception; they are made smaller.
        """
        if not self.count:
            return 1.0
        high, wide = self._images.shape[1:3]
        columns = min(self._columns, self.count)
        across = (width - (columns - 1) * self._gap) / columns - 2 * FRAME
        down = (height - (self.rows - 1) * self._gap) / self.rows - 2 * FRAME
        scale, ratio = min(across / wide, down / high), self.devicePixelRatioF()
        whole: float = math.floor(scale * ratio + 1e-6) / ratio
        return whole if scale * ratio >= 1 else max(scale, 0.01)

    def size_for(self, scale: float) -> QSize:
        """How large it is at a scale."""
        high, wide = self._images.shape[1:3]
        columns = min(self._columns, max(self.count, 1))
        width = columns * (wide * scale + 2 * FRAME) + (columns - 1) * self._gap
        height = self.rows * (high * scale + 2 * FRAME) + max(self.rows - 1, 0) * self._gap
        return QSize(math.ceil(width - 1e-6), math.ceil(height - 1e-6))

    def cell_size(self, scale: float) -> QSize:
        """How large one image with its frame is at a scale."""
        high, wide = self._images.shape[1:3]
        return QSize(math.ceil(wide * scale + 2 * FRAME), math.ceil(high * scale + 2 * FRAME))

    def cell(self, index: int) -> QRectF:
        """Where an image and its frame are drawn."""
        high, wide = self._images.shape[1:3]
        scale = self.scale_for(self.width(), self.height())
        width, height = wide * scale + 2 * FRAME, high * scale + 2 * FRAME
        row, column = divmod(index, self._columns)
        step = width + self._gap
        if self._spread and self._columns > 1:
            step = max(step, (self.width() - width) / (self._columns - 1))
        ratio = self.devicePixelRatioF()
        return QRectF(math.floor(column * step * ratio) / ratio, row * (height + self._gap), width, height)

    def index_at(self, point: QPoint) -> int:
        """The image at a place, or -1."""
        return next((index for index in range(self.count) if self.cell(index).contains(point)), -1)

    def sizeHint(self) -> QSize:
        return self.size_for(1.0)

    # -- drawing --------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Draw all images and their frames."""
        painter.fillRect(self.rect(), theme().color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if not self.count:
            return
        high, wide = self._images.shape[1:3]
        picture, frame = self.picture(), theme().color("border")
        shrunk = self.cell(0).width() - 2 * FRAME < wide
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
        for index in range(self.count):
            row, column = divmod(index, self._columns)
            cell = self.cell(index)
            painter.fillRect(cell, frame)
            inside = cell.adjusted(FRAME, FRAME, -FRAME, -FRAME)
            painter.drawImage(inside, picture, QRectF(column * wide, row * high, wide, high))

    def _draw_base(self) -> None:
        self._stale = False
        ratio = self.devicePixelRatioF()
        self._base = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        self._base.setDevicePixelRatio(ratio)
        painter = QPainter(self._base)
        self.paint(painter)
        painter.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale or self._base.devicePixelRatio() != self.devicePixelRatioF():
            self._draw_base()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._base)
        if 0 <= self._index < self.count:
            self._paint_chosen(painter, self.cell(self._index))
        painter.end()

    def _paint_chosen(self, painter: QPainter, cell: QRectF) -> None:
        """A frame of two pixels: the cell's own and the one outside it, or inside it at the widget's edge."""
        outer = cell.adjusted(-1, -1, 1, 1).intersected(QRectF(self.rect()))
        accent = theme().color("accent")
        for side in (
            QRectF(outer.left(), outer.top(), outer.width(), _CHOSEN),
            QRectF(outer.left(), outer.bottom() - _CHOSEN, outer.width(), _CHOSEN),
            QRectF(outer.left(), outer.top(), _CHOSEN, outer.height()),
            QRectF(outer.right() - _CHOSEN, outer.top(), _CHOSEN, outer.height()),
        ):
            painter.fillRect(side, accent)

    def _take_theme(self) -> None:
        self._picture = None
        self._stale = True
        self.update()

    # -- choosing -------------------------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        if self._choosable and 0 <= index < self.count and index != self._index:
            self.set_index(index)
            self.chosen.emit(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.index_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        key = Qt.Key(event.key())
        if not self._choosable:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(0 if key == Qt.Key.Key_Home else self.count - 1)
        elif key in steps and self.count:
            self._choose(max(self._index, 0) + steps[key] if self._index >= 0 else 0)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            text = self._tips[index] if 0 <= index < len(self._tips) else self.toolTip()
            cell = self.cell(index).toAlignedRect() if index >= 0 else QRect()
            QToolTip.showText(event.globalPos(), text, self, cell)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stale = True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)
