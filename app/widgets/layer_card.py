"""One card of the layer list: a grip, what the layer is, what comes out of it, and its form where it is open."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.layer_header import GAP, Row, header_words

GRIP_WIDTH = 23
"""How much of a card's left end can be dragged."""

INDENT = 25
RIGHT = 9
OUTPUT_END = 70
"""How far from the right edge the output shape ends, so that the shapes of all cards stand under each other."""


class LayerCard(QWidget):
    """A painted header of 32 px; below it the error's sentence and, where it is open, a form."""

    clicked = Signal()
    dragged = Signal(QPoint)
    """The grip is moved: where the pointer is, in the card's own coordinates."""
    dropped = Signal()

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row, self._shown = row, False
        self.chosen = self._hovered = self._pressed_grip = self._dragging = False
        self.focused = False
        self.form: QWidget | None = None
        self._error = QLabel()
        self._error.setProperty("role", "error")
        self._error.setFont(font("caption"))
        self._error.setWordWrap(True)
        self._error.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(INDENT, measure("height", "layer_card"), RIGHT, 0)
        layout.setSpacing(measure("spacing", "xs"))
        layout.addWidget(self._error)
        self.setMouseTracking(True)
        self.show_row(row)

    @property
    def row(self) -> Row:
        """What it shows."""
        return self._row

    def show_row(self, row: Row) -> None:
        """Show another row in the same place; the form stays as it is."""
        if self._shown and row == self._row:
            return
        self._row, self._shown = row, True
        self._error.setText(row.error)
        self._error.setVisible(bool(row.error))
        words = [f"{row.title} {row.detail}".strip()]
        if row.output:
            words.append(f"output {row.output.removeprefix('→ ')}")
        if row.parameters:
            words.append(f"{row.parameters:,} parameters")
        self.setAccessibleName(", ".join(words))
        self.setAccessibleDescription(row.error or row.explanation)
        # The row itself may be cut short: here is all of it.
        first = f"{', '.join(words)}." if len(words) > 1 or row.detail else ""
        about = f"{row.title}: {row.explanation}" if row.explanation else row.title
        self.setToolTip(f"{first}\n{about}" if first else about)
        self._spread()
        self.update()

    def show_form(self, form: QWidget | None) -> None:
        """Open with this form, or close; the form before is thrown away."""
        layout = self.layout()
        assert layout is not None
        if self.form is not None:
            layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        self.form = form
        if form is not None:
            layout.addWidget(form)
            form.show()
        self._spread()
        self.update()

    def mark(self, chosen: bool, focused: bool) -> None:
        """Whether it is the chosen card, and whether the list has the keyboard."""
        if (chosen, focused) != (self.chosen, self.focused):
            self.chosen, self.focused = chosen, focused
            self.update()

    def _spread(self) -> None:
        bottom = measure("spacing", "s") if self.form is not None or self._row.error else 0
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        margins.setBottom(bottom)
        layout.setContentsMargins(margins)
        self.setMinimumHeight(measure("height", "layer_card"))

    # -- pointer --------------------------------------------------------------------------------------------------

    def _on_header(self, place: QPointF) -> bool:
        return place.y() < measure("height", "layer_card")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position()
            self._pressed_grip = self._on_header(event.position()) and event.position().x() < GRIP_WIDTH
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over_grip = self._on_header(event.position()) and event.position().x() < GRIP_WIDTH
        self.setCursor(Qt.CursorShape.OpenHandCursor if over_grip else Qt.CursorShape.ArrowCursor)
        if not (self._pressed_grip and event.buttons() & Qt.MouseButton.LeftButton):
            return
        if not self._dragging and (event.position() - self._pressed_at).manhattanLength() < 4:
            return
        self._dragging = True
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.dragged.emit(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._dragging:
            self.end_drag()
            self.dropped.emit()
        elif self._on_header(event.position()) and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        self._pressed_grip = False

    def end_drag(self) -> None:
        """Forget a drag, so that the button's release means nothing any more."""
        self._dragging = self._pressed_grip = False

    def enterEvent(self, event: object) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = False
        self.update()

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = theme().color
        painter.setBrush(color("raised_hover" if self._hovered and not self.chosen else "raised"))
        painter.setPen(QPen(self._border(), 2 if self.chosen and (self.focused or self._row.error) else 1))
        inset = painter.pen().widthF() / 2
        radius = measure("radius", "card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        self._paint_header(painter)

    def _border(self) -> QColor:
        color = theme().color
        if self._row.error:
            return color("error")
        if self.chosen:
            return color("accent")
        # In the dark theme the card's own tone is edge enough.
        return color("raised") if theme().dark else color("separator")

    def _paint_header(self, painter: QPainter) -> None:
        color, height = theme().color, measure("height", "layer_card")
        self._paint_grip(painter, height)
        right = self.width() - RIGHT
        if self._row.error:
            size = measure("icon", "size")
            painter.drawPixmap(right - size, (height - size) // 2, icon_pixmap("warning", "error", size))
            right -= size + GAP
        for word in header_words(self._row, GRIP_WIDTH, right, self.width() - OUTPUT_END):
            painter.setFont(word.font)
            painter.setPen(color(word.color))
            box = QRectF(word.left, 0, word.width + 2, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word.text)

    def _paint_grip(self, painter: QPainter, height: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("text_secondary"))
        for column in range(2):
            for dot in range(3):
                painter.drawEllipse(QPointF(9.5 + 4 * column, height / 2 - 4 + 4 * dot), 1, 1)
