"""How a layer's histograms are shown over time: which bins, how far the axis reaches, how high the ridges are.

What stands behind the front slice is worked out only when it has to be, because the panel keeps a picture of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nn_engine.inspection.bins import BINS, BinRange, Counts
from nn_engine.inspection.histogram import LayerHistogram

Floats = NDArray[np.float64]

_INSIDE = 0.999
"""The axis reaches over this share of the values of every slice; how many lie beyond is told."""
_ROOM = 0.08
_MOST_BINS, _FEWEST_BINS = 110, 16
PERCENTILES = (0.0, 2.0, 16.0, 50.0, 84.0, 98.0, 100.0)


@dataclass(frozen=True, eq=False)
class Series:
    """One layer's ridges, as they are to be drawn."""

    name: str
    title: str
    count: int
    not_finite: int
    low: float
    """Where the first shown bin begins."""
    width: float
    """How wide each shown bin is."""
    older: Counts
    """The slices behind, oldest first: (slices, bins)."""
    front: Counts
    """The newest slice: (bins,)."""
    top: float
    """The count that is drawn at full height."""
    below: int
    above: int
    """How many values of the newest slice lie beyond either end of the axis."""
    generation: int
    """Another number means that all but ``front`` has changed too."""

    @property
    def high(self) -> float:
        """Where the last shown bin ends."""
        return self.low + self.width * len(self.front)


@dataclass
class Layout:
    """What is worked out for the slices behind and holds for the front slice until it outgrows it."""

    bins: BinRange
    first: int
    """The first shown bin, counted in finest bins from the range's first; may lie outside of it."""
    merge: int
    """How many finest bins make a shown one."""
    shown: int
    older: Counts = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    top: float = 1.0
    generation: int = 0
    front_bins: BinRange | None = None
    """Those of the front slice it was made for; None if that had but one value."""

    def coarse(self, counts: Counts) -> Counts:
        """Counts in the shown bins."""
        start, stop = self.first, self.first + self.merge * self.shown
        inner = counts[max(start, 0) : min(stop, BINS)]
        framed = np.zeros(self.merge * self.shown, np.int64)
        begin = max(-start, 0)
        framed[begin : begin + len(inner)] = inner
        made: Counts = framed.reshape(self.shown, self.merge).sum(axis=1)
        return made

    def beyond(self, counts: Counts) -> tuple[int, int]:
        """How many lie below and above what is shown."""
        return int(counts[: max(self.first, 0)].sum()), int(
            counts[max(self.first + self.merge * self.shown, 0) :].sum()
        )


def common_range(layers: Sequence[LayerHistogram]) -> BinRange:
    """Bins into which all of them can be put exactly."""
    spread = [layer for layer in layers if not layer.single]
    if not spread:
        return layers[-1].bins
    bins = max((layer.bins for layer in spread), key=lambda each: each.exponent)
    while not all(bins.covers(layer.bins) for layer in spread):
        bins = bins.doubled()
    for layer in layers:
        if layer.count > layer.not_finite:
            bins = bins.holding(layer.minimum, layer.maximum)
    return bins


def lay_out(older: Sequence[LayerHistogram], front: LayerHistogram, whole: bool, generation: int) -> Layout:
    """The axis and the heights for these slices."""
    everyone = [*older, front]
    bins = common_range(everyone)
    counted = [layer.in_bins(bins) for layer in everyone]
    spans = [_span(counts, whole) for counts in counted]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    room = max(1, math.ceil((high - low) * _ROOM))
    low, high = low - room, high + room
    zero = -bins.first
    if low < zero < high and max(high - zero, zero - low) < 3 * min(high - zero, zero - low):
        reach = max(high - zero, zero - low)
        low, high = zero - reach, zero + reach
    wanted = min(max(5 * front.count ** (1 / 3), _FEWEST_BINS), _MOST_BINS)
    merge = 1 << max(0, math.ceil(math.log2((high - low) / wanted)))
    # Shown bins begin at multiples of their own width, so that a change of the axis never shifts values between them.
    first = (low + bins.first) // merge * merge - bins.first
    shown = -((first - high) // merge)
    if shown < 2 * _FEWEST_BINS:
        first, shown = first - merge, shown + 2  # so that few broad bins end on the ground too
    layout = Layout(bins, first, merge, shown, generation=generation, front_bins=None if front.single else front.bins)
    rows = [layout.coarse(counts) for counts in counted]
    layout.older = np.array(rows[:-1], np.int64).reshape(len(older), layout.shown)
    layout.top = _top(everyone, rows)
    return layout


def still_fits(layout: Layout, front: LayerHistogram, whole: bool) -> bool:
    """Whether the front slice can be drawn as the last ones were."""
    if not front.single:
        if not layout.bins.covers(front.bins):
            return False
        if layout.front_bins is not None and front.bins.exponent < layout.front_bins.exponent:
            return False  # it was what made the bins as broad as they are, and needs them no more
    if front.count > front.not_finite and layout.bins.holding(front.minimum, front.maximum) != layout.bins:
        return False
    counts = front.in_bins(layout.bins)
    low, high = _span(counts, whole)
    if low < layout.first or high > layout.first + layout.merge * layout.shown:
        return False
    return front.single or float(layout.coarse(counts).max(initial=0)) <= layout.top


def series(layout: Layout, front: LayerHistogram) -> Series:
    """What is to be drawn."""
    counts = front.in_bins(layout.bins)
    below, above = layout.beyond(counts)
    return Series(
        name=front.name,
        title=front.title,
        count=front.count,
        not_finite=front.not_finite,
        low=(layout.bins.first + layout.first) * layout.bins.width,
        width=layout.merge * layout.bins.width,
        older=layout.older,
        front=layout.coarse(counts),
        top=layout.top,
        below=below,
        above=above,
        generation=layout.generation,
    )


def percentiles(layer: LayerHistogram) -> Floats:
    """The values at ``PERCENTILES``: smallest and largest exactly, the others within a bin."""
    finite = layer.count - layer.not_finite
    if not finite:
        return np.full(len(PERCENTILES), np.nan)
    if layer.single:
        return np.full(len(PERCENTILES), layer.minimum)
    edges = (np.arange(BINS + 1) + layer.bins.first) * layer.bins.width
    reached = np.concatenate([[0], np.cumsum(layer.counts)])
    filled = np.flatnonzero(np.diff(reached, prepend=-1))
    found = np.interp(np.array(PERCENTILES) / 100 * finite, reached[filled], edges[filled])
    found[0], found[-1] = layer.minimum, layer.maximum
    inside: Floats = np.clip(found, layer.minimum, layer.maximum)
    return inside


def _span(counts: Counts, whole: bool) -> tuple[int, int]:
    """From the first bin to after the last that the axis has to show."""
    reached = np.cumsum(counts)
    total = int(reached[-1])
    if not total:
        return BINS // 2, BINS // 2 + 1
    apart = 0 if whole else int(total * (1 - _INSIDE) / 2)
    return int(np.searchsorted(reached, apart, side="right")), int(np.searchsorted(reached, total - apart)) + 1


def _top(layers: Sequence[LayerHistogram], rows: Sequence[Counts]) -> float:
    """The highest count; a slice of equal values is one spike that would make all others flat, so it is left out."""
    spread = [float(row.max(initial=0)) for layer, row in zip(layers, rows, strict=True) if not layer.single]
    peaks = spread or [float(row.max(initial=0)) for row in rows]
    # Some room for the front slice, which changes many times before all is drawn anew.
    return max(1.0, *peaks[:-1], 1.05 * peaks[-1])
