"""The chart that is painted while the data comes.

Axes, grid and all finished columns lie in a pixmap. A tick restores and draws only the columns that are new and asks
for only that strip of the window. Everything else (another size, view, theme, curve, smoothing) draws the pixmap anew.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme
from app.widgets.charts import labels, overlay, painting, ranges
from app.widgets.charts.content import TRAINING, Content, Wording
from app.widgets.charts.flag_labels import flags_at
from app.widgets.charts.follow_button import FollowButton
from app.widgets.charts.frame import Frame, plot_rect
from app.widgets.charts.ink import ink
from app.widgets.charts.interaction import Interaction
from app.widgets.charts.scale import Axis

_GROWTH = 1.02
"""The vertical range is looked at again when there are so many times as many steps."""


class LiveChart(QWidget):
    """Curves over steps. Give it a ``Content`` whenever there is a new one; nothing is done while it is hidden."""

    looked_at = Signal(float, float)
    """The user has chosen a range of steps; the view stays there from now on."""
    follow_asked = Signal()
    """The user wants to see the training as it goes on."""
    pointed_at = Signal(object)
    """The pointer is at this step, or has left (None)."""

    def __init__(self, wording: Wording, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wording = wording
        self.content = Content()
        self.log = False
        self.x_unit = "epoch"
        self.hidden: frozenset[str] = frozenset()
        """The curves that are switched off."""
        self._ink = ink()
        self._frame: Frame | None = None
        self._x: Axis | None = None
        self._y: Axis | None = None
        """What the user looks at; None while the chart follows."""
        self._followed_y: Axis | None = None
        self._judged = (0, 0)
        self._paper, self._base = QPixmap(), QPixmap()
        self._pieces: list[overlay.Piece] = []
        self._stamps: dict[tuple[str, QSize], QPixmap] = {}
        self._moment: overlay.Cursor | None = None
        self._moment_step: float | None = None
        self._crosshair: overlay.Cursor | None = None
        self._cursor_step: float | None = None
        self._cursor_words = ""
        self._stale = True
        self.redraws = self.strips = 0
        """How often everything, and how often only a strip, was drawn."""
        self._interaction = Interaction(self)
        self.follow_button = FollowButton(self)
        self.follow_button.clicked.connect(self.follow_asked)
        self.follow_button.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(f"{wording.name} chart")
        self.setToolTip("")
        theme().changed.connect(self._take_theme)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        """Where the curves lie now."""
        if self._frame is None:
            self._frame = self._make_frame()
        return self._frame

    @property
    def following(self) -> bool:
        """Whether the view moves with the data."""
        return self._x is None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not len(self.content.steps) and not len(self.content.points)

    def set_content(self, content: Content) -> None:
        """Show the data as it is now; cheap if it only has more than before."""
        before, self.content = self.content, content
        added = (
            not self._stale
            and content.generation == before.generation
            and len(before.steps) > 0
            and len(content.steps) >= len(before.steps)
            and len(content.points) >= len(before.points)
        )
        if content.generation != before.generation:
            self._judged = (0, 0)
            if len(content.steps) < len(before.steps):
                self._followed_y = None
        if not self.isVisible():
            self._stale = True
            return
        if not added or self._frame is None:
            self.redraw()
            return
        self._judge_range()
        frame = self._make_frame()
        if frame != self._frame:
            self._frame = frame
            self.redraw()
            return
        self._draw_new(before)

    def set_wording(self, wording: Wording) -> None:
        """The values are of something else from now on."""
        self.wording = wording
        self.setAccessibleName(f"{wording.name} chart")
        self._followed_y = None
        self.redraw()

    def set_log(self, on: bool) -> None:
        """A logarithmic vertical axis, or a linear one; fitted anew."""
        if on != self.log:
            self.log = on
            self._followed_y = None
            self._y = None if self._x is None else self._fitted_y()
            self.redraw()

    def set_x_unit(self, unit: str) -> None:
        """Count in epochs or in steps."""
        if unit != self.x_unit:
            self.x_unit = unit
            self.redraw()

    def set_hidden(self, names: frozenset[str]) -> None:
        """Switch curves off."""
        if names != self.hidden:
            self.hidden = names
            self.redraw()

    def set_range(self, steps: tuple[float, float] | None) -> None:
        """Show these steps whatever comes, or (None) follow."""
        if steps is None:
            if self._x is not None or self._y is not None:
                self._x = self._y = self._followed_y = None
                self.redraw()
        elif self._x is None or (self._x.low, self._x.high) != steps:
            if self._y is None:
                self._y = self.frame.y
            self._x = Axis(*steps)
            self.redraw()

    def look_at(self, x: Axis, y: Axis) -> None:
        """The user looks at this part from now on."""
        if self.empty:
            return
        self._x, self._y = self._reasonable(x, y)
        self.redraw()
        self.looked_at.emit(self._x.low, self._x.high)

    def show_all(self) -> None:
        """Show every value there is, to the last spike, from now on."""
        log = self.log and not self.wording.percent
        self.look_at(ranges.all_x(self.content), ranges.all_y(self.content, log, self.wording.percent))

    def set_moment(self, step: float | None) -> None:
        """Mark a moment of the past; None marks the present."""
        if step != self._moment_step:
            self._moment_step = step
            self._place_moment()

    def set_cursor_step(self, step: float | None, words: str = "") -> None:
        """Put the crosshair at a step, or (None) take it away; ``words`` are written at its foot."""
        if (step, words) != (self._cursor_step, self._cursor_words):
            self._cursor_step, self._cursor_words = step, words
            self._place_crosshair()

    # -- ranges ---------------------------------------------------------------------------------------------------

    def _make_frame(self) -> Frame:
        left, top, width, height = plot_rect(self.width(), self.height())
        log = self.log and not self.wording.percent
        if self._y is None and self._followed_y is None:
            self._followed_y = ranges.following_y(self.content, log, self.wording.percent)
        y = self._y or self._followed_y
        assert y is not None  # set just above
        return Frame(
            left,
            top,
            width,
            height,
            self._x or ranges.following_x(self.content),
            y,
            self.devicePixelRatioF(),
            self.x_unit,
            self.content.steps_per_epoch,
            self.wording.percent,
        )

    def _judge_range(self) -> None:
        """See from time to time whether the vertical range still fits."""
        counts = len(self.content.steps), len(self.content.points)
        if self._y is not None or (counts[0] < self._judged[0] * _GROWTH and counts[1] == self._judged[1]):
            return
        self._judged = counts
        log = self.log and not self.wording.percent
        self._followed_y = ranges.following_y(self.content, log, self.wording.percent, self._followed_y)

    def _fitted_y(self) -> Axis:
        """The vertical range that shows the visible steps well."""
        x, content = self.frame.x, self.content
        start, end = np.searchsorted(content.steps, (x.low, x.high))
        first, last = np.searchsorted(content.point_steps, (x.low, x.high))
        seen = replace(content, raw=content.raw[start : end + 1], points=content.points[first : last + 1])
        return ranges.following_y(seen, self.log and not self.wording.percent, self.wording.percent)

    def _reasonable(self, x: Axis, y: Axis) -> tuple[Axis, Axis]:
        """Neither a fraction of a step nor a desert: where a limit is met, that axis stays as it is."""
        everything = ranges.all_x(self.content)
        widest = 4 * max(everything.high - everything.low, self.content.planned_steps, 10)
        if not (2 <= x.high - x.low <= widest and x.low < everything.high and x.high > everything.low):
            x = self.frame.x
        fitting = (ranges.all_y, ranges.following_y)
        most = 4 * max(fit(self.content, y.log, self.wording.percent).length for fit in fitting)
        precision = 1e-6 if y.log else 1e-9 * max(abs(y.low), abs(y.high))
        if not precision < y.length < min(max(most, 1e-6), 1e300):
            y = self.frame.y
        return x, y

    # -- drawing --------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw everything anew, as soon as it can be seen."""
        self._stale = True
        self._frame = None
        if self.isVisible():
            self._draw_all()
            self.update()

    def _draw_all(self) -> None:
        self._stale = False
        self.redraws += 1
        self._judge_range()
        self._frame = frame = self._make_frame()
        size = QSize(round(self.width() * frame.ratio), round(self.height() * frame.ratio))
        if self._paper.size() != size:
            self._paper = QPixmap(size)
        self._paper.setDevicePixelRatio(frame.ratio)
        self._paper.fill(self._ink.panel)
        painter = QPainter(self._paper)
        painting.paint_paper(painter, frame, self._ink, self.empty)
        if self.empty:
            painting.paint_expectation(painter, frame, self._ink, self.wording.rises)
            overlay.paint_words(painter, frame, self._ink, self.wording)
        painter.end()
        self._base = self._paper.copy()
        if not self.empty:
            self._paint_columns(0, frame.width, restore=False)
        self._pieces = [] if self.empty else labels.pieces(frame, self.content, self._ink, self.wording, self.hidden)
        self._moment = self._moment_piece()
        self._crosshair = self._crosshair_piece()
        self.follow_button.setVisible(not self.following)
        self._place_button()

    def _draw_new(self, before: Content) -> None:
        """Draw the columns that the new data changes, and ask for them on the screen."""
        content, frame, dirty = self.content, self.frame, QRect()
        count = len(before.steps)
        if len(content.steps) > count:
            first = frame.column(float(content.steps[max(0, count - 2)]))
            dirty = self._draw_columns(math.floor(first) - 2, frame.column(float(content.steps[-1])) + 2)
        if len(content.points) > len(before.points):
            first = frame.column(float(content.point_steps[max(0, len(before.points) - 1)]))
            edge = 4 * frame.ratio
            dirty |= self._draw_columns(math.floor(first - edge), frame.column(float(content.point_steps[-1])) + edge)
        for step, _ in content.flags[len(before.flags) :]:
            column = frame.column(step)
            dirty |= self._draw_columns(math.floor(column) - 3, column + 3)
        ended = len(content.points) != len(before.points)  # the curves may have come to lie under the best's label
        if ended or len(content.flags) != len(before.flags) or content.best != before.best:
            dirty |= self._place_pieces()
        self._place_moment()
        if not dirty.isEmpty():
            self.update(dirty)

    def _draw_columns(self, first: int, last: float) -> QRect:
        """Draw the columns anew; returns where that is on the widget."""
        frame, ratio = self.frame, self.frame.ratio
        # Whole pixels of the widget that are whole device pixels too, so that the clip cuts none in two.
        unit = 1 if ratio == int(ratio) else 4
        left = max(0, math.floor(first / ratio) // unit * unit)
        right = min(frame.width, -(-math.ceil((last + 1) / ratio) // unit) * unit)
        return self._paint_columns(left, right, restore=True) if right > left else QRect()

    def _paint_columns(self, left: int, right: int, restore: bool) -> QRect:
        """Draw from one pixel to another, counted from the plot's left edge."""
        frame, ratio = self.frame, self.frame.ratio
        rect = QRect(frame.left + left, frame.top, right - left, frame.height)
        painter = QPainter(self._base)
        painter.setClipRect(rect)
        if restore:
            self.strips += 1
            _copy(painter, rect, self._paper, ratio)
        first, last = math.floor(left * ratio), math.ceil(right * ratio)
        painting.paint_strip(painter, frame, self.content, self._ink, self.hidden, first, last)
        painter.end()
        return rect

    def _place_pieces(self) -> QRect:
        before = self._pieces
        self._pieces = labels.pieces(self.frame, self.content, self._ink, self.wording, self.hidden)
        covered = QRect()
        for piece in [*before, *self._pieces]:
            if (piece in before) != (piece in self._pieces):
                covered |= piece.rect
        return covered.adjusted(-1, -1, 1, 1) if not covered.isEmpty() else covered

    def _moment_piece(self) -> overlay.Cursor | None:
        if not len(self.content.steps):
            return None
        step = float(self.content.steps[-1]) if self._moment_step is None else self._moment_step
        return overlay.cursor(self.frame, step, self._smooth_at(step), self._ink.accent, self._ink)

    def _crosshair_piece(self) -> overlay.Cursor | None:
        if self._cursor_step is None or not len(self.content.steps):
            return None
        value = self._smooth_at(self._cursor_step)
        words = self._cursor_words
        return overlay.cursor(self.frame, self._cursor_step, value, self._ink.secondary, self._ink, words)

    def _smooth_at(self, step: float) -> float:
        if TRAINING in self.hidden:
            return math.nan
        index = min(int(np.searchsorted(self.content.steps, step)), len(self.content.smooth) - 1)
        return float(self.content.smooth[index])

    def _place_moment(self) -> None:
        before, self._moment = self._moment, self._moment_piece()
        self._update_pieces(before, self._moment)

    def _place_crosshair(self) -> None:
        before, self._crosshair = self._crosshair, self._crosshair_piece()
        self._update_pieces(before, self._crosshair)

    def _update_pieces(self, before: overlay.Cursor | None, after: overlay.Cursor | None) -> None:
        if before != after:
            for piece in (before, after):
                if piece is not None:
                    self.update(piece.rect)

    def _place_button(self) -> None:
        left, top, width, height = plot_rect(self.width(), self.height())
        size = self.follow_button.sizeHint()
        self.follow_button.setGeometry(
            QRect(left + width - size.width(), top + height - size.height() - 8, size.width(), size.height())
        )

    def _take_theme(self) -> None:
        self._ink = ink()
        self._stamps.clear()
        self.follow_button.update()
        self.redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale or self._frame is None or self._frame.ratio != self.devicePixelRatioF():
            self._draw_all()
        rect, ratio = event.rect(), self.frame.ratio
        painter = QPainter(self)
        _copy(painter, rect, self._base, ratio)
        for line in (self._moment, self._crosshair):
            if line is not None and line.rect.intersects(rect):
                line.paint(painter)
        for piece in self._pieces:
            if piece.rect.intersects(rect):
                if isinstance(piece, overlay.Label):
                    painter.drawPixmap(piece.rect.topLeft(), self._stamp(piece))
                else:
                    piece.paint(painter)
        if self._interaction.ringed:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(self._ink.focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.frame.rect.adjusted(-2, -2, 1, 1))
        painter.end()

    def _stamp(self, label: overlay.Label) -> QPixmap:
        """The label as a picture: drawing text costs far more than copying it."""
        key = (f"{label.text}{label.bar_right}{label.bar is None}", label.rect.size())
        if key not in self._stamps:
            ratio = self.frame.ratio
            stamp = QPixmap(round(label.rect.width() * ratio), round(label.rect.height() * ratio))
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(Qt.GlobalColor.transparent)
            painter = QPainter(stamp)
            replace(label, rect=QRect(0, 0, label.rect.width(), label.rect.height())).paint(painter)
            painter.end()
            self._stamps[key] = stamp
        return self._stamps[key]

    # -- events ---------------------------------------------------------------------------------------------------

    def flag_at(self, place: QPointF) -> str:
        """The changes whose label or line is under the pointer, one a line; empty for none."""
        for piece in self._pieces:
            if (
                isinstance(piece, overlay.Label | overlay.Pennant)
                and piece.rect.contains(place.toPoint())
                and piece.tip
            ):
                return piece.tip
        return "\n".join(flags_at(self.frame, self.content, place.x()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stamps.clear()
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.redraw()

    def sizeHint(self) -> QSize:
        return QSize(416, 300)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._interaction.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._interaction.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._interaction.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._interaction.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._interaction.double_click(event)

    def leaveEvent(self, event: object) -> None:
        self.pointed_at.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._interaction.key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._interaction.focus(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._interaction.focus(event)
        self.update()


def _copy(painter: QPainter, rect: QRect, pixmap: QPixmap, ratio: float) -> None:
    """Copy a part of a pixmap to the same place."""
    if ratio == 1:
        painter.drawPixmap(rect.topLeft(), pixmap, rect)
    else:
        source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        painter.drawPixmap(QRectF(rect), pixmap, source)
