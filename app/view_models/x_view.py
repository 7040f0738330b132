"""Which part of the training the charts show, and the step the pointer is at: shared, so that charts stay aligned."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class XView(QObject):
    """A range of steps, or none: then the charts follow the training."""

    changed = Signal()
    cursor_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.range: tuple[float, float] | None = None
        self.cursor: float | None = None

    @property
    def following(self) -> bool:
        """Whether the charts follow the training."""
        return self.range is None

    def look_at(self, low: float, high: float) -> None:
        """Show these steps, whatever comes."""
        if self.range != (low, high):
            self.range = (low, high)
            self.changed.emit()

    def follow(self) -> None:
        """Show the training as it goes on."""
        if self.range is not None:
            self.range = None
            self.changed.emit()

    def point_at(self, step: float | None) -> None:
        """The pointer is at this step, or has left."""
        if self.cursor != step:
            self.cursor = step
            self.cursor_changed.emit()
