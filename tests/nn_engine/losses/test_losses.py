"""Every loss against PyTorch's figures, and what they have in common by hand."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    registered,
)
from nn_engine.declarations import find
from nn_engine.losses.loss import as_values
from nn_engine.workspace import Workspace
from tests.golden.figures import DTYPES, array, assert_golden, golden

CASES = golden("losses")["cases"]


@pytest.fixture(autouse=True)
def no_silent_trouble() -> Iterator[None]:
    """Overflow, division by zero and 0·∞ are failures, also where NumPy would keep quiet."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_agree_with_pytorch(name: str, dtype: str) -> None:
    case = CASES[name]
    config = dict(case["config"])
    loss: Loss = find("loss", config.pop("type")).from_config(config)  # type: ignore[attr-defined]
    outputs = array(case["outputs"], dtype)
    targets = np.asarray(case["targets"])
    if targets.ndim == 2:
        targets = targets.astype(dtype)
    expected = case[dtype]

    assert_golden(loss.per_sample(outputs, targets, case["paired"]), expected["per sample"], dtype, name)
    total, grad = loss.sum_and_gradient(outputs, targets, case["paired"], len(outputs), Workspace())

    assert_golden(total / len(outputs), expected["mean"], dtype, f"{name}: mean")
    assert_golden(grad, expected["gradient"], dtype, f"{name}: gradient")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "targets"),
    [(CrossEntropy(), np.array([0, 1, 2, 0])), (BinaryCrossEntropy(), np.array([0, 1, 2, 0]))],
)
def test_extreme_logits_give_finite_losses_and_gradients(
    loss: Loss, targets: np.ndarray, dtype: type[np.floating]
) -> None:
    logits = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, -1e4], [-1e4, 1e4, 1e4]], dtype)
    each = loss.per_sample(logits, targets, paired=True)
    total, grad = loss.sum_and_gradient(logits, targets, True, 4, Workspace())
    assert np.isfinite(each).all()
    assert np.isfinite(grad).all()
    assert math.isclose(total, float(each.sum()), rel_tol=1e-6)
    # The first sample is as right as can be in its class; the second as wrong, and its loss is the distance.
    if isinstance(loss, CrossEntropy):
        np.testing.assert_allclose(each, [0, 2e4, math.log(3), 2e4 + math.log(2)], rtol=1e-6)
        np.testing.assert_allclose(4 * grad[1], [1, -1, 0], atol=1e-6)
        assert not grad[0].any()
    else:
        np.testing.assert_allclose(each[1], (1e4 + 1e4 + math.log(2)) / 3, rtol=1e-6)
        np.testing.assert_allclose(4 * 3 * grad[1], [1, -1, 0.5], atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [CrossEntropy(), BinaryCrossEntropy()])
