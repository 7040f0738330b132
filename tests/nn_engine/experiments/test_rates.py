"""The learning-rate finder for a whole experiment, and what a schedule makes of a rate, in words."""

from __future__ import annotations

import pytest

from nn_engine import Constant, Cosine, CosineRestarts, Experiment, OneCycle, Schedule, assemble, preset
from nn_engine.experiments import schedule_sentence, stretch_sentence, try_rates
from nn_engine.training.rate_finder import find_rates

SMALL = preset("softmax-regression").replace(train_size=300, batch_size=30)


def test_it_tries_what_a_new_training_would_begin_with() -> None:
    session = assemble(SMALL)
    expected = list(find_rates(session.network, session.trainer._train, SMALL, SMALL.preprocessing, steps=20))
    assert list(try_rates(SMALL, steps=20)) == expected
    assert list(try_rates(SMALL, data=session.data, steps=20)) == expected
    assert list(try_rates(SMALL.replace(seed=1), steps=20)) != expected


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="Layer 0"):
        list(try_rates(SMALL.replace(layers=SMALL.layers[1:])))


@pytest.mark.parametrize(
    ("schedule", "warm_up", "words"),
    [
        (Constant(), 0.0, ""),
        (Cosine(), 0.0, "(cosine): the training begins with 0.5, reaches 0.5 at most and ends with"),
        (OneCycle(start_divisor=10), 0.0, "(one cycle): the training begins with 0.05, reaches 0.5 at most and ends"),
        (Constant(), 1.0, "(constant): the training begins with 0.045, reaches 0.5 at most and ends with 0.5."),
    ],
)
def test_what_a_schedule_makes_of_a_rate(schedule: Schedule, warm_up: float, words: str) -> None:
    experiment: Experiment = SMALL.replace(schedule=schedule, warm_up=warm_up, epochs=20)
    sentence = schedule_sentence(experiment, 0.5, 10)
    assert words in sentence
    assert bool(sentence) == bool(words)


@pytest.mark.parametrize(
    ("schedule", "told"),
    [(Constant(), False), (CosineRestarts(), False), (Cosine(), True), (OneCycle(), True)],
)
def test_more_epochs_that_raise_the_rate_again_are_told(schedule: Schedule, told: bool) -> None:
    sentence = stretch_sentence(SMALL.replace(schedule=schedule, epochs=20), 40, 10)
    assert bool(sentence) == told
    assert ("stretched over all 40 epochs: the rate goes up from" in sentence) == told
