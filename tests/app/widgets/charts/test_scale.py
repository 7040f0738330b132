from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.charts.scale import Axis, linear_ticks, log_ticks, nice_end, nice_high, nice_low, tick_texts, ticks


def test_the_ticks_of_the_pictures() -> None:
    assert tick_texts(log_ticks(0.03, 2, 8.2)) == ["0.05", "0.1", "0.2", "0.5", "1", "2"]
    shares = linear_ticks(0.86, 1.0, 8.2)
    assert tick_texts(shares, percent=True) == ["86 %", "88 %", "90 %", "92 %", "94 %", "96 %", "98 %", "100 %"]
    assert tick_texts(linear_ticks(0, 8, 9.7)) == [str(number) for number in range(9)]
    assert tick_texts(linear_ticks(0, 20, 9.7)) == ["0", "5", "10", "15", "20"]
    assert tick_texts(linear_ticks(0, 8000, 5)) == ["0", "2,000", "4,000", "6,000", "8,000"]


@given(st.floats(-300, 300), st.floats(1e-3, 300), st.floats(2, 12))
def test_log_ticks_lie_inside_and_are_few(exponent: float, decades: float, most: float) -> None:
    low = 10 ** max(exponent, -300)
    high = min(10 ** min(exponent + decades, 300), 1e300)
    found = log_ticks(low, high, most) if low < high else []
    assert found == sorted(set(found))
    assert all(low * 0.999999 <= value <= high * 1.000001 for value in found)
    assert len(found) <= most + 2


@given(st.floats(-1e4, 1e4), st.floats(1e-6, 1e9), st.floats(2, 12))
def test_linear_ticks_lie_inside_and_are_few(spans_from_zero: float, span: float, most: float) -> None:
    low = spans_from_zero * span  # farther off, neighbouring numbers would be as far apart as ticks
    found = linear_ticks(low, low + span, most)
    assert len(found) <= most + 1 + 1e-9  # 4.999999999999998 ticks are five
    assert all(low - span * 1e-3 <= value <= low + span * 1.001 for value in found)


@given(st.floats(1e-6, 1e6), st.floats(1.1, 1e6), st.floats(0, 1), st.booleans())
def test_an_axis_and_its_inverse(low: float, ratio: float, fraction: float, log: bool) -> None:
    axis = Axis(low, low * ratio, log)
    assert axis.fraction(axis.value(fraction)) == pytest.approx(fraction, abs=1e-6)


@given(st.floats(0.1, 4), st.floats(0, 1), st.booleans())
def test_zooming_leaves_the_value_under_the_pointer(factor: float, about: float, log: bool) -> None:
    axis = Axis(0.5, 20, log)
    assert axis.zoomed(factor, about).value(about) == pytest.approx(axis.value(about))


def test_values_without_a_place_do_not_break_an_axis() -> None:
    places = Axis(0.1, 10, log=True).fractions(np.array([0.0, -3.0, np.nan, np.inf, 1e308]))
    assert np.isnan(places[2])
    assert places[0] < -1
    assert np.isfinite(places[[0, 1, 3, 4]]).all()


@given(st.floats(1e-9, 1e9))
def test_round_numbers_enclose(value: float) -> None:
    assert nice_low(value) <= value * 1.000001 <= nice_high(value) * 1.00001
    assert value <= nice_end(value, 1) * 1.000001
    assert nice_end(value, 1) <= value * 2.5 * 1.000001


def test_texts_of_small_and_large() -> None:
    assert tick_texts([0.0, 1e-7, 2e6, -0.5, 0.025]) == ["0", "1e−7", "2e6", "−0.5", "0.025"]


def test_in_a_narrow_place_texts_stay_short() -> None:
    values = [5e-5, 5e-4, 0.001, 0.025, 2000.0, 10_000.0, 250_000.0, 1e8]
    assert tick_texts(values, narrow=True) == ["5e−5", "5e−4", "0.001", "0.025", "2k", "10k", "250k", "100M"]
    assert tick_texts([0.0, 2000.0, 4000.0], narrow=True) == ["0", "2,000", "4,000"]
    assert tick_texts([-2e9, 0.0, 125_000.0], narrow=True) == ["−2e9", "0", "125k"]
    assert tick_texts([10_000.0, 5e-4]) == ["10,000", "0.0005"]


def test_nothing_sensible_has_no_ticks() -> None:
    assert ticks(Axis(1, 1), 5) == []
    assert log_ticks(0, 1, 5) == []
