"""How curves are shown, shared by every chart: smoothing, the unit of the horizontal axis, the loss's scale."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

MOST_SMOOTHING = 0.999


class ChartOptions(QObject):
    """Set attributes through the methods; each tells of a real change once."""

    smoothing_changed = Signal()
    x_unit_changed = Signal()
    log_loss_changed = Signal()
    changed = Signal()
    """After each of the others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.smoothing = 0.96
        self.moving_average = False
        self.x_unit = "epoch"
        """``epoch`` or ``step``."""
        self.log_loss = True

    def set_smoothing(self, weight: float) -> None:
        """From 0, which is none, to 0.999."""
        weight = min(max(weight, 0.0), MOST_SMOOTHING)
        if weight != self.smoothing:
            self.smoothing = weight
            self._tell(self.smoothing_changed)

    def set_moving_average(self, on: bool) -> None:
        """A plain mean of the last steps instead of exponential smoothing."""
        if on != self.moving_average:
            self.moving_average = on
            self._tell(self.smoothing_changed)

    def set_x_unit(self, unit: str) -> None:
        """Raises ValueError for anything but ``epoch`` and ``step``."""
        if unit not in ("epoch", "step"):
            raise ValueError(f"x unit: expected epoch or step; received {unit!r}.")
        if unit != self.x_unit:
            self.x_unit = unit
            self._tell(self.x_unit_changed)

    def set_log_loss(self, on: bool) -> None:
        """Whether the loss has a logarithmic axis."""
        if on != self.log_loss:
            self.log_loss = on
            self._tell(self.log_loss_changed)

    def _tell(self, signal: object) -> None:
        signal.emit()  # type: ignore[attr-defined]  # a bound signal
        self.changed.emit()
