"""Every schedule's formula, worked out by hand at several steps."""

from __future__ import annotations

import itertools
import math
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import (
    Constant,
    Cosine,
    CosineRestarts,
    ExponentialDecay,
    OneCycle,
    Polynomial,
    Schedule,
    StepDecay,
    TimeDecay,
)
from nn_engine.declarations import settings_of
from nn_engine.schedules.schedule import share_done

STEPS, EPOCHS = 10, 5  # the last step is number 49


def at_epochs(schedule: Schedule, epochs: int = EPOCHS) -> list[float]:
    """The factor at the first step of each epoch."""
    return [schedule.factor(epoch * STEPS, STEPS, epochs) for epoch in range(epochs)]


def test_constant_is_constant() -> None:
    assert {Constant().factor(step, STEPS, EPOCHS) for step in range(60)} == {1.0}


def test_time_decay_is_one_over_one_plus_rate_times_epoch() -> None:
    assert at_epochs(TimeDecay(rate=0.5)) == [1, 1 / 1.5, 1 / 2, 1 / 2.5, 1 / 3]


def test_time_decay_does_not_compound() -> None:
    """An earlier notebook divided the rate it had reached: 1, 1/2, 1/6, 1/24 where 1, 1/2, 1/3, 1/4 was meant."""
    factors = at_epochs(TimeDecay(rate=1), epochs=4)
    assert factors == [1, 1 / 2, 1 / 3, 1 / 4]
    compounded = [1.0]
    for epoch in (1, 2, 3):
        compounded.append(compounded[-1] / (1 + epoch))
    assert compounded == [1, 1 / 2, 1 / 6, 1 / 24]
    assert factors[2:] != compounded[2:]


def test_exponential_decay_shrinks_by_the_same_share() -> None:
    for epoch, factor in enumerate(at_epochs(ExponentialDecay(decay=0.8))):
        assert math.isclose(factor, 0.8**epoch)
    assert at_epochs(ExponentialDecay(decay=0.5)) == [1, 0.5, 0.25, 0.125, 0.0625]
    assert at_epochs(ExponentialDecay(decay=1)) == [1] * 5


def test_step_decay_drops_every_few_epochs() -> None:
    assert at_epochs(StepDecay(drop=0.5, every=2)) == [1, 1, 0.5, 0.5, 0.25]
    assert at_epochs(StepDecay(drop=0.1, every=5), epochs=6)[4:] == [1, 0.1]
    assert at_epochs(StepDecay(drop=0.5, every=1)) == at_epochs(ExponentialDecay(decay=0.5))


@pytest.mark.parametrize("schedule", [TimeDecay(rate=1), ExponentialDecay(decay=0.5), StepDecay(drop=0.5, every=1)])
def test_what_counts_epochs_is_the_same_within_one(schedule: Schedule) -> None:
    for epoch in range(EPOCHS):
        factors = {schedule.factor(epoch * STEPS + step, STEPS, EPOCHS) for step in range(STEPS)}
        assert len(factors) == 1
    assert schedule.factor(STEPS - 1, STEPS, EPOCHS) == 1 > schedule.factor(STEPS, STEPS, EPOCHS)


def test_cosine_begins_at_one_and_ends_at_its_share() -> None:
    cosine = Cosine(final_share=0.2)
    assert cosine.factor(0, STEPS, EPOCHS) == 1
    assert math.isclose(cosine.factor(49, STEPS, EPOCHS), 0.2)
    assert math.isclose(cosine.factor(7, 5, 3), 0.6)  # step 7 of 0 … 14: half way
    assert math.isclose(Cosine().factor(7, 5, 3), 0.5)
    # A quarter of the way along half a cosine: (1 + cos 45°) / 2.
    assert math.isclose(Cosine().factor(1, 5, 1), (1 + math.sqrt(0.5)) / 2)
    assert abs(Cosine().factor(49, STEPS, EPOCHS)) < 1e-12
    assert Cosine(final_share=1).factor(30, STEPS, EPOCHS) == 1


def test_one_cycle_rises_to_its_peak_and_falls_to_its_end() -> None:
    cycle = OneCycle(warm_up_share=0.25, start_divisor=20, final_divisor=1000)
    factors = [cycle.factor(step, 9, 9) for step in range(81)]  # 80 steps lie between the first and the last
    assert math.isclose(factors[0], 1 / 20)
    assert factors[20] == 1 == max(factors)
    assert math.isclose(factors[80], 1 / 1000)
    assert math.isclose(factors[10], (1 + 1 / 20) / 2)  # half way up
    assert math.isclose(factors[50], (1 + 1 / 1000) / 2)  # half way down
    assert factors[:21] == sorted(factors[:21])
    assert factors[20:] == sorted(factors[20:], reverse=True)


def test_one_cycles_default_is_the_usual_one() -> None:
    cycle = OneCycle()
    assert math.isclose(cycle.factor(0, 100, 1), 1 / 25)
    assert math.isclose(cycle.factor(99, 100, 1), 1e-5)
    peak = max(range(101), key=lambda step: cycle.factor(step, 101, 1))
    assert peak == 25


def test_one_cycle_without_a_rise_begins_at_its_peak() -> None:
    cycle = OneCycle(warm_up_share=0)
    assert cycle.factor(0, STEPS, EPOCHS) == 1
    assert math.isclose(cycle.factor(49, STEPS, EPOCHS), 1e-5)


@pytest.mark.parametrize("schedule", [Cosine(final_share=0.25), OneCycle(final_divisor=4)])
def test_after_the_planned_end_nothing_moves_any_more(schedule: Schedule) -> None:
    for step in (49, 50, 51, 1000):
        assert math.isclose(schedule.factor(step, STEPS, EPOCHS), 0.25)


