"""The places of what stands in the Try column. Where height is short the pad and the bars give way, as far as they may.

Placed by hand: the pad is square, the bars have whole pixels a row, and nothing may move when an answer comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import theme
from app.theme.tokens import measure
from app.widgets.answer_view import AnswerView
from app.widgets.canvas import FRAME, SIDE, SMALLEST, Canvas
from app.widgets.digit_view import DigitView
from app.widgets.probability_bars import ROW, SMALLEST_ROW, ProbabilityBars

_BELOW_PAD, _BELOW_TOOLS, _BELOW_ANSWER, _BELOW_BARS, _END = 8, 15, 14, 12, 13
_SMALLEST_END = 8


class PadColumn(QWidget):
    """Pad, tools, what the net sees beside the answer, bars, and below them one of ``rows``."""

    def __init__(
        self,
        canvas: Canvas,
        tools: QWidget,
        digit: DigitView,
        answer: AnswerView,
        bars: ProbabilityBars,
        rows: Sequence[QWidget],
    ) -> None:
        super().__init__()
        self._canvas, self._tools, self._digit, self._answer = canvas, tools, digit, answer
        self._bars, self._rows = bars, tuple(rows)
        for widget in (canvas, tools, digit, answer, bars, *rows):
            widget.setParent(self)
        theme().changed.connect(self.update)

    def _fixed(self) -> int:
        """The height of all but the pad's ink, the bars and the end."""
        control = measure("height", "control")
        gaps = _BELOW_PAD + _BELOW_TOOLS + _BELOW_ANSWER + _BELOW_BARS
        return FRAME + control + self._digit.sizeHint().height() + control + gaps

    def _row_count(self) -> int:
        return len(self._bars.names())

    def sizeHint(self) -> QSize:
        height = self._fixed() + SIDE + ROW * self._row_count() + _END
        return QSize(measure("width", "try_column"), height)

    def minimumSizeHint(self) -> QSize:
        height = self._fixed() + SMALLEST + SMALLEST_ROW * self._row_count() + _SMALLEST_END
        return QSize(measure("width", "pad") + measure("spacing", "panel_padding"), height)

    def _sizes(self) -> tuple[int, int]:
        """How large pad and rows are in this height. They give way together, then the end does."""
        rows = self._row_count()
        lacking = max(0, self.sizeHint().height() - self.height())
        most = SIDE - SMALLEST + (ROW - SMALLEST_ROW) * rows
        share = min(1.0, lacking / most)
        row = ROW - round(share * (ROW - SMALLEST_ROW))
        pad = SIDE - max(0, lacking - (ROW - row) * rows)
        return max(SMALLEST, min(SIDE, pad)), row

    def place_all(self) -> None:
        """Put everything in its place."""
        side, row = self._sizes()
        wide, control = measure("width", "pad"), measure("height", "control")
        left = measure("spacing", "panel_padding")
        frame = side + 2 * FRAME
        self._canvas.setGeometry(left + (wide - frame) // 2, 0, frame, frame)
        top = FRAME + side + _BELOW_PAD
        self._tools.setGeometry(left, top, wide, control)
        top += control + _BELOW_TOOLS
        digit = self._digit.sizeHint()
        self._digit.setGeometry(left - 1, top, digit.width(), digit.height())
        beside = left + digit.width() + 15
        self._answer.setGeometry(beside, top, left + wide - beside, digit.height())
        top += digit.height() + _BELOW_ANSWER
        self._bars.setGeometry(left, top, wide, row * self._row_count())
        top += row * self._row_count() + _BELOW_BARS
        for each in self._rows:
            each.setGeometry(left, top, wide, control)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place_all()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        painter.end()
