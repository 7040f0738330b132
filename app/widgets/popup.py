"""Small windows without a frame: how their corners are rounded."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QPainterPath, QRegion
from PySide6.QtWidgets import QWidget

from app.theme.tokens import measure


def round_corners(window: QWidget, radius: int | None = None) -> None:
    """Take the corners off a pop-up by a mask, on X alone: there windows may not be blended with what is behind."""
    if QGuiApplication.platformName() != "xcb":
        return
    path = QPainterPath()
    size = measure("radius", "control") if radius is None else radius
    path.addRoundedRect(QRectF(window.rect()), size, size)
    window.setMask(QRegion(path.toFillPolygon().toPolygon()))
