"""Which part of growing data a chart shows while it follows: most of it, between round numbers, and calmly.

The first steps and single spikes may leave the picture at its edge, so that the rest can be seen; "show all" has them.
"""

from __future__ import annotations

import math

import numpy as np

from app.widgets.charts.content import Content, Floats
from app.widgets.charts.scale import Axis, nice_end, nice_high, nice_low, nice_step

_SAMPLE = 2000
_FEWEST_STEPS = 10
_HUGE = 1e290
"""Larger values are drawn at the edge: lengths of axes must not overflow."""
_SHRINK = 0.8
"""A range that would become smaller than this share of itself does; else it stays where it is."""


def following_x(content: Content) -> Axis:
    """From the first step to a round number beyond the last, at most the planned end."""
    epoch = content.steps_per_epoch
    if not len(content.steps):
        return Axis(0, content.planned_steps or epoch)
    first, last = _first(content), float(content.steps[-1])
    low = 0.0 if first <= 0.3 * last else math.floor(first / epoch) * epoch
    end = low + nice_end(max((last - low) * 1.06, _FEWEST_STEPS) / epoch, 1) * epoch
    if content.planned_steps > low and last <= content.planned_steps:
        end = min(end, content.planned_steps)
    return Axis(low, max(end, low + 1))


def all_x(content: Content) -> Axis:
    """Exactly all steps, and the epochs before them of which only validation is known."""
    if not len(content.steps):
        return following_x(content)
    low, high = _first(content), float(content.steps[-1])
    low = 0.0 if low <= 1 else low
    return Axis(low, high) if high > low else Axis(low - 0.5, low + 0.5)


def _first(content: Content) -> float:
    """Where the first thing known begins: a point stands at the end of its epoch and tells of all of it."""
    first = float(content.steps[0])
    return min(first, float(content.point_steps[0]) - content.steps_per_epoch) if len(content.points) else first


def following_y(content: Content, log: bool, percent: bool, before: Axis | None = None) -> Axis:
    """Most of the raw values and all points of validation. ``before`` is kept unless it no longer fits well."""
    found = _following_y(content, log, percent)
    if before is None or before.log != log:
        return found
    if found.low < before.low or found.high > before.high:
        return found
    return found if found.length < _SHRINK * before.length else before


def _following_y(content: Content, log: bool, percent: bool) -> Axis:
    values, points = _finite(content.raw), _finite(content.points)
    if not len(values) and not len(points):
        return empty_y(log, percent)
    if not len(values):
        values = points
    low, high = np.percentile(values, (5 if percent else 0.5, 98 if not percent and not log else 99.5))
    low, high = min(low, *points, high), max(high, *points, low)
    if percent:
        return _shares(float(low), float(high))
    return _log(float(low), float(high), values) if log else _linear(float(low), float(high))


def empty_y(log: bool, percent: bool) -> Axis:
    """The axis of a chart without values."""
    return Axis(0, 1) if percent or not log else Axis(0.01, 10, log=True)


def all_y(content: Content, log: bool, percent: bool) -> Axis:
    """All finite values, with a little room."""
    parts = (content.raw, content.smooth, content.points)
    everything = np.clip(np.concatenate([part[np.isfinite(part)] for part in parts]), -_HUGE, _HUGE)
    if log:
        everything = everything[everything > 0]
    if not len(everything):
        return empty_y(log, percent)
    low, high = float(everything.min()), float(everything.max())
    if log:
        return (
            Axis(low / 1.05, min(high * 1.05, 1e300), log=True)
            if high > low * 1.01
            else Axis(low / 2, low * 2, log=True)
        )
    room = 0.02 * (high - low) or abs(high) * 0.1 or 0.5
    return Axis(low - room, high + room)


def _finite(values: Floats) -> Floats:
    sample = values[:: max(1, len(values) // _SAMPLE)]
    return np.clip(sample[np.isfinite(sample)], -_HUGE, _HUGE)


def _shares(low: float, high: float) -> Axis:
    step = nice_step(max(high - low, 0.02), 8)
    top = min(1.0, math.ceil(high / step - 1e-9) * step) if 0 <= high <= 1 else math.ceil(high / step) * step
    bottom = math.floor(low / step + 1e-9) * step
    if 0 <= low <= 1:
        bottom = max(0.0, bottom)
    return Axis(bottom, top) if top - bottom >= 2 * step else Axis(max(0.0, top - 4 * step), top)


def _log(low: float, high: float, values: Floats) -> Axis:
    if high <= 0:
        return empty_y(True, False)
    if low <= 0:
        positive = values[values > 0]
        low = max(float(positive.min()) if len(positive) else high / 1e3, high / 1e6)
    bottom, top = nice_low(max(low, 1e-290)), nice_high(min(high, 1e290))
    while top < 3 * bottom:
        bottom, top = nice_low(bottom * 0.99), nice_high(top * 1.01)
    return Axis(bottom, top, log=True)


def _linear(low: float, high: float) -> Axis:
    bottom = 0.0 if low >= 0 else -nice_high(-low)
    return Axis(bottom, nice_high(high) if high > 0 else 0.0 if bottom else 1.0)
