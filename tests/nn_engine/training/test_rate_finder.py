"""The search for a learning rate: what it tries, what it says of it, and that it touches nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine import SGD, Adam, ArrayDataset, ClipByNorm, CrossEntropy, Optimizer, TrainingPlan
from nn_engine.network import SHARD
from nn_engine.training.rate_curve import suggest
from nn_engine.training.rate_finder import find_rates
from tests.nn_engine.training.small import blobs, small_network

PLAN = TrainingPlan(optimizer=SGD(learning_rate=0.1, momentum=0.9), batch_size=32)


def test_rates_rise_by_the_same_ratio_between_the_bounds() -> None:
    rates = [
        trial.learning_rate
        for trial in find_rates(small_network(), blobs(150), PLAN, lowest=1e-4, highest=1e-1, steps=31)
    ]
    np.testing.assert_allclose(rates, np.geomspace(1e-4, 1e-1, 31))


def test_the_network_is_left_as_it_is_and_the_same_search_gives_the_same() -> None:
    network = small_network()
    before = network.state.copy()
    first, second = (list(find_rates(network, blobs(150), PLAN)) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(network.state, before)


def test_it_ends_where_the_loss_explodes() -> None:
    trials = list(find_rates(small_network(), blobs(150), PLAN, lowest=1e-3, highest=1e6, steps=60))
    assert 10 <= len(trials) < 60


def test_a_loss_that_explodes_at_once_is_given_a_few_trials_all_the_same() -> None:
    """The first ones differ by chance alone; fewer than these say nothing."""
    trials = list(find_rates(small_network(), blobs(600), PLAN, lowest=30, highest=1e6, steps=60))
    assert trials[2].loss > 4 * trials[0].loss
    assert len(trials) == 10


def test_it_is_stopped_between_the_shards_of_a_step() -> None:
    asked: list[int] = []

    def after_the_second_shard() -> bool:
        asked.append(len(asked))
        return len(asked) == 3  # the first time it is asked when the training begins

    plan = PLAN.replace(batch_size=4 * SHARD)
    assert not list(find_rates(small_network(), blobs(4 * SHARD), plan, stop=after_the_second_shard))
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("optimizer", [SGD(momentum=0.9), Adam()])
def test_what_it_suggests_is_a_rate_that_learns(optimizer: Optimizer) -> None:
    plan = PLAN.replace(optimizer=optimizer, clipping=(ClipByNorm(limit=10),))
    found = suggest(list(find_rates(small_network(), blobs(600), plan, lowest=1e-5, highest=10, steps=120)))
    assert found.valley is not None
    assert found.steepest is not None
    from nn_engine import Trainer, evaluate

    for rate in (found.valley, found.steepest):
        chosen = plan.replace(optimizer=optimizer.replace(learning_rate=rate), epochs=10)
        network = small_network()
        trainer = Trainer(network, blobs(600), None, chosen)
        for _ in trainer.fit():
            pass
        metrics = evaluate(network, blobs(300, seed=2), trainer.preprocessing, CrossEntropy())
        assert metrics["accuracy"] > 0.8, f"{rate:g} of {optimizer}: {metrics}"


def test_targets_that_have_nothing_to_do_with_the_samples_give_no_valley() -> None:
    rng = np.random.default_rng(0)
    noise = ArrayDataset(rng.integers(0, 255, (2000, 6, 6)).astype(np.uint8), rng.integers(0, 4, 2000), tuple("abcd"))
    network = small_network()
    network.state[...] *= 0.01  # it begins with the best guess there is, so there is nothing to learn
    assert suggest(list(find_rates(network, noise, PLAN))).valley is None


@pytest.mark.parametrize(
    "settings", [{"lowest": 0}, {"lowest": 1, "highest": 1}, {"highest": math.inf}, {"steps": 9}, {"lowest": -1}]
)
def test_bounds_that_make_no_sense_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Expected 0 < lowest < highest and at least 10 steps"):
        list(find_rates(small_network(), blobs(50), PLAN, **settings))  # type: ignore[arg-type]
