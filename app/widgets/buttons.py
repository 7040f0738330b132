"""Buttons of three weights, and the one that is only an icon. Their words are painted, so that icons follow the theme.

A main button says what the screen is for and there is one of it; a plain one acts; a quiet one waits until pointed at.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QToolButton, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure
from app.widgets.focus_ring import focus_ring
from app.widgets.tooltip import explainer

_CENTRE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft

_MAIN_WIDTH = 104
"""The least width of the tall main button, so that the transport stands still when its word changes."""


class _Button(QPushButton):
    """What the three have in common. The style sheet draws the surface, this the icon, the words and the key."""

    kind = "plain"

    def __init__(
        self,
        text: str = "",
        icon_name: str = "",
        parent: QWidget | None = None,
        *,
        hint: str = "",
        tall: bool = False,
        color: str = "",
        icon_color: str = "",
        tip: str = "",
        dashed: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name, self._hint, self._tall, self._dashed = icon_name, hint, tall, dashed
        self._color, self._icon_color = color, icon_color
        self._align_left = tall and self.kind == "main"
        self.setProperty("kind", self.kind)
        self.setProperty("painted", True)
        self.setProperty("tall", tall)
        self.setProperty("dashed", dashed)
        self.setFont(font("text", "button"))
        self.setAutoDefault(False)
        self.setFixedHeight(measure("height", "transport_button" if tall else "control"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if tip:
            self.setToolTip(tip)
        explainer().watch(self)
        theme().changed.connect(self.update)

    def icon_name(self) -> str:
        """The name of the icon shown."""
        return self._icon_name

    def set_icon_name(self, name: str) -> None:
        """Show another icon, or none."""
        if name != self._icon_name:
            self._icon_name = name
            self.updateGeometry()
            self.update()

    def set_hint(self, hint: str) -> None:
        """Show another key at the right, or none."""
        if hint != self._hint:
            self._hint = hint
            self.updateGeometry()
            self.update()

    def set_align_left(self, left: bool) -> None:
        """Let the words start at the left edge. Otherwise they stand in the middle, unless a key is shown."""
        self._align_left = left
        self.update()

    def _padding(self) -> int:
        if self._tall and self.kind == "main":
            return 14
        if not (self.text() or self._hint):
            return 6
        return 11 if self._tall else 12

    def _content_width(self) -> int:
        words = QFontMetrics(self.font()).horizontalAdvance(self.text()) if self.text() else 0
        icon = self._icon_size() if self._icon_name else 0
        return icon + words + (self._gap() if icon and words else 0)

    def _gap(self) -> int:
        return 7 if self._tall else 8

    def _icon_size(self) -> int:
        return measure("icon", "size") + (2 if self._tall else 0)

    def sizeHint(self) -> QSize:
        hint = QFontMetrics(font("caption")).horizontalAdvance(self._hint) + 28 if self._hint else 0
        width = self._content_width() + hint + 2 * self._padding()
        return QSize(max(width, _MAIN_WIDTH) if self._tall and self.kind == "main" else width, self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _colors(self) -> tuple[str, str]:
        """The names of the colours of the words and of the icon."""
        if not self.isEnabled():
            return "text_disabled", "text_disabled"
        words = self._color or ("text_on_accent" if self.kind == "main" else "text")
        return words, self._icon_color or words

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        if self._dashed:
            self._paint_dashes(painter)
        words, shade = self._colors()
        left = self._padding()
        if not self._align_left and not self._hint:
            left = (self.width() - self._content_width()) // 2
        if self._icon_name:
            size = self._icon_size()
            painter.drawPixmap(left, (self.height() - size) // 2, icon_pixmap(self._icon_name, shade, size))
            left += size + self._gap()
        painter.setPen(theme().color(words))
        painter.setFont(self.font())
        painter.drawText(QRect(left, 0, self.width() - left, self.height()), _CENTRE, self.text())
        if self._hint:
            painter.setFont(font("caption"))
            painter.setOpacity(0.85)
            inside = self.rect().adjusted(0, 0, -(self._padding() + 2), 0)
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._hint)
        painter.end()

    def _paint_dashes(self, painter: QPainter) -> None:
        """A border of dashes: a place where something can be put. (The style sheet's own are only dots.)"""
        pen = QPen(theme().color("border_hover" if self.underMouse() else "border"), 1)
        pen.setDashPattern([4, 3])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = measure("radius", "control")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        focus_ring().clicked(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if focus_ring().leaves_to_window(self, event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)


class MainButton(_Button):
    """What this screen is for: filled, one a screen. A double click is one click: its word changes with the first."""

    kind = "main"

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class PlainButton(_Button):
    """A button with a surface and a border."""

    kind = "plain"


class QuietButton(_Button):
    """A button without a surface until it is pointed at."""

    kind = "quiet"


class IconButton(QToolButton):
    """A button that is only an icon. ``tip`` says in a sentence what it does and is also its accessible name."""

    def __init__(
        self,
        icon_name: str,
        tip: str = "",
        parent: QWidget | None = None,
        *,
        size: int = 28,
        icon_size: int = 16,
        color: str = "text_secondary",
        checkable: bool = False,
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._icon_size, self._color = icon_name, icon_size, color
        self.setFixedSize(size, size)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.set_tip(tip)
        explainer().watch(self)
        theme().changed.connect(self.update)

    def icon_name(self) -> str:
        """The name of the icon shown."""
        return self._icon_name

    def set_icon_name(self, name: str) -> None:
        """Show another icon."""
        if name != self._icon_name:
            self._icon_name = name
            self.update()

    def set_tip(self, tip: str) -> None:
        """Say what it does."""
        self.setToolTip(tip)
        self.setAccessibleName(tip.rstrip("."))

    def set_color(self, color: str) -> None:
        """Draw the icon in another colour of the theme."""
        if color != self._color:
            self._color = color
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        shade = self._color if self.isEnabled() else "text_disabled"
        if self.isEnabled() and shade == "text_secondary" and (self.underMouse() or self.isChecked() or self.isDown()):
            shade = "text"
        size = self._icon_size
        painter = QPainter(self)
        corner = ((self.width() - size) // 2, (self.height() - size) // 2)
        painter.drawPixmap(*corner, icon_pixmap(self._icon_name, shade, size))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        focus_ring().clicked(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if focus_ring().leaves_to_window(self, event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_ring().follow(self, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        focus_ring().follow(self, event)