def test_certain_and_wrong_probabilities_give_finite_losses(loss: Loss, dtype: type[np.floating]) -> None:
    outputs = np.array([[1, 0, 0], [0, 1, 0]], dtype)
    targets = np.array([0, 2])
    each = loss.per_sample(outputs, targets, paired=False)
    _, grad = loss.sum_and_gradient(outputs, targets, False, 2, Workspace())
    assert np.isfinite(each).all()
    assert np.isfinite(grad).all()
    assert each[0] < 1e-6 < 10 < each[1]
    assert grad[1, 2] < -1e6, "nothing tells the right answer to come back"


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_adding_a_number_to_all_logits_changes_nothing(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(size=(size, 4)), rng.integers(0, 4, size)
    loss = CrossEntropy()
    np.testing.assert_allclose(
        loss.per_sample(logits + 1000, targets, True), loss.per_sample(logits, targets, True), atol=1e-9
    )
    shifted, plain = (loss.sum_and_gradient(z, targets, True, size, Workspace())[1] for z in (logits + 1000, logits))
    np.testing.assert_allclose(shifted, plain, atol=1e-9)
    np.testing.assert_allclose(plain.sum(axis=1), 0, atol=1e-12)


def test_the_constant_guess_by_hand() -> None:
    classes = np.array([0, 0, 0, 1])
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert math.isclose(CrossEntropy().constant_guess(classes, 2), entropy)
    # Two outputs, 0.75 and 0.25: the entropy of a coin of 3 to 1 both times.
    assert math.isclose(BinaryCrossEntropy().constant_guess(classes, 2), entropy)
    # Right by 0.25 in three of four, wrong by 0.75 in one, on both outputs alike.
    assert math.isclose(MeanSquaredError().constant_guess(classes, 2), (3 * 0.0625 + 0.5625) / 4)
    labels = np.array([[0, 1], [1, 1], [0, 1], [1, 1]], np.float32)
    assert math.isclose(BinaryCrossEntropy().constant_guess(labels, 2), math.log(2) / 2, rel_tol=1e-6)
    values = np.array([[1.0, 10], [3, 10]], np.float32)
    assert math.isclose(MeanSquaredError().constant_guess(values, 2), 0.5)


def test_the_constant_guess_of_a_class_that_is_not_there() -> None:
    # Class 1 has no samples: its probability of 0 must not turn into 0·∞.
    assert math.isclose(CrossEntropy().constant_guess(np.array([0, 2, 0, 2]), 3), math.log(2))
    assert CrossEntropy().constant_guess(np.array([1, 1, 1]), 2) == 0


def test_the_highest_classes_may_be_those_that_are_not_there() -> None:
    targets = np.array([0, 0, 1, 1])
    for loss in (CrossEntropy(), BinaryCrossEntropy(), MeanSquaredError(), Hinge()):
        assert len(loss.best_constant(targets, 4)) == 4
    # Right by a half on two of four outputs, and exact on the others.
    assert math.isclose(MeanSquaredError().constant_guess(targets, 4), 0.5 / 4)
    # Both that are there level, a margin above the two others: one margin lacks, over four classes.
    assert math.isclose(Hinge().constant_guess(targets, 4), 1 / 4)
    np.testing.assert_allclose(
        CrossEntropy(label_smoothing=0.5).best_constant(targets, 4), [0.375, 0.375, 0.125, 0.125]
    )
    np.testing.assert_allclose(CrossEntropy(class_weights=(1, 3, 1, 1)).best_constant(targets, 4), [0.25, 0.75, 0, 0])


def test_ten_balanced_classes_are_guessed_at_log_ten() -> None:
    assert math.isclose(CrossEntropy().constant_guess(np.arange(1000) % 10, 10), math.log(10))


def test_classes_become_rows_with_a_single_one() -> None:
    rows = as_values(np.array([2, 0]), np.full((2, 3), 7.0, np.float32))
    np.testing.assert_array_equal(rows, np.array([[0, 0, 1], [1, 0, 0]], np.float32))
    assert rows.dtype == np.float32
    values = np.ones((2, 3))
    assert as_values(values, rows) is values


@pytest.mark.parametrize(
    ("loss", "fn"),
    [(CrossEntropy(), "sigmoid"), (CrossEntropy(), "relu"), (CrossEntropy(), ""), (BinaryCrossEntropy(), "linear")],
)
def test_a_loss_that_needs_probabilities_refuses_what_gives_none(loss: Loss, fn: str) -> None:
    with pytest.raises(ValueError, match=f"expected a last layer with fn .*received {fn or 'no activation'}"):
        loss.check_output(fn, 3)


def test_a_loss_that_takes_anything_takes_anything() -> None:
    for fn in ("", "linear", "softmax"):
        MeanSquaredError().check_output(fn, 3)


# -- what sets each apart -----------------------------------------------------------------------------------------


def test_the_constant_guess_of_every_loss_by_hand() -> None:
    values = np.array([[0.0], [1], [10]], np.float32)
    # The median is 1: errors of 1, 0 and 9.
    np.testing.assert_array_equal(MeanAbsoluteError().best_constant(values, 1), [1])
    assert math.isclose(MeanAbsoluteError().constant_guess(values, 1), 10 / 3)
    # With δ = 1 the two far ones pull equally, so it is where the middle one pulls nothing.
    np.testing.assert_allclose(Huber().best_constant(values, 1), [1])
    assert math.isclose(Huber().constant_guess(values, 1), (0.5 + 0 + 8.5) / 3)
    # With a δ that nothing reaches it is the mean, and half the squares.
    np.testing.assert_allclose(Huber(delta=100).best_constant(values, 1), [11 / 3])
    assert math.isclose(Huber(delta=100).constant_guess(values, 1), values.var() / 2, rel_tol=1e-6)
    # Three to one, each a margin ahead in the end: the rare one lacks two margins, over two classes.
    assert math.isclose(Hinge().constant_guess(np.array([0, 0, 0, 1]), 2), 0.25 * 2 / 2)


def test_the_constant_guess_with_smoothing_and_weights() -> None:
    classes = np.array([0, 0, 0, 1])
    np.testing.assert_allclose(CrossEntropy(class_weights=(1, 3)).best_constant(classes, 2), [0.5, 0.5])
    np.testing.assert_allclose(CrossEntropy(label_smoothing=0.5).best_constant(classes, 2), [0.625, 0.375])


@given(
    counts=st.lists(st.integers(0, 9), min_size=2, max_size=5).filter(any),
    margin=st.floats(0.1, 10),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_scores_beat_the_hinges_constant_guess(counts: list[int], margin: float, seed: int) -> None:
    loss = Hinge(margin=margin)
    targets = np.repeat(np.arange(len(counts)), counts)
    best = loss.constant_guess(targets, len(counts))
    rng = np.random.default_rng(seed)
    steps = np.arange(-3, 4) * margin
    for scores in (*rng.choice(steps, (40, len(counts))), *rng.normal(0, 2 * margin, (20, len(counts)))):
        guesses = np.tile(scores, (len(targets), 1))
        assert best <= loss.per_sample(guesses, targets, paired=False).mean() + 1e-9 * margin


def test_a_constant_guess_on_many_samples_is_the_same_as_on_few() -> None:
    few = np.array([0, 1, 1, 2, 2, 2])
    for loss in (CrossEntropy(), Hinge(), MeanSquaredError()):
        assert math.isclose(loss.constant_guess(np.tile(few, 5000), 3), loss.constant_guess(few, 3), rel_tol=1e-9)


@pytest.mark.parametrize("paired", [True, False])
def test_a_class_that_weighs_more_pulls_more(paired: bool) -> None:
    outputs = np.full((2, 2), 0.5)
    targets = np.array([0, 1])
    _, grad = CrossEntropy(class_weights=(1, 3)).sum_and_gradient(outputs, targets, paired, 2, Workspace())
    assert math.isclose(grad[1, 1], 3 * grad[0, 0])


def test_as_many_weights_as_classes() -> None:
    loss = CrossEntropy(class_weights=(1, 2))
    loss.check_output("softmax", 2)
    with pytest.raises(ValueError, match="expected one number for each of 3 classes; received 2"):
        loss.check_output("softmax", 3)


@pytest.mark.parametrize("fn", ["softmax", "sigmoid"])
def test_hinge_refuses_probabilities(fn: str) -> None:
    with pytest.raises(ValueError, match=f"expected a last layer with fn linear; received {fn}"):
        Hinge().check_output(fn, 3)
    Hinge().check_output("linear", 3)


@pytest.mark.parametrize("loss", [Huber(), MeanAbsoluteError(), Hinge()])
def test_where_all_is_well_nothing_pulls(loss: Loss) -> None:
    outputs = np.array([[5.0, 1.0], [0.0, 2.0]])
    targets = np.array([0, 1]) if isinstance(loss, Hinge) else outputs.copy()
    total, grad = loss.sum_and_gradient(outputs, targets, False, 2, Workspace())
    assert total == 0
    assert not grad.any()


def ways_to_ask() -> Iterator[tuple[Loss, str, bool]]:
    """Every loss with every kind of targets, on outputs and on logits, plain and with all its settings."""
    for name in registered("loss"):
        cls: type[Loss] = find("loss", name)
        kinds = (
            (*cls.target_kinds, "shares") if cls.takes_shares and "classes" in cls.target_kinds else cls.target_kinds
        )
        for kind in kinds:
            for paired in (False, True) if cls.pairs_with else (False,):
                yield cls(), kind, paired
                if cls is CrossEntropy:
                    yield CrossEntropy(label_smoothing=0.1, class_weights=(2.0,) * 100), kind, paired


@pytest.mark.parametrize(("loss", "kind", "paired"), list(ways_to_ask()))
def test_a_steady_step_allocates_nothing_large(loss: Loss, kind: str, paired: bool) -> None:
    rng = np.random.default_rng(0)
    outputs = rng.uniform(0.1, 0.9, (256, 100)).astype(np.float32)
    rows = rng.integers(0, 2, size=(256, 100)).astype(np.float32)
    targets = rng.integers(0, 100, 256) if kind == "classes" else rows
    workspace = Workspace()

    def step() -> None:
        loss.sum_and_gradient(outputs, targets, paired, 256, workspace)

    step()
    tracemalloc.start()
    try:
        step()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        step()
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 48 * 1024, f"{loss} allocates {peak:,} bytes a step where its outputs have {outputs.nbytes:,}"
