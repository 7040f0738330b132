"""The drawing pad: takes the pen, the mouse or a finger, says where it went, and shows the ink it is given.

It knows nothing of strokes. Places are told in pixels of the ink array, however large the pad is on the screen; the ink
itself is drawn by whoever listens, who then says which part of it is new.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QCursor,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTabletEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.ink_table import ink_table

SIDE = measure("width", "pad")
SMALLEST = 224
FRAME = 2
"""Kept free on each side for the frame, which is two pixels wide with the focus and one without."""

_SPARSE = 8.0
"""Farther apart than this, in pixels, two events are joined by a curve of pieces this long; nearer, by a line."""

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Canvas(QWidget):
    """A square to draw on. The ink is a byte array (280, 280), held, not copied."""

    began = Signal(float, float, float)
    """The pen went down: x, y, pressure (1 for a mouse)."""
    moved = Signal(list)
    """It moved on: a tuple (x, y, pressure) for each place on its way since the last event."""
    ended = Signal()
    clear_asked = Signal()
    undo_asked = Signal()
    paste_asked = Signal()
    dropped = Signal(str)
    """A file was dropped; its path."""

    def __init__(self, ink: Bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink = ink
        self._inviting = True
        self._undoable = self._drawing = False
        self._pressure = 1.0
        self._last = self._before_last = QPointF()
        self._brush = 24.0
        self._table = np.array(ink_table(), np.uint32)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.setAcceptDrops(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._make_cursor()
        theme().changed.connect(self._retint)

    # -- what it shows ------------------------------------------------------------------------------------------------

    def inviting(self) -> bool:
        """Whether it asks for a drawing."""
        return self._inviting

    def set_inviting(self, inviting: bool) -> None:
        """Ask for a drawing, or stop asking."""
        if inviting != self._inviting:
            self._inviting = inviting
            self.update()

    def set_undoable(self, undoable: bool) -> None:
        """Whether Ctrl+Z is its own; where it has nothing to take back, the key is the window's."""
        self._undoable = undoable

    def set_brush(self, width: float) -> None:
        """How wide the brush is, in pixels of the ink; the pointer shows it."""
        if width != self._brush:
            self._brush = width
            self._make_cursor()

    def show_ink(self, part: QRect) -> None:
        """The ink in this part, in its own pixels, is new."""
        if part.isEmpty():
            return
        scale, corner = self._scale(), self._square().topLeft()
        left, top = math.floor(part.left() * scale) - 1, math.floor(part.top() * scale) - 1
        right, bottom = math.ceil((part.right() + 1) * scale) + 1, math.ceil((part.bottom() + 1) * scale) + 1
        self.update(QRect(corner + QPoint(left, top), corner + QPoint(right - 1, bottom - 1)))

    # -- geometry -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(SIDE + 2 * FRAME, SIDE + 2 * FRAME)

    def minimumSizeHint(self) -> QSize:
        return QSize(SMALLEST + 2 * FRAME, SMALLEST + 2 * FRAME)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    def _square(self) -> QRect:
        """Where the ink is shown."""
        side = max(1, min(self.width(), self.height()) - 2 * FRAME)
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _scale(self) -> float:
        """Pixels of the screen for one of the ink."""
        return self._square().width() / len(self._ink)

    def place(self, position: QPointF) -> QPointF:
        """A position on the widget in pixels of the ink."""
        return (position - QPointF(self._square().topLeft())) / self._scale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._make_cursor()
        self.update()

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        square = self._square()
        painter = QPainter(self)
        self._paint_ink(painter, event.rect() & square, square)
        if self._inviting:
            self._paint_invitation(painter, square)
        if not square.adjusted(3, 3, -3, -3).contains(event.rect()):
            self._paint_frame(painter, square)
        painter.end()

    def _paint_ink(self, painter: QPainter, part: QRect, square: QRect) -> None:
        """Draw one part of the ink, in the theme's colours."""
        if part.isEmpty():
            return
        side, scale = len(self._ink), self._scale()
        # One pixel more on each side, so that smoothing sees the same neighbours whatever the part is.
        left = max(0, math.floor((part.left() - square.left()) / scale) - 1)
        top = max(0, math.floor((part.top() - square.top()) / scale) - 1)
        right = min(side, math.ceil((part.right() + 1 - square.left()) / scale) + 1)
        bottom = min(side, math.ceil((part.bottom() + 1 - square.top()) / scale) + 1)
        colors = self._table[self._ink[top:bottom, left:right]]
        width, height = right - left, bottom - top
        image = QImage(colors.data, width, height, width * 4, QImage.Format.Format_RGB32)
        painter.save()
        painter.setClipRect(part)
        if square.width() == side and self.devicePixelRatioF() == 1:
            painter.drawImage(square.left() + left, square.top() + top, image)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            corner = QPointF(square.left() + left * scale, square.top() + top * scale)
            painter.drawImage(QRectF(corner.x(), corner.y(), width * scale, height * scale), image)
        painter.restore()

    def _paint_invitation(self, painter: QPainter, square: QRect) -> None:
        color, inset = theme().color, round(square.width() / 7)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(color("border"), 1)
        pen.setDashPattern([4, 4])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawRect(square.adjusted(inset, inset, -inset, -inset))
        middle = square.center()
        painter.drawPixmap(middle.x() - 13, middle.y() - 45, icon_pixmap("pen", "accent", 28))
        for words, top, height, size, weight, shade in (
            ("Draw a digit", -11, 24, "title", "title", "text"),
            ("It is read while you draw.", 13, 20, "text", "text", "text_secondary"),
        ):
            painter.setFont(font(size, weight))
            painter.setPen(color(shade))
            line = QRect(square.left(), middle.y() + top, square.width(), height)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_frame(self, painter: QPainter, square: QRect) -> None:
        """The rounded frame, and the panel's colour outside it."""
        focused = self.hasFocus()
        width = 2 if focused else 1
        radius = measure("radius", "control")
        outline = QRectF(square).adjusted(-width / 2, -width / 2, width / 2, width / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outside, inside = QPainterPath(), QPainterPath()
        outside.addRect(QRectF(self.rect()))
        inside.addRoundedRect(outline, radius, radius)
        painter.fillPath(outside - inside, theme().color("panel"))
        painter.setPen(QPen(theme().color("accent" if focused else "border"), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(outline, radius, radius)

    def _retint(self) -> None:
        self._table = np.array(ink_table(), np.uint32)
        self._make_cursor()
        self.update()

    def _make_cursor(self) -> None:
        """A ring as wide as the brush; where that would be too small to see or too large for a pointer, a cross."""
        across = self._brush * self._scale()
        if not 6 <= across <= 60:
            self.setCursor(Qt.CursorShape.CrossCursor)
            return
        ratio = self.devicePixelRatioF()
        size = math.ceil(across) + 4
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF((size - across) / 2, (size - across) / 2, across, across)
        halo = QColor(theme().color("ink_low"))
        halo.setAlpha(150)
        painter.setPen(QPen(halo, 3))
        painter.drawEllipse(ring)
        painter.setPen(QPen(theme().color("text_secondary"), 1))
        painter.drawEllipse(ring)
        painter.end()
        self.setCursor(QCursor(pixmap, size // 2, size // 2))

    # -- the pen ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position(), 1.0)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drawing:
            self._move(event.position(), 1.0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end(event.position(), 1.0)

    def tabletEvent(self, event: QTabletEvent) -> None:
        pressure = _width_factor(event.pressure())
        if event.type() == QEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position(), pressure)
        elif event.type() == QEvent.Type.TabletMove and self._drawing:
            self._move(event.position(), pressure)
        elif event.type() == QEvent.Type.TabletRelease and self._drawing:
            self._end(event.position(), self._pressure)
        else:
            event.ignore()
            return
        event.accept()

    def _begin(self, position: QPointF, pressure: float) -> None:
        place = self.place(position)
        self._drawing, self._pressure = True, pressure
        self._last = self._before_last = place
        self.began.emit(place.x(), place.y(), pressure)

    def _move(self, position: QPointF, pressure: float) -> None:
        place, last = self.place(position), self._pressure
        steps = between(self._before_last, self._last, place)
        change = (pressure - last) / len(steps)
        self.moved.emit([(step.x(), step.y(), last + change * number) for number, step in enumerate(steps, 1)])
        self._before_last, self._last, self._pressure = self._last, place, pressure

    def _end(self, position: QPointF, pressure: float) -> None:
        if self._drawing:
            if self.place(position) != self._last:
                self._move(position, pressure)
            self._drawing = False
            self.ended.emit()

    # -- keys, focus, files -------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # The pad has its own Ctrl+Z and Escape first; the window has others by the same keys.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._own_key(event):
            event.accept()
            return True
        return super().event(event)

    def _own_key(self, event: QKeyEvent) -> SignalInstance | None:
        if event.key() == Qt.Key.Key_Escape:
            elsewhere = QApplication.mouseButtons() != Qt.MouseButton.NoButton and not self._drawing
            return None if elsewhere else self.clear_asked  # what is dragged elsewhere is not dropped by clearing here
        if self._undoable and event.matches(QKeySequence.StandardKey.Undo):
            return self.undo_asked
        if event.matches(QKeySequence.StandardKey.Paste):
            return self.paste_asked
        return None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        asked = self._own_key(event)
        if asked is None:
            super().keyPressEvent(event)
        else:
            self._drawing = False
            asked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._drawing:
            self._drawing = False
            self.ended.emit()
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            event.acceptProposedAction()
            self.dropped.emit(path)


def _width_factor(pressure: float) -> float:
    """How much wider or narrower than usual a pen draws: pressed half as hard as it can be, as wide as a mouse."""
    return 0.5 + min(1.0, max(0.0, pressure))


def between(before: QPointF, start: QPointF, end: QPointF) -> list[QPointF]:
    """The way from one event's place to the next, which ends the list.

    Where events are far apart the way leaves in the direction in which the pen arrived, as a hand does that is faster
    than its events; unless the pen turned sharply: then there is a corner.
    """
    way, arrived = end - start, start - before
    length, came = math.hypot(way.x(), way.y()), math.hypot(arrived.x(), arrived.y())
    if length < _SPARSE or came < 1 or QPointF.dotProduct(way, arrived) < 0.7 * length * came:
        return [end]
    bend = start + arrived * (length / came / 3)
    steps = math.ceil(length / _SPARSE)
    shares = (number / steps for number in range(1, steps))
    curve = [start * (1 - t) ** 2 + bend * (2 * t * (1 - t)) + end * t**2 for t in shares]
    return [*curve, end]
