"""Line icons of one family, tinted by the theme: ``assets/icons/NAME.svg``, drawn in a box of 24 with currentColor."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme.theme import theme
from app.theme.tokens import ASSETS


def icon_pixmap(name: str, color: str | QColor = "text", size: int = 16) -> QPixmap:
    """An icon in a colour: a token's name, or a colour itself. Raises FileNotFoundError if there is no such icon."""
    shade = color if isinstance(color, QColor) else theme().color(color)
    ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    return _rendered(name, shade.name(), size, ratio)


def icon(name: str, color: str | QColor = "text", size: int = 16, disabled: str = "text_disabled") -> QIcon:
    """An icon for a button or menu, with its disabled form."""
    made = QIcon(icon_pixmap(name, color, size))
    made.addPixmap(icon_pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=512)
def _rendered(name: str, color: str, size: int, ratio: float) -> QPixmap:
    text = (ASSETS / "icons" / f"{name}.svg").read_text("utf-8").replace("currentColor", color)
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
