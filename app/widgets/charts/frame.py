"""Where a chart's curves lie: the plot's rectangle, its two axes, and the pixels of the surface they are drawn on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

from app.widgets.charts.content import Floats
from app.widgets.charts.scale import Axis

MARGIN_LEFT, MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM = 48, 8, 16, 32


@dataclass(frozen=True)
class Frame:
    """A plot on a surface with ``ratio`` device pixels to a pixel."""

    left: int
    top: int
    width: int
    height: int
    x: Axis
    y: Axis
    ratio: float = 1.0
    x_unit: str = "epoch"
    steps_per_epoch: int = 1
    percent: bool = False

    @property
    def rect(self) -> QRect:
        """The plot, without its labels."""
        return QRect(self.left, self.top, self.width, self.height)

    @property
    def columns(self) -> int:
        """How many device pixels the plot is wide."""
        return max(1, round(self.width * self.ratio))

    @property
    def steps_per_column(self) -> float:
        """How many steps fall on a device pixel."""
        return (self.x.high - self.x.low) / self.columns

    @property
    def dense(self) -> bool:
        """Whether a column of pixels holds more than one step, so that raw values are shown as their extent."""
        return self.steps_per_column > 1

    def column(self, step: float) -> float:
        """The column of a step, counted in device pixels from the plot's left edge; not rounded."""
        return (step - self.x.low) / self.steps_per_column

    def xs(self, steps: Floats) -> Floats:
        """Where steps lie."""
        return self.left + self.x.fractions(steps) * self.width

    def ys(self, values: Floats) -> Floats:
        """Where values lie."""
        return self.top + (1 - self.y.fractions(values)) * self.height

    def px(self, step: float) -> float:
        """Where a step lies."""
        return self.left + self.x.fraction(step) * self.width

    def py(self, value: float) -> float:
        """Where a value lies."""
        return self.top + (1 - self.y.fraction(value)) * self.height

    def step_at(self, px: float) -> float:
        """The step at a place."""
        return self.x.value((px - self.left) / self.width)


def plot_rect(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of the plot in a chart of this size."""
    return (
        MARGIN_LEFT,
        MARGIN_TOP,
        max(8, width - MARGIN_LEFT - MARGIN_RIGHT),
        max(8, height - MARGIN_TOP - MARGIN_BOTTOM),
    )
