"""A small grey image, such as a digit of 28×28, shown pixel by pixel at a whole multiple of its size."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme
from app.widgets.ink_table import ink_table

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
_FRAME = 1


class DigitView(QWidget):
    """A framed image of ``side`` × ``side`` values, each a square of ``times`` pixels; without an image just paper."""

    def __init__(self, side: int = 28, times: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side, self._times = side, times
        self._image: QImage | None = None
        self._pixels: Bytes | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._retint)

    def sizeHint(self) -> QSize:
        return QSize(self._side * self._times + 2 * _FRAME, self._side * self._times + 2 * _FRAME)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def pixels(self) -> Bytes | None:
        """What is shown: values from 0 (no ink) to 255."""
        return self._pixels

    def set_pixels(self, pixels: Bytes | None) -> None:
        """Show an image (side, side), or none."""
        if pixels is None:
            if self._pixels is None:
                return
            self._pixels = self._image = None
        else:
            if self._pixels is not None and np.array_equal(pixels, self._pixels):
                return
            self._pixels = np.array(pixels, np.uint8, order="C")
            height, width = self._pixels.shape
            # The array is kept as long as the image, which reads from it.
            self._image = QImage(self._pixels.data, width, height, width, QImage.Format.Format_Indexed8)
            self._image.setColorTable(ink_table())
        self.update()

    def _retint(self) -> None:
        if self._image is not None:
            self._image.setColorTable(ink_table())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("border"))
        inner = QRect(_FRAME, _FRAME, self._side * self._times, self._side * self._times)
        if self._image is None:
            painter.fillRect(inner, theme().color("ink_low"))
        else:
            painter.drawImage(inner, self._image)
        painter.end()
