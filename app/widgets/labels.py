"""Words: titles, names, numbers with their unit, and lines that give way when there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def role_label(text: str, role: str, parent: QWidget | None = None) -> QLabel:
    """A label in a role the style sheet knows: title, heading, secondary, caption, error, success or warning."""
    label = QLabel(text, parent)
    label.setProperty("role", role)
    sizes = {"title": "title", "caption": "caption", "number": "number"}
    weights = {"title": "title", "heading": "button", "number": "number"}
    label.setFont(font(sizes.get(role, "text"), weights.get(role, "text")))
    return label


class TitleLabel(QLabel):
    """The title of a panel or a part of one."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "title")
        self.setFont(font("title", "title"))


class SecondaryLabel(QLabel):
    """A name beside a value, or a note; ``small`` for the size of notes."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, small: bool = False) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "caption" if small else "secondary")
        self.setFont(font("caption" if small else "text"))


class ElidedLabel(QWidget):
    """One line that ends in … where there is no room; the whole of it is then said on pointing at it."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        color: str = "text",
        size: str = "text",
        weight: str = "text",
    ) -> None:
        super().__init__(parent)
        self._text, self._color = text, color
        self.setFont(font(size, weight))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme().changed.connect(self.update)

    def text(self) -> str:
        """The whole of it."""
        return self._text

    def setText(self, text: str) -> None:
        """Say something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def set_color(self, color: str) -> None:
        """Another colour of the theme."""
        self._color = color
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._text) + 1, max(metrics.height(), 16))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        hidden = self._text if shown != self._text else ""
        if hidden != self.toolTip():
            self.setToolTip(hidden)
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme().color(self._color if self.isEnabled() else "text_disabled"))
        painter.drawText(self.rect(), _LEFT, shown)
        painter.end()


class NumberLabel(QWidget):
    """A big number and its unit on one base line; as wide as ``widest``, so that nothing moves when it changes."""

    def __init__(self, number: str = "", unit: str = "", parent: QWidget | None = None, *, widest: str = "") -> None:
        super().__init__(parent)
        self._number, self._unit, self._widest = number, unit, widest
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{number} {unit}".strip())
        theme().changed.connect(self.update)

    def set_number(self, number: str, unit: str | None = None) -> None:
        """Show another number, and another unit if one is given."""
        unit = self._unit if unit is None else unit
        if (number, unit) != (self._number, self._unit):
            self._number, self._unit = number, unit
            self.setAccessibleName(f"{number} {unit}".strip())
            self.updateGeometry()
            self.update()

    def _fonts(self) -> tuple[QFont, QFont]:
        return font("number", "number"), font()

    def sizeHint(self) -> QSize:
        big, small = (QFontMetrics(each) for each in self._fonts())
        unit = small.horizontalAdvance(self._unit) + 5 if self._unit else 0
        wide = max(big.horizontalAdvance(self._number), big.horizontalAdvance(self._widest))
        return QSize(wide + unit, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        big, small = self._fonts()
        painter = QPainter(self)
        painter.setFont(big)
        painter.setPen(theme().color("text" if self.isEnabled() else "text_disabled"))
        painter.drawText(QPointF(0, 22), self._number)
        painter.setFont(small)
        painter.setPen(theme().color("text_secondary" if self.isEnabled() else "text_disabled"))
        painter.drawText(QPointF(QFontMetrics(big).horizontalAdvance(self._number) + 5, 22), self._unit)
        painter.end()


class NoticeLine(QWidget):
    """A sentence under a field, with a sign before it: why something is refused, or cannot be changed.

    With ``reserved`` its place stays when there is nothing to say, so that nothing below it moves.
    """

    def __init__(self, parent: QWidget | None = None, *, kind: str = "error", reserved: bool = False) -> None:
        super().__init__(parent)
        self._kind, self._reserved = kind, reserved
        self._sign = QLabel()
        self._words = QLabel()
        self._words.setFont(font("caption"))
        self._words.setProperty("role", kind)
        self._words.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, 1)
        if reserved:
            self.setMinimumHeight(18)
        theme().changed.connect(self._tint)
        self._tint()
        self.set_text("")

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def set_text(self, text: str) -> None:
        """Say something, or nothing."""
        self._words.setText(text)
        self._sign.setVisible(bool(text))
        self.setVisible(bool(text) or self._reserved)

    def _tint(self) -> None:
        names = {"error": "error", "warning": "warning", "success": "success"}
        self._sign.setPixmap(icon_pixmap(names.get(self._kind, "info"), self._kind, 12))
        self._sign.setFixedSize(12, 14)
        self._sign.setContentsMargins(0, 1, 0, 0)


class Chip(QWidget):
    """A word in a coloured field: plain, accent, success, warning or error, with a sign for the last three."""

    _SIGNS = {"success": "check", "warning": "warning", "error": "error"}  # noqa: RUF012

    def __init__(self, text: str, kind: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._kind = text, kind
        self.setFont(font("caption"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme().changed.connect(self.update)

    def set_text(self, text: str, kind: str | None = None) -> None:
        """Say something else, perhaps of another kind."""
        self._text, self._kind = text, self._kind if kind is None else kind
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        sign = 16 if self._kind in self._SIGNS else 0
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._text) + 16 + sign, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        plain = self._kind == "plain"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("raised_hover" if plain else f"{self._kind}_soft"))
        radius = measure("radius", "chip")
        painter.drawRoundedRect(self.rect(), radius, radius)
        shade, left = "text_secondary" if plain else self._kind, 8
        if sign := self._SIGNS.get(self._kind):
            painter.drawPixmap(left, 4, icon_pixmap(sign, shade, 12))
            left += 16
        painter.setFont(self.font())
        painter.setPen(theme().color(shade))
        painter.drawText(QRect(left, 0, self.width() - left, self.height()), _LEFT, self._text)
        painter.end()
