"""From a long series to the few numbers that its picture has: the extent of the values on each column of pixels.

The bins are fixed to the axis, not to the data, so that a series that grows changes only its last bin, and a spike is
never lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.widgets.charts.content import Floats


@dataclass(frozen=True)
class Extents:
    """Lowest and highest value of each bin that holds any, counted from the axis's low end."""

    bins: NDArray[np.int64]
    low: Floats
    high: Floats
    rising: NDArray[np.bool_]
    """Whether the last value in the bin is above the first."""


def extents(steps: Floats, values: Floats, origin: float, width: float, first: int, last: int) -> Extents:
    """The extents of ``values`` in the bins ``first`` to ``last``; bin b begins at origin + b·width.

    NaN is passed over.
    """
    edges = origin + np.arange(first, last + 2) * width
    places = np.searchsorted(steps, edges)
    kept = np.flatnonzero(places[1:] > places[:-1])
    if not len(kept):
        nothing = np.empty(0)
        return Extents(np.empty(0, np.int64), nothing, nothing, np.empty(0, np.bool_))
    starts, end = places[kept], int(places[kept[-1] + 1])
    low = np.fmin.reduceat(values[:end], starts)
    high = np.fmax.reduceat(values[:end], starts)
    ends = np.append(starts[1:], end) - 1
    return Extents(kept + first, low, high, values[ends] >= values[starts])


def strokes(found: Extents) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The upright strokes that a line through all extents leaves on each column: columns, lower and upper ends.

    The line goes up through a column's extent, then down to the next column's low end; of that way the upper half lies
    on the one column, the lower on the other. So a spike is as dark as its surroundings, and neighbours touch.
    """
    low, high, bins = found.low, found.high, found.bins
    middle = 0.5 * (high[:-1] + low[1:])
    next_to = np.diff(bins) == 1
    near, far = high[:-1][next_to], low[1:][next_to]
    middle = middle[next_to]
    columns = np.concatenate([bins, bins[:-1][next_to], bins[1:][next_to]])
    lower = np.concatenate([low, np.fmin(middle, near), np.fmin(middle, far)])
    upper = np.concatenate([high, np.fmax(middle, near), np.fmax(middle, far)])
    return columns, lower, upper
