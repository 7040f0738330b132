"""From values to places on an axis and back, and the round numbers that stand beside it. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FAR = 8.0
"""Values farther outside than so many lengths of the axis are drawn there: painters do not take huge numbers."""


@dataclass(frozen=True)
class Axis:
    """A range of values, linear or logarithmic. ``low`` < ``high``; both above zero if logarithmic."""

    low: float
    high: float
    log: bool = False

    def fractions(self, values: Floats) -> Floats:
        """Where values lie, from 0 at ``low`` to 1 at ``high``. NaN stays; logarithmic, zero lies far below."""
        low, high = self.ends()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.log:
                # What is not above zero has no place; it is drawn as far below as possible, so that it is seen.
                values = np.log10(np.where(values <= 0, 1e-300, values))
            placed = (values - low) / (high - low)
        clipped: Floats = np.clip(placed, -_FAR, 1 + _FAR)
        return clipped

    def fraction(self, value: float) -> float:
        """The place of one value."""
        return float(self.fractions(np.array([value], np.float64))[0])

    def value(self, fraction: float) -> float:
        """The value at a place."""
        low, high = self.ends()
        place = low + fraction * (high - low)
        return float(10.0 ** min(max(place, -300.0), 300.0)) if self.log else place

    def part(self, low: float, high: float) -> Axis:
        """The axis from one fraction to another: zooming and panning."""
        return Axis(self.value(low), self.value(high), self.log)

    def zoomed(self, factor: float, about: float) -> Axis:
        """Shows ``factor`` times as much, with the value at the fraction ``about`` in its place."""
        return self.part(about - about * factor, about + (1 - about) * factor)

    @property
    def length(self) -> float:
        """How long the axis is: in decades if it is logarithmic."""
        low, high = self.ends()
        return high - low

    def ends(self) -> tuple[float, float]:
        """Both ends as they are laid out: the logarithms on a logarithmic axis."""
        return (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)


def nice_step(span: float, most: float) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that cuts ``span`` into at most ``most`` parts."""
    rough = span / max(most, 1)
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def linear_ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most about ``most`` intervals."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return []
    step = nice_step(high - low, most)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers on a logarithmic axis: 1, 2, 5 in each decade, or fewer, or more where less than one is shown."""
    if not (0 < low < high < math.inf):
        return []
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        if last - first > 40 and len(factors) > 1:
            continue
        found = [
            float(f"{factor}e{decade}")
            for decade in range(first, last + 1)
            for factor in factors
            if low * (1 - 1e-9) <= float(f"{factor}e{decade}") <= high * (1 + 1e-9)
        ]
        if 2 <= len(found) <= most + 1:
            return found
    if last - first <= 2:
        return linear_ticks(low, high, most)
    every = math.ceil((last - first) / max(most, 1))
    start = -(-first // every) * every
    return [10.0**decade for decade in range(start, last + 1, every) if low <= 10.0**decade <= high]


def ticks(axis: Axis, most: float) -> list[float]:
    """Round numbers for any axis."""
    return (log_ticks if axis.log else linear_ticks)(axis.low, axis.high, most)


def tick_texts(values: list[float], percent: bool = False, narrow: bool = False) -> list[str]:
    """The numbers as text: no more digits than tell them apart, thousands set off, shares as percent.

    Where the place is ``narrow`` large ones are counted in thousands or millions, all alike, and small ones are
    written by their power of ten sooner.
    """
    if percent:
        return [f"{number} %" for number in tick_texts([value * 100 for value in values])]
    if not narrow:
        return [_plain(value, 1e-4, 1e6) for value in values]
    counted = any(abs(value) >= _MANY * (1 - 1e-9) for value in values)
    return [in_short(value, 1e3 if counted else _MANY) for value in values]


_MANY = 1e4


def in_short(value: float, from_size: float = _MANY) -> str:
    """A number in few characters: 12.5k and 3M from a size on, and powers of ten where that would be long, too."""
    size = abs(value)
    if from_size * (1 - 1e-9) <= size < 1e9:
        scale, letter = (1e6, "M") if size >= 1e6 * (1 - 1e-9) else (1e3, "k")
        return f"{value / scale:.6g}{letter}".replace("-", "−")
    return _plain(value, 1e-3, 1e9)


def _plain(value: float, smallest: float, largest: float) -> str:
    if value == 0 or abs(value) < 1e-12:
        return "0"
    size = abs(value)
    if size >= largest * (1 - 1e-9) or size < smallest * (1 - 1e-9):
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    text = f"{value:,.6g}" if size < 1000 else f"{value:,.10g}"
    return text.replace("-", "−")


def nice_end(value: float, whole_from: float) -> float:
    """A round number above ``value``, whole from ``whole_from`` on: where an axis that follows growing data ends."""
    if value <= 0:
        return whole_from
    power = 10.0 ** math.floor(math.log10(value))
    for scale in (power, 10 * power):
        if scale < whole_from:
            factors: tuple[float, ...] = (1, 2, 5)
        elif scale < 10 * whole_from:
            factors = (1, 2, 4, 6, 8)
        else:
            factors = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8)
        for factor in factors:
            if factor * scale >= value * (1 - 1e-9):
                return factor * scale
    return 10 * power


def nice_low(value: float) -> float:
    """A round number (1, 2, 3, 5, 7 times a power of ten) not above a positive value."""
    power: float = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (1, 2, 3, 5, 7) if factor * power <= value * (1 + 1e-9))


def nice_high(value: float) -> float:
    """A round number (1, 2, 3, 5, 7 times a power of ten) not below a positive value."""
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 3, 5, 7, 10) if factor * power >= value * (1 - 1e-9))
