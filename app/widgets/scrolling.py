"""Bringing what has just been made into view."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

from app.theme.tokens import measure

SETTLED_MS = 300
"""What is new grows in a few rounds of events; so long it is followed wherever that moves it."""


def bring_into_view(widget: QWidget) -> None:
    """Scroll the area that the widget lies in until it can be seen."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is None:
        return
    _Seeking(area, widget)


class _Seeking(QObject):
    """One widget that is followed; lives until it has its place, or the widget is gone."""

    def __init__(self, area: QScrollArea, widget: QWidget) -> None:
        super().__init__(widget)  # so that nothing is followed that is gone
        self._area, self._widget = area, widget
        # By way of the event loop: when the range changes, the widget is not where it will be yet.
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._scroll)
        area.verticalScrollBar().rangeChanged.connect(self._soon.start)
        self._soon.start()
        QTimer.singleShot(SETTLED_MS, self, self.deleteLater)

    def _scroll(self) -> None:
        self._area.ensureWidgetVisible(self._widget, 0, measure("spacing", "s"))