def test_a_plan_of_a_single_step_begins_as_any_other() -> None:
    assert Cosine().factor(0, 1, 1) == 1
    assert math.isclose(OneCycle().factor(0, 1, 1), 1 / 25)


@given(st.integers(1, 50), st.integers(1, 50))
def test_the_share_done_goes_from_nothing_to_all(steps_per_epoch: int, epochs: int) -> None:
    last = steps_per_epoch * epochs - 1
    shares = [share_done(step, steps_per_epoch, epochs) for step in range(last + 2)]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert last == 0 or shares[last] == 1
    assert all(earlier < later for earlier, later in itertools.pairwise(shares[: last + 1]))


@given(
    st.floats(0, 0.99),
    st.floats(1, 1e6),
    st.floats(1, 1e9),
    st.integers(2, 30),
    st.integers(1, 10),
)
def test_one_cycle_never_leaves_its_bounds(
    warm_up: float, start: float, final: float, steps_per_epoch: int, epochs: int
) -> None:
    cycle = OneCycle(warm_up_share=warm_up, start_divisor=start, final_divisor=final)
    for step in range(steps_per_epoch * epochs):
        factor = cycle.factor(step, steps_per_epoch, epochs)
        assert min(1 / start, 1 / final) * (1 - 1e-9) <= factor <= 1 + 1e-12


@pytest.mark.parametrize("cls", [Constant, Cosine, ExponentialDecay, OneCycle, StepDecay, TimeDecay])
def test_every_setting_can_change_while_training_runs(cls: type[Schedule]) -> None:
    assert all(spec.setting.live for spec in settings_of(cls))


def test_polynomial_decay_is_a_line_or_a_power_down_to_its_end() -> None:
    line = Polynomial(final_share=0.2)
    assert line.factor(0, 5, 3) == 1
    assert math.isclose(line.factor(7, 5, 3), 0.6)
    assert math.isclose(line.factor(14, 5, 3), 0.2)
    assert math.isclose(Polynomial(power=3).factor(7, 5, 3), 0.125)


def test_cosine_restarts_begin_again_and_each_takes_longer() -> None:
    restarts = CosineRestarts(first=1, stretch=2)
    factors = [restarts.factor(step, 4, 100) for step in range(4 + 8 + 16)]
    assert [step for step, factor in enumerate(factors) if factor == 1] == [0, 4, 12]
    for start, length in ((0, 4), (4, 8), (12, 16)):
        expected = [(1 + math.cos(math.pi * step / length)) / 2 for step in range(length)]
        np.testing.assert_allclose(factors[start : start + length], expected)
    even = CosineRestarts(first=2, stretch=1)
    assert [even.factor(step, 4, 100) for step in range(8)] == [even.factor(step + 800, 4, 100) for step in range(8)]


def gone_through(step: int, length: int, stretch: float) -> Fraction:
    """Which share of its glide is done, by going through every glide before it in exact numbers."""
    start, lasts, ratio = Fraction(0), Fraction(length), Fraction(stretch)
    while step >= start + lasts:
        start, lasts = start + lasts, lasts * ratio
    return (step - start) / lasts


@given(
    step=st.integers(0, 3000),
    first=st.integers(1, 20),
    steps=st.integers(10, 60),
    stretch=st.sampled_from([1.0, 1 + 2**-52, 1.0000001, 1.1, 1.5, 2.0, 3.0, 10.0]) | st.floats(1, 10),
)
def test_cosine_restarts_are_where_going_through_all_glides_comes_to(
    step: int, first: int, steps: int, stretch: float
) -> None:
    share = float(gone_through(step, first * steps, stretch))
    expected = (1 + math.cos(math.pi * share)) / 2
    found = CosineRestarts(first=first, stretch=stretch).factor(step, steps, 100)
    if share > 1 - 1e-9:  # a hair before a restart it may be the restart
        assert found == pytest.approx(0, abs=1e-9) or found == 1
    else:
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("first", "stretch", "glides"), [(1, 2.0, 30), (64, 1.5, 6), (7, 3.0, 20), (1, 10.0, 12)])
def test_cosine_restarts_begin_exactly_where_a_glide_begins(first: int, stretch: float, glides: int) -> None:
    schedule, start, length = CosineRestarts(first=first, stretch=stretch, final_share=0.25), 0, first
    for _ in range(glides):
        assert schedule.factor(start, 1, 100) == 1
        start, length = start + length, int(length * stretch)
        if length > 100:
            assert schedule.factor(start - 1, 1, 100) < 0.26
            assert schedule.factor(start + 1, 1, 100) > 0.99


def test_cosine_restarts_do_not_go_through_all_glides() -> None:
    schedule = CosineRestarts(first=1, stretch=1.0000001)
    lines = 0

    def count(frame: object, event: str, argument: object) -> Any:
        nonlocal lines
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        factor = schedule.factor(2_000_000, 1, 100)
    finally:
        sys.settrace(before)
    assert 0 <= factor <= 1
    assert lines < 100


def test_inverse_momentum_mirrors_the_rate() -> None:
    cycle = OneCycle(inverse_momentum=True, low_momentum=0.85, high_momentum=0.95)
    momenta = [cycle.momentum(step, 101, 1) for step in range(101)]
    assert momenta[0] == momenta[-1] == pytest.approx(0.95)
    rates = [cycle.factor(step, 101, 1) for step in range(101)]
    lowest = min(range(101), key=lambda step: momenta[step] or 0)
    assert lowest == max(range(101), key=lambda step: rates[step])
    assert momenta[lowest] == pytest.approx(0.85)
    assert OneCycle().momentum(5, 101, 1) is None
