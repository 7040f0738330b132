"""Pictures of activation functions, drawn from the functions themselves: whatever is registered has one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap, QPolygonF

from app.theme import theme
from nn_engine.activations import make_activation
from nn_engine.workspace import Workspace

SIZE = QSize(20, 14)


def picture_of(family: str, name: str) -> QIcon | None:
    """A small curve for an activation function; None for anything else, and for one that cannot be drawn."""
    if family != "activation":
        return None
    z = np.linspace(-3, 3, 31, dtype=np.float32)[np.newaxis]
    try:
        y = make_activation(name, Workspace(), "picture").forward(z.copy())[0]
    except Exception:  # a function that is still being written must not take the form with it
        return None
    if y.shape != z.shape[1:] or not np.isfinite(y).all():
        return None
    low, high = min(float(y.min()), 0.0), max(float(y.max()), float(y.min()) + 1e-6)
    picture = QPixmap(SIZE * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().color("accent"), 1.5))
    width, height = SIZE.width() - 2, SIZE.height() - 4
    painter.drawPolyline(
        QPolygonF(
            [
                QPointF(1 + width * index / (len(y) - 1), 2 + height * (1 - (float(value) - low) / (high - low)))
                for index, value in enumerate(y)
            ]
        )
    )
    painter.end()
    return QIcon(picture)
