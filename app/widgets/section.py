"""A titled part of a column: a title that folds it up, controls at the title's right, a body, a line below."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure


class SectionTitle(QAbstractButton):
    """The title. Its arrow shows while it is pointed at, has the keyboard, or what it heads is folded up."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setText(title)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFont(font("title", "title"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(self.fontMetrics().horizontalAdvance(title) + 22, measure("spacing", "l"))
        self.setToolTip(f"{title}: show or hide.")
        self.setAccessibleName(title)
        theme().changed.connect(self.update)

    def enterEvent(self, event: object) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme().color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.underMouse() or self.hasFocus() or not self.isChecked():
            name = "chevron-down" if self.isChecked() else "chevron-right"
            color = "focus" if self.hasFocus() else "text_secondary"
            place = QRect(self.width() - 16, (self.height() - 14) // 2, 14, 14)
            painter.drawPixmap(place, icon_pixmap(name, color, 14))


class Section(QWidget):
    """Title, controls and body. Rows are added to ``body``."""

    folded = Signal(bool)

    def __init__(self, title: str, *, last: bool = False) -> None:
        super().__init__()
        self.title = SectionTitle(title)
        self.title.toggled.connect(self._fold)
        self._padding = self._right = measure("spacing", "panel_padding")
        self._icon_at_end = False
        self._shown: tuple[object, ...] | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0 if last else 1)
        outer.setSpacing(0)
        self._last = last
        self.header = QWidget()
        self.header.setFixedHeight(measure("height", "section_header"))
        self.header_layout = QHBoxLayout(self.header)
        self.header_layout.setSpacing(measure("spacing", "xs"))
        self.header_layout.addWidget(self.title)
        self.header_layout.addStretch(1)
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.bottom = measure("spacing", "s") + (0 if last else measure("spacing", "xs"))
        self.body.setSpacing(measure("spacing", "row_gap"))
        outer.addWidget(self.header)
        outer.addWidget(self.content)
        self._place()

    def is_new(self, *shown: object) -> bool:
        """Whether what is to be shown differs from what was shown last; a drag elsewhere then costs nothing here."""
        before, self._shown = self._shown, shown
        return before != shown

    def end_with_icon(self) -> None:
        """The last control of the header is an icon: its picture, not its room, ends where the fields do."""
        self._icon_at_end = True
        self._place()

    def set_right_margin(self, margin: int) -> None:
        """How far the fields end before the edge, where a scroll bar takes some of it."""
        if margin != self._right:
            self._right = margin
            self._place()

    def _place(self) -> None:
        inset = measure("spacing", "s") if self._icon_at_end else 0
        self.header_layout.setContentsMargins(self._padding, 0, max(self._right - inset, 0), 0)
        self.body.setContentsMargins(self._padding, 0, self._right, self.bottom)

    @property
    def open(self) -> bool:
        """Whether the body is shown."""
        return self.title.isChecked()

    def set_open(self, opened: bool) -> None:
        """Unfold or fold up."""
        self.title.setChecked(opened)

    def _fold(self, opened: bool) -> None:
        self.content.setVisible(opened)
        self.folded.emit(not opened)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("panel"))
        if not self._last:
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme().color("separator"))
