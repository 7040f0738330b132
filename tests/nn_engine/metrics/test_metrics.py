"""Metrics: what they count, against figures worked out by hand and against plain definitions."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.metrics import (
    Accuracy,
    MacroF1,
    MeanAbsoluteErrorMetric,
    Metric,
    RSquared,
    Top3Accuracy,
    Top5Accuracy,
    add_up,
    count,
    per_class,
    values_of,
)
from nn_engine.types import Array, Floats


def measured(metric: Metric, outputs: Array, targets: Array, logits: bool = False) -> float:
    return metric.value(metric.counts(outputs, targets, logits), len(targets))


sizes = {"count": st.integers(1, 20), "classes": st.integers(1, 7), "seed": st.integers(0, 2**32 - 1)}


# -- accuracy -----------------------------------------------------------------------------------------------------


@given(dtype=st.sampled_from([np.float32, np.float64]), **sizes)
def test_accuracy_counts_the_answers_whose_highest_output_is_right(
    count: int, classes: int, seed: int, dtype: type[np.floating]
) -> None:
    rng = np.random.default_rng(seed)
    outputs, targets = rng.standard_normal((count, classes)).astype(dtype), rng.integers(0, classes, count)
    right = sum(
        all(row[target] >= value for value in row)
        for row, target in zip(outputs.tolist(), targets.tolist(), strict=True)
    )
    assert Accuracy().counts(outputs, targets, logits=True).tolist() == [right]
    assert measured(Accuracy(), outputs, targets) == right / count


def test_accuracy_is_the_same_for_scores_and_probabilities() -> None:
    rng = np.random.default_rng(0)
    scores, targets = rng.standard_normal((50, 4)), rng.integers(0, 4, 50)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert measured(Accuracy(), scores, targets, logits=True) == measured(Accuracy(), probabilities, targets)


def test_a_label_is_told_rightly_on_the_right_side_of_a_half() -> None:
    targets = np.array([[1, 0, 1], [0, 0, 0]], np.float32)
    p = np.array([[0.9, 0.4, 0.4], [0.6, 0.1, 0.2]])
    assert measured(Accuracy(), p, targets) == pytest.approx(4 / 6)
    scores = np.log(p / (1 - p))
    assert measured(Accuracy(), scores, targets, logits=True) == pytest.approx(4 / 6)
    assert measured(MacroF1(), scores, targets, logits=True) == measured(MacroF1(), p, targets)


def test_labels_that_are_no_numbers_are_never_right() -> None:
    outputs, targets = np.full((6, 2), np.nan, np.float32), np.zeros((6, 2), np.float32)
    outputs[:, 1] = -1
    assert measured(Accuracy(), outputs, targets, logits=True) == 0.5


def test_the_accuracy_of_labels_allocates_next_to_nothing() -> None:
    metric, outputs, targets = Accuracy(), np.zeros((256, 1000), np.float32), np.zeros((256, 1000), np.float32)
    metric.counts(outputs, targets, logits=True)
    tracemalloc.start()
    try:
        metric.counts(outputs, targets, logits=True)
        assert tracemalloc.get_traced_memory()[1] < 48 * 1024
    finally:
        tracemalloc.stop()


# -- top-k --------------------------------------------------------------------------------------------------------


@given(
    count=st.integers(1, 20), seed=st.integers(0, 2**32 - 1), metric=st.sampled_from([Top3Accuracy(), Top5Accuracy()])
)
def test_top_k_is_whether_the_right_class_is_among_the_first_when_sorted(
    count: int, seed: int, metric: Top3Accuracy | Top5Accuracy
) -> None:
    rng = np.random.default_rng(seed)
    outputs, targets = rng.integers(0, 6, (count, 12)).astype(float), rng.integers(0, 12, count)
    order = np.argsort(-outputs, axis=1, kind="stable")[:, : metric.k]
    assert measured(metric, outputs, targets) == np.mean([t in row for t, row in zip(targets, order, strict=True)])


def test_equal_outputs_do_not_make_every_class_the_first() -> None:
    assert measured(Top3Accuracy(), np.zeros((10, 10)), np.arange(10)) == 0.3


@pytest.mark.parametrize("metric", [Accuracy(), MacroF1(), Top3Accuracy(), Top5Accuracy()])
def test_outputs_that_are_no_numbers_are_never_right(metric: Metric) -> None:
    targets = np.arange(30) % 25
    assert measured(metric, np.full((30, 25), np.nan, np.float32), targets) == 0
    outputs = np.full((30, 25), np.nan, np.float32)
    outputs[np.arange(30), targets] = 1
    assert measured(metric, outputs, targets) == 0


# -- F1 -----------------------------------------------------------------------------------------------------------


def test_precision_recall_and_f1_by_hand() -> None:
    found = per_class(np.array([8, 0, 0, 1]), np.array([10, 0, 4, 1]), np.array([16, 3, 0, 1]))
    np.testing.assert_allclose(found.precision, [0.8, 0, 0, 1])
    np.testing.assert_allclose(found.recall, [0.5, 0, 0, 1])
    np.testing.assert_allclose(found.f1, [8 / 13, 0, 0, 1])


def test_macro_f1_by_hand() -> None:
    answers, targets = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 1, 1, 2, 2])
    # Class 0: 1 hit of 2 answered and 1 there; class 1: 2 of 3 and 3; class 2: 1 of 1 and 2; class 3 does not occur.
    expected = (2 / 3 + 4 / 6 + 2 / 3) / 3
    assert measured(MacroF1(), np.eye(4)[answers], targets) == pytest.approx(expected)


def test_a_class_that_is_answered_and_never_there_lowers_macro_f1() -> None:
    answers, targets = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1])
    assert measured(MacroF1(), np.eye(4)[answers], targets) == pytest.approx((1 + 0.8 + 0) / 3)


def test_a_rare_class_that_is_missed_shows_in_f1_though_hardly_in_accuracy() -> None:
    outputs, targets = np.tile([1.0, 0.0], (100, 1)), np.repeat([0, 1], [99, 1])
    assert measured(Accuracy(), outputs, targets) == 0.99
    assert measured(MacroF1(), outputs, targets) < 0.5


# -- values -------------------------------------------------------------------------------------------------------


@given(count=st.integers(2, 30), outputs=st.integers(1, 4), seed=st.integers(0, 2**32 - 1), far=st.floats(-1000, 1000))
def test_r_squared_is_its_definition_also_far_from_zero(count: int, outputs: int, seed: int, far: float) -> None:
    rng = np.random.default_rng(seed)
    t = (rng.normal(size=(count, outputs)) + far).astype(np.float32)
    y = t + rng.normal(size=t.shape)
    exact = t.astype(np.float64)
    expected = 1 - np.square(y - exact).sum(axis=0) / np.square(exact - exact.mean(axis=0)).sum(axis=0)
    assert measured(RSquared(), y, t) == pytest.approx(expected.mean(), rel=1e-5, abs=1e-6)


def test_r_squared_of_good_and_bad_answers() -> None:
    t = np.array([[1.0], [2], [3]], np.float32)
    assert measured(RSquared(), t.copy(), t) == 1
    assert measured(RSquared(), np.full_like(t, 2), t) == 0
    assert measured(RSquared(), -t, t) < 0


def test_r_squared_where_all_targets_are_the_same() -> None:
    t = np.full((7, 1), 0.1, np.float32)
    assert measured(RSquared(), t.copy(), t) == 1
    assert measured(RSquared(), t + 1, t) == 0


def test_r_squared_of_answers_that_are_no_numbers() -> None:
    same, varied = np.full((7, 1), 0.1, np.float32), np.arange(7, dtype=np.float32)[:, np.newaxis]
    gone = np.full((7, 1), np.nan, np.float32)
    assert measured(RSquared(), gone, same) == 0
    assert math.isnan(measured(RSquared(), gone, varied))


def test_r_squared_far_from_zero_by_hand() -> None:
    t = np.array([[1e7], [1e7 + 1], [1e7 + 2]])
    assert measured(RSquared(), t + 0.05, t) == pytest.approx(1 - 3 * 0.05**2 / 2, rel=1e-6)


@given(cuts=st.lists(st.integers(1, 29), unique=True), seed=st.integers(0, 2**32 - 1), far=st.sampled_from([0, 1, 1e7]))
def test_r_squared_is_the_same_in_parts(cuts: list[int], seed: int, far: float) -> None:
    rng = np.random.default_rng(seed)
    t = rng.integers(0, 5, (30, 3)) + far
    t[:, 2] = far + 0.1
    y = t + rng.normal(0, 0.1, t.shape)
    y[:, 2] = t[:, 2]
    metrics: dict[str, Metric] = {"r": RSquared()}
    sums: dict[str, Floats] = {}
    for part in np.split(np.arange(30), sorted(cuts)):
        add_up(metrics, sums, count(metrics, y[part], t[part], logits=False))
    spread = np.square(t[:, :2] - t[:, :2].mean(axis=0)).sum(axis=0)
    expected = (1 - np.square(y - t)[:, :2].sum(axis=0) / spread).sum() + 1
    assert values_of(sums, metrics, 30)["r"] == pytest.approx(expected / 3, rel=1e-6)


def test_mean_absolute_error_by_hand() -> None:
    assert measured(MeanAbsoluteErrorMetric(), np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 4], [0, 4]])) == 5 / 4


# -- adding up ----------------------------------------------------------------------------------------------------


@given(cut=st.integers(1, 19), seed=st.integers(0, 2**32 - 1))
def test_counts_of_parts_give_the_metric_of_the_whole(cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    outputs, targets = rng.normal(size=(20, 12)), rng.integers(0, 12, 20)
    metrics: dict[str, Metric] = {"accuracy": Accuracy(), "top": Top3Accuracy(), "f1": MacroF1()}
    sums: dict[str, Floats] = {}
    for part in (slice(None, cut), slice(cut, None)):
        add_up(metrics, sums, count(metrics, outputs[part], targets[part], logits=False))
    found = values_of(sums, metrics, 20)
    assert found == {name: measured(metric, outputs, targets) for name, metric in metrics.items()}


def test_nothing_is_made_of_counts_that_are_not_there() -> None:
    assert values_of({"gone": np.ones(1)}, {"accuracy": Accuracy()}, 3) == {}


@pytest.mark.parametrize("metric", [Accuracy(), Top3Accuracy(), MacroF1()])
def test_what_is_given_is_left_alone(metric: Metric) -> None:
    outputs, targets = np.arange(24.0).reshape(2, 12), np.array([11, 0])
    metric.counts(outputs, targets, logits=False)
    np.testing.assert_array_equal(outputs, np.arange(24.0).reshape(2, 12))
    np.testing.assert_array_equal(targets, [11, 0])
    assert math.isfinite(measured(metric, outputs, targets))
