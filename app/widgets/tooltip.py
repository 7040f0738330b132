"""The card that explains a control: its name, its range and a few sentences; on pointing at it, or with F1."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QFontMetrics, QGuiApplication, QHelpEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.theme import font, theme
from app.theme.tokens import measure
from app.widgets.paragraph import LINE, broken
from app.widgets.popup import round_corners

_WIDTH, _ACROSS, _DOWN = 312, 12, 8
_PROPERTY = "explanation"
_GONE_BY = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.KeyPress,
    QEvent.Type.Wheel,
    QEvent.Type.Leave,
    QEvent.Type.Hide,
    QEvent.Type.WindowDeactivate,
)


class ExplanationCard(QWidget):
    """The card itself. As a part of a window it is just drawn; without a parent it is a small window of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if parent is None:
            self.setWindowFlags(
                Qt.WindowType.ToolTip
                | Qt.WindowType.FramelessWindowHint
                | Qt.WindowType.NoDropShadowWindowHint
                | Qt.WindowType.WindowTransparentForInput
            )
            self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = self._range = self._text = ""
        theme().changed.connect(self.update)

    def explain(self, title: str, text: str, range_note: str = "") -> None:
        """Show these words, at the size they need."""
        self._title, self._text, self._range = title, text, range_note
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        words = max(QFontMetrics(font()).horizontalAdvance(each) for each in (title + range_note, text))
        width = min(_WIDTH, words + 2 * _ACROSS + (24 if range_note else 2))
        self.setFixedSize(width, self._text_top() + len(self._lines(width)) * LINE + _DOWN)
        self.update()

    def _text_top(self) -> int:
        return _DOWN + (LINE if self._title else 0)

    def _lines(self, width: int) -> list[str]:
        return broken(self._text, QFontMetrics(font()), width - 2 * _ACROSS) if self._text else []

    def paintEvent(self, event: QPaintEvent) -> None:
        full = theme().color("tooltip_text")
        faint = QColor(full)
        faint.setAlphaF(0.85)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("tooltip"))
        radius = measure("radius", "tooltip")
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        line = QRect(_ACROSS, _DOWN, self.width() - 2 * _ACROSS, LINE)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(full)
        painter.setFont(font("text", "button"))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, self._title)
        painter.setPen(faint)
        painter.setFont(font("caption"))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, self._range)
        painter.setFont(font())
        for number, words in enumerate(self._lines(self.width())):
            box = QRect(_ACROSS, self._text_top() + number * LINE, self.width(), LINE)
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()


class Explainer(QObject):
    """Shows the card for controls that were given an explanation, and for others what their tool tip says."""

    def __init__(self) -> None:
        super().__init__()
        self._card: ExplanationCard | None = None
        self._owner: QWidget | None = None
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.timeout.connect(self.hide)

    @property
    def card(self) -> ExplanationCard | None:
        """The card in sight, if there is one."""
        return self._card

    def watch(self, widget: QWidget) -> None:
        """Show this control's tool tip as a card, with its lines broken, where Qt would make it one long line."""
        widget.installEventFilter(self)

    def show_for(self, widget: QWidget, near: QPoint | None = None) -> bool:
        """Explain a control, or the nearest thing around it that has an explanation; whether there was one."""
        owner: QWidget | None = widget
        while owner is not None and not (owner.property(_PROPERTY) or owner.toolTip()):
            owner = owner.parentWidget()
        if owner is None:
            return False
        title, text, range_note = owner.property(_PROPERTY) or ("", owner.toolTip(), "")
        self.say(owner, text, near, title, range_note)
        return True

    def say(self, owner: QWidget, text: str, near: QPoint | None = None, title: str = "", range_note: str = "") -> None:
        """Show a card that belongs to a control, below it or near a point of the screen."""
        self.hide()
        self._card, self._owner = ExplanationCard(), owner
        self._card.explain(title, text, range_note)
        self._place(near or owner.mapToGlobal(QPoint(0, owner.height() + 4)))
        self._card.show()
        round_corners(self._card)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)  # only while a card is in sight
        self._leaving.start(max(8000, 60 * len(text)))

    def show_under_pointer(self) -> bool:
        """Explain what the pointer is on, or else what has the keyboard: what F1 does."""
        for widget in (QApplication.widgetAt(QCursor.pos()), QApplication.focusWidget()):
            if widget is not None and self.show_for(widget):
                return True
        return False

    def hide(self) -> None:
        """Take the card away."""
        self._leaving.stop()
        if self._card is not None:
            application = QApplication.instance()
            if application is not None:
                application.removeEventFilter(self)
            self._card.hide()
            self._card.deleteLater()
        self._card = self._owner = None

    def _place(self, point: QPoint) -> None:
        assert self._card is not None
        screen = QGuiApplication.screenAt(point) or QGuiApplication.primaryScreen()
        area, size = screen.availableGeometry(), self._card.size()
        x = min(max(area.left(), point.x()), area.right() - size.width())
        y = point.y() if point.y() + size.height() <= area.bottom() else point.y() - size.height() - 36
        self._card.move(x, max(area.top(), y))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ToolTip and isinstance(watched, QWidget) and isinstance(event, QHelpEvent):
            said = bool(watched.property(_PROPERTY) or watched.toolTip())
            if said and watched is not self._owner:
                self.show_for(watched, event.globalPos() + QPoint(8, 20))
            return said
        if self._card is not None and kind in _GONE_BY and watched is not self._card:
            below = isinstance(watched, QWidget) and self._owner is not None and watched is not self._owner
            if not (below and kind in (QEvent.Type.Leave, QEvent.Type.Hide)):
                self.hide()
            # Escape takes the card away and nothing else.
            return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        return False


@cache
def explainer() -> Explainer:
    """The one explainer of the application."""
    return Explainer()


def explain(widget: QWidget, title: str, text: str, range_note: str = "") -> None:
    """Give a control its explanation: shown on pointing at it and with F1, and read out to who cannot see it."""
    widget.setProperty(_PROPERTY, (title, text, range_note))
    widget.setToolTip(text)
    widget.setAccessibleName(widget.accessibleName() or title)
    widget.setAccessibleDescription(f"{text} {range_note}".strip())
    explainer().watch(widget)
