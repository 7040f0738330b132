"""Bins that stay where they are: as wide as a power of two, counted from zero.

Multiplying by a power of two and rounding down are exact, so every count is exact. A range that has become too small is
doubled by merging neighbours in pairs, which keeps counts exact too; nothing is ever counted anew or clipped.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]

BINS = 1024
"""How many bins a range has; divisible by four, so that doubling keeps its middle."""

_ROOM = 1.25
"""A range reaches so much farther than the values it is chosen for."""
_NEAR_ZERO = 2.0**-5
"""How far a range reaches at least if all values are zero."""
_FINEST = -110
_DIGITS = 22
"""Places of bins take at most so many binary digits, which float32 holds exactly."""


@dataclass(frozen=True)
class BinRange:
    """Bins of the width 2**exponent; the first begins at ``first`` widths from zero."""

    exponent: int
    first: int

    @property
    def width(self) -> float:
        """How wide each bin is."""
        return math.ldexp(1.0, self.exponent)

    @property
    def low(self) -> float:
        """Where the first bin begins; a value there is inside."""
        return self.first * self.width

    @property
    def high(self) -> float:
        """Where the last bin ends; a value there is outside."""
        return (self.first + BINS) * self.width

    def place(self, value: float) -> int:
        """The bin of a value, below 0 or from ``BINS`` on if it is outside."""
        return math.floor(math.ldexp(value, -self.exponent)) - self.first

    def doubled(self) -> "BinRange":
        """Twice as far about the same middle, with bins twice as wide."""
        return BinRange(self.exponent + 1, (self.first + BINS // 2) // 2 - BINS // 2)

    def holding(self, low: float, high: float) -> "BinRange":
        """This range, doubled until both values are inside."""
        wide = self
        while wide.place(low) < 0 or wide.place(high) >= BINS:
            wide = wide.doubled()
        return wide

    def covers(self, other: "BinRange") -> bool:
        """Whether counts of the other range can be merged into this one."""
        return self == other or (
            self.exponent > other.exponent
            and other.first >> (self.exponent - other.exponent) >= self.first
            and (other.first + BINS - 1) >> (self.exponent - other.exponent) < self.first + BINS
        )


def choose_range(low: float, high: float) -> BinRange:
    """A range with room for values from ``low`` to ``high``; about zero if they lie on both sides of it."""
    about = 0.0 if low <= 0 <= high else low / 2 + high / 2
    reach = max(high - about, about - low) if low != high else max(abs(low), _NEAR_ZERO) / 2
    largest = max(abs(low), abs(high))
    finest = max(_FINEST, math.frexp(largest)[1] - _DIGITS)
    exponent = max(math.frexp(max(reach, 1e-300) * _ROOM / (BINS // 2))[1], finest)
    middle = math.floor(math.ldexp(about, -exponent))
    return BinRange(exponent, middle - BINS // 2).holding(low, high)


def merged(counts: Counts, old: BinRange, new: BinRange) -> Counts:
    """The counts of one range in the bins of another that covers it. Raises ValueError for one that does not."""
    if old == new:
        return counts
    if not new.covers(old):
        raise ValueError(
            f"Expected a range that holds {old.low:g} to {old.high:g}; received {new.low:g} to {new.high:g}."
        )
    places = ((np.arange(BINS) + old.first) >> min(new.exponent - old.exponent, 62)) - new.first
    made = np.zeros(BINS, np.int64)
    np.add.at(made, places, counts)
    return made
