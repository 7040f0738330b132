"""What the plan makes of the rate: a rise before any schedule, and the schedule in the time that is left."""

from __future__ import annotations

import pytest

from nn_engine import Constant, Cosine, ExponentialDecay, OneCycle, Schedule, TrainingPlan

STEPS = 10


def factors(schedule: Schedule, warm_up: float, epochs: int = 4) -> list[float]:
    plan = TrainingPlan(schedule=schedule, warm_up=warm_up, epochs=epochs)
    return [plan.rate_factor(step, STEPS) for step in range(STEPS * epochs)]


@pytest.mark.parametrize("schedule", [Constant(), Cosine(), OneCycle(), ExponentialDecay()])
def test_without_a_rise_it_is_the_schedule(schedule: Schedule) -> None:
    assert factors(schedule, 0) == [schedule.factor(step, STEPS, 4) for step in range(40)]


def test_the_rise_is_a_line_that_ends_where_the_schedule_begins() -> None:
    found = factors(Constant(), 1)
    assert found[:10] == pytest.approx([(step + 1) / 11 for step in range(10)])
    assert found[10:] == [1.0] * 30


def test_the_schedule_takes_what_is_left_and_reaches_its_end() -> None:
    found = factors(Cosine(), 1.5)
    assert found[15] == 1
    assert found[-1] == pytest.approx(0, abs=1e-12)
    assert found[15:] == pytest.approx([Cosine().factor(step, 25, 1) for step in range(25)])


def test_a_rise_longer_than_the_training_never_comes_to_its_end() -> None:
    found = factors(Cosine(), 100)
    assert found == sorted(found)
    assert found[-1] < 0.05


def test_the_momentum_waits_for_the_schedule() -> None:
    cycle = OneCycle(inverse_momentum=True, low_momentum=0.8, high_momentum=0.9, warm_up_share=0.5)
    plan = TrainingPlan(schedule=cycle, warm_up=1, epochs=3)
    found = [plan.momentum(step, STEPS) for step in range(30)]
    assert found[:11] == [0.9] * 11
    assert min(value for value in found if value is not None) == pytest.approx(0.8, abs=1e-3)
    assert found[-1] == pytest.approx(0.9)
    assert TrainingPlan(schedule=OneCycle()).momentum(5, STEPS) is None
