"""What is said of a search for a learning rate, on curves made up for it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine.training.rate_curve import RateTrial, smooth, suggest


def trials_of(losses: list[float], lowest: float = 1e-4, ratio: float = 1.2) -> list[RateTrial]:
    return [RateTrial(lowest * ratio**index, loss) for index, loss in enumerate(losses)]


def test_the_valley_is_half_way_down_and_the_steepest_where_it_falls_fastest() -> None:
    flat, fall = [2.0] * 20, [2 - 1.5 / (1 + math.exp(-(index - 15) / 3)) for index in range(31)]
    trials = trials_of([*flat, *fall, *[10.0] * 10])
    found = suggest(trials)
    assert found.valley is not None
    assert found.steepest is not None
    rates = [trial.learning_rate for trial in trials]
    assert rates[38] < found.valley < rates[43]  # the tenth of the fall is done at 31, and all of it at 50
    assert rates[30] < found.steepest < rates[48]  # after the middle of the fall, by the lag of the mean


def test_the_noise_of_the_first_trials_is_no_valley() -> None:
    first = [2.6, 2.2, 2.5, 2.3, *[2.4] * 16]
    fall = [2.4 - 0.4 / (1 + math.exp(-(index - 15) / 3)) for index in range(31)]
    trials = trials_of([*first, *fall, *[10.0] * 10])
    found = suggest(trials)
    assert found.valley is not None
    assert found.steepest is not None
    assert found.valley > trials[20].learning_rate
    assert found.steepest > trials[30].learning_rate


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([2.0] * 50, "hardly falls"),
        ([2.0 + 0.01 * index for index in range(50)], "hardly falls"),
        ([2.0 - 0.0005 * index for index in range(50)], "hardly falls"),
        ([2.0 - 0.02 * index for index in range(50)], "still falls at the highest rate. Try higher rates."),
        ([2.0, 50.0, 1e6], "exploded at once"),
        ([], "is not finite with the initial weights. Choose another way to draw them."),
    ],
)
def test_it_says_so_where_there_is_no_clear_valley(losses: list[float], words: str) -> None:
    found = suggest(trials_of(losses))
    assert found.valley is found.steepest is None
    assert "no clear valley" in found.sentence
    assert words in found.sentence


def test_the_mean_has_no_bias_at_its_start() -> None:
    np.testing.assert_allclose(smooth(trials_of([3.0] * 5)), [3.0] * 5)
