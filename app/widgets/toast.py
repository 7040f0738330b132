"""Messages that go by themselves: what has just happened, and one thing that can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.theme import font, icon_pixmap, theme
from app.theme.tokens import measure, tokens
from app.widgets.buttons import IconButton, QuietButton

_HEIGHT, _WIDEST, _NARROWEST, _AIR = 40, 460, 240, 3


class Toast(QWidget):
    """One message. It goes after five seconds, later while it is pointed at, or when its cross is pressed.

    With a word in place of the cross it is an offer, which stays until it is answered.
    """

    gone = Signal()

    def __init__(
        self,
        text: str,
        kind: str = "success",
        action: str = "",
        act: Callable[[], None] | None = None,
        parent: QWidget | None = None,
        *,
        seconds: float | None = None,
        dismiss: str = "",
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._sign = QLabel()
        self._words = QLabel(text)
        self._words.setFont(font())
        self._words.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._words.setSizePolicy(policy)
        self.close_button: IconButton | QuietButton = (
            QuietButton(dismiss) if dismiss else IconButton("close", "Close this message.", icon_size=14)
        )
        self.close_button.clicked.connect(self.leave)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 6, 5)
        layout.setSpacing(measure("spacing", "s"))
        layout.addWidget(self._sign)
        layout.addWidget(self._words, 1)
        self.action_button: QuietButton | None = None
        if action:
            self.action_button = QuietButton(action, color="accent")
            self.action_button.clicked.connect(lambda: act() if act is not None else None)
            self.action_button.clicked.connect(self.leave)
            layout.addWidget(self.action_button)
        layout.addWidget(self.close_button)
        action_width = self.action_button.sizeHint().width() + 8 if self.action_button else 0
        around = 14 + 16 + 8 + 8 + action_width + self.close_button.sizeHint().width() + 6
        words = self._words.fontMetrics().horizontalAdvance(text) + 24
        self.setFixedWidth(max(_NARROWEST, min(_WIDEST, around + words)))
        self._fit()
        self.setAccessibleName(text)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(round(1000 * (tokens()["motion"]["toast_seconds"] if seconds is None else seconds)))
        self._clock.timeout.connect(self.leave)
        self._stays, self._left = bool(dismiss), False
        self._start_clock()
        theme().changed.connect(self._tint)
        self._tint()

    def _fit(self) -> None:
        """As high as its words need: the layout knows what width it leaves them."""
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(max(_HEIGHT, layout.totalHeightForWidth(self.width()) + 2 * _AIR))

    def showEvent(self, event: QShowEvent) -> None:
        self._fit()  # the style has come to its parts by now, which may leave the words less room

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def leave(self) -> None:
        """Go now."""
        if self._left:
            return
        self._left = True
        self._clock.stop()
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            focused.clearFocus()  # else Qt hands it on to any other control, which then takes the window's keys
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._clock.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self._start_clock()

    def _start_clock(self) -> None:
        if not self._stays:
            self._clock.start()

    def _tint(self) -> None:
        stated = self._kind in ("success", "warning", "error")
        sign, shade = (self._kind, self._kind) if stated else ("info", "accent")
        self._sign.setPixmap(icon_pixmap(sign, shade, measure("icon", "size")))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().color("border"), 1))
        painter.setBrush(theme().color("raised"))
        radius = measure("radius", "card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


class Toasts(QObject):
    """The messages of one window, stacked from its lower middle upwards, the newest lowest."""

    def __init__(self, window: QWidget, *, above: int = 96, most: int = 4) -> None:
        super().__init__(window)
        self._window, self._above, self._most = window, above, most
        self._shown: list[Toast] = []
        window.installEventFilter(self)

    def messages(self) -> list[Toast]:
        """Those in sight, oldest first."""
        return list(self._shown)

    def show(
        self,
        text: str,
        kind: str = "success",
        action: str = "",
        act: Callable[[], None] | None = None,
        *,
        seconds: float | None = None,
        dismiss: str = "",
    ) -> Toast:
        """Say something: kind success, info, warning or error; ``action`` is a link that calls ``act``.

        With ``dismiss``, the word for doing nothing, it stays until it is answered.
        """
        for same in [toast for toast in self._shown if toast.text() == text]:
            same.leave()  # said again, it is said once, and stays as long as what is new
        while len(self._shown) >= self._most:
            self._shown[0].leave()
        toast = Toast(text, kind, action, act, self._window, seconds=seconds, dismiss=dismiss)
        toast.gone.connect(lambda: self._forget(toast))
        self._shown.append(toast)
        toast.show()
        self._stack()
        return toast

    def clear(self) -> None:
        """Take all of them away."""
        for toast in self.messages():
            toast.leave()

    def _forget(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            self._stack()

    def _stack(self) -> None:
        size: QSize = self._window.size()
        bottom = size.height() - self._above
        for toast in reversed(self._shown):
            toast.move(QPoint((size.width() - toast.width()) // 2, bottom - toast.height()))
            toast.raise_()
            bottom -= toast.height() + measure("spacing", "s")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._stack()
        return False
