"""Smoothing that tells the truth: over the full series, once, extended as it grows, and not drawn towards zero.

An average that starts at zero lies at first. Exponential smoothing is therefore divided by the weight that its values
have so far (as Adam does with its moments): s ← w·s + (1 - w)·x, shown as s / (1 - wⁿ). What is not a finite number
stays as it is and leaves the average alone.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 256
"""Long series are smoothed in blocks of so many values, each by one small matrix product."""


class Smoother(ABC):
    """Smooths a series that comes in pieces; the pieces' borders leave no trace."""

    def extend(self, values: Floats) -> Floats:
        """The next values, smoothed."""
        out = np.array(values, np.float64)
        finite = np.isfinite(out)
        if finite.any():
            out[finite] = self._extend(out[finite])
        return out

    @abstractmethod
    def _extend(self, values: Floats) -> Floats: ...


class ExponentialSmoother(Smoother):
    """Debiased exponential smoothing with a weight from 0 (none) to below 1."""

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._last = 0.0
        self._count = 0

    def _extend(self, values: Floats) -> Floats:
        weight = self._weight
        if weight <= 0:
            return values
        sums = self._by_value(values) if len(values) < _BLOCK else self._by_block(values)
        counts = np.arange(self._count + 1, self._count + len(values) + 1)
        self._count += len(values)
        self._last = float(sums[-1])
        shown: Floats = sums / -np.expm1(counts * math.log(weight))
        return shown

    def _by_value(self, values: Floats) -> Floats:
        weight, rest, last = self._weight, 1 - self._weight, self._last
        sums = []
        for value in values.tolist():
            last = weight * last + rest * value
            sums.append(last)
        return np.array(sums)

    def _by_block(self, values: Floats) -> Floats:
        weight, blocks = self._weight, -(-len(values) // _BLOCK)
        padded = np.zeros((blocks, _BLOCK))
        padded.reshape(-1)[: len(values)] = values
        lags = np.arange(_BLOCK)[:, None] - np.arange(_BLOCK)[None, :]
        weights = np.where(lags >= 0, (1 - weight) * weight ** np.maximum(lags, 0), 0.0)
        sums = padded @ weights.T  # (blocks, _BLOCK): each as if it began with nothing
        carried, decay = self._last, weight**_BLOCK
        carries = np.empty(blocks)
        for index, end in enumerate(sums[:, -1].tolist()):
            carries[index] = carried
            carried = carried * decay + end
        sums += carries[:, None] * weight ** np.arange(1, _BLOCK + 1)
        smoothed: Floats = sums.reshape(-1)[: len(values)]
        return smoothed


class MovingAverage(Smoother):
    """The plain mean of the last ``window`` values, of fewer where there are no more yet."""

    def __init__(self, window: int) -> None:
        self._window = max(1, window)
        self._tail = np.empty(0)

    def _extend(self, values: Floats) -> Floats:
        known = len(self._tail)
        series = np.concatenate([self._tail, values])
        sums = _window_sums(series, self._window)[known:]
        counts = np.minimum(np.arange(known + 1, len(series) + 1), self._window)
        self._tail = series[len(series) - min(len(series), self._window - 1) :]
        return sums / counts


def _window_sums(series: Floats, window: int) -> Floats:
    """The sum of the last ``window`` values at each place.

    Put together from sums of 1, 2, 4 … values: a running total would keep the rounding errors of one huge value.
    """
    sums, power, size, offset = np.zeros_like(series), series.copy(), 1, 0
    while window:
        if window & 1 and offset < len(series):
            sums[offset:] += power[: len(series) - offset]
            offset += size
        window >>= 1
        if window and size < len(series):
            longer = power.copy()
            longer[size:] += power[:-size]
            power = longer
        size *= 2
    return sums


def window_for(weight: float) -> int:
    """The moving average whose values are on average as old as those of exponential smoothing with this weight."""
    return max(1, round((1 + weight) / (1 - weight)))


def smoother(weight: float, moving_average: bool) -> Smoother:
    """The smoother that the options ask for."""
    return MovingAverage(window_for(weight)) if moving_average else ExponentialSmoother(weight)
