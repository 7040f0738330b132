"""Data sets: samples by index, their targets, and what the targets mean."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.data import ArrayDataset, Dataset, LoadedData, Task
from nn_engine.data.dataset import TargetKind, check_targets
from nn_engine.types import Array


def numbered(count: int = 6, dtype: Any = np.uint8) -> ArrayDataset:
    """Samples of 2×3 that say which they are, and class numbers."""
    samples = np.repeat(np.arange(count), 6).reshape(count, 2, 3).astype(dtype)
    return ArrayDataset(samples, np.arange(count) % 3, ("low", "middle", "high"))


def read(data: Dataset, numbers: list[int]) -> Array:
    """Some samples, in a new array."""
    out = np.full((len(numbers), *data.task.sample_shape), 77, data.dtype)
    assert data.read(np.array(numbers, np.intp), out) is out
    return out


# -- samples ------------------------------------------------------------------------------------------------------


@given(numbers=st.lists(st.integers(0, 5), max_size=12))
def test_samples_are_read_by_index_in_the_order_asked(numbers: list[int]) -> None:
    found = read(numbered(), numbers)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[:, 0, 0], numbers)
    np.testing.assert_array_equal(found, np.repeat(numbers, 6).reshape(-1, 2, 3))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_samples_keep_their_type(dtype: Any) -> None:
    data = numbered(dtype=dtype)
    assert data.dtype == dtype
    assert read(data, [4]).dtype == dtype


def test_what_was_read_is_a_copy() -> None:
    data = numbered()
    read(data, [1])[...] = 99
    assert data.samples[1].max() == 1


def test_samples_may_lie_in_a_mapped_file(tmp_path: Any) -> None:
    path = tmp_path / "samples.npy"
    np.save(path, numbered().samples)
    data = ArrayDataset(np.load(path, mmap_mode="r"), numbered().targets)
    assert isinstance(data.samples, np.memmap)
    np.testing.assert_array_equal(read(data, [5, 0]), numbered().samples[[5, 0]])


def test_samples_may_lie_in_another_order_in_memory() -> None:
    samples = numbered().samples
    for other in (np.asfortranarray(samples), np.repeat(samples, 2, axis=0)[::2], samples[::-1][::-1]):
        data = ArrayDataset(other, numbered().targets)
        np.testing.assert_array_equal(read(data, [5, 0, 5]), samples[[5, 0, 5]])


def test_reading_one_sample_does_not_copy_all_of_them() -> None:
    data = ArrayDataset(np.zeros((28, 28, 20_000), np.uint8).transpose(2, 0, 1), np.zeros(20_000, np.intp))
    out = np.empty((1, 28, 28), np.uint8)
    tracemalloc.start()
    try:
        data.read(np.array([7]), out)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_samples_of_one_number_each() -> None:
    data = ArrayDataset(np.array([1.5, 2.5]), np.array([0, 1]))
    assert data.task.sample_shape == ()
    np.testing.assert_array_equal(read(data, [1, 1]), [2.5, 2.5])


# -- parts of a data set ------------------------------------------------------------------------------------------


@given(chosen=st.lists(st.integers(0, 5), min_size=1, max_size=9), data=st.data())
def test_a_subset_is_a_data_set_of_its_own(chosen: list[int], data: st.DataObject) -> None:
    whole = numbered()
    part = whole.subset(np.array(chosen, np.intp))
    assert len(part) == len(chosen)
    assert part.task is whole.task
    assert part.dtype == whole.dtype
    np.testing.assert_array_equal(part.targets, whole.targets[chosen])
    asked = data.draw(st.lists(st.integers(0, len(chosen) - 1), max_size=9))
    np.testing.assert_array_equal(read(part, asked)[:, 0, 0], np.array(chosen, np.intp)[asked])


def test_a_subset_of_a_subset() -> None:
    part = numbered().subset(np.array([5, 3, 1])).subset(np.array([2, 0]))
    np.testing.assert_array_equal(read(part, [0, 1])[:, 0, 0], [1, 5])
    np.testing.assert_array_equal(part.targets, [1, 2])


def test_a_subset_of_those_for_which_something_is_true() -> None:
    samples, targets = np.arange(12).reshape(6, 2), np.array([0, 1, 2, 0, 1, 2])
    ones = ArrayDataset(samples, targets).subset(targets == 1)
    np.testing.assert_array_equal(ones.targets, [1, 1])
    np.testing.assert_array_equal(ones.read(np.array([0, 1]), np.empty((2, 2), int)), [[2, 3], [8, 9]])


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([0, -1], "Expected sample numbers from 0 to 5; received -1 to 0"),
        ([3, 6], "Expected sample numbers from 0 to 5; received 3 to 6"),
        ([0.5, 1.0], r"or 6 times true or false; received float64 of shape \(2,\)"),
        ([True, False], r"or 6 times true or false; received bool of shape \(2,\)"),
        ([[0, 1]], r"received int64 of shape \(1, 2\)"),
        (["0"], "received <U1"),
    ],
)
def test_a_subset_of_samples_that_are_not_there_is_refused(indices: Any, message: str) -> None:
    """They would be read as others: the last sample with the numbers of the first, true as the sample number 1."""
    with pytest.raises(ValueError, match=message):
        ArrayDataset(np.zeros((6, 2)), np.arange(6)).subset(indices)


def test_a_subset_of_nothing() -> None:
    chosen: Any = []
    part = numbered().subset(chosen)
    assert len(part) == 0
    assert read(part, []).shape == (0, 2, 3)


def test_a_subset_copies_no_samples(mnist: LoadedData) -> None:
    part = mnist.train.subset(np.arange(100))
    assert read(part, [99]).tobytes() == read(mnist.train, [99]).tobytes()
    assert not any(isinstance(value, np.ndarray) and value.nbytes > 10_000 for value in vars(part).values())


# -- targets and what they mean -----------------------------------------------------------------------------------


def test_whole_numbers_are_classes() -> None:
    data = ArrayDataset(np.zeros((3, 2)), np.array([0, 2, 1], np.uint8))
    assert data.task.target_kind == "classes"
    assert data.task.names == ("0", "1", "2")
    assert data.task.output_size == 3
    assert data.task.sample_shape == (2,)
    assert data.targets.dtype == np.intp
    np.testing.assert_array_equal(data.targets, [0, 2, 1])


def test_there_may_be_one_class_only() -> None:
    assert ArrayDataset(np.zeros((3, 2)), np.zeros(3, np.intp)).task.names == ("0",)


def test_classes_may_have_names_and_a_name_may_have_no_sample() -> None:
    data = ArrayDataset(np.zeros((2, 2)), np.array([0, 1]), ("cat", "dog", "cow"))
    assert data.task.names == ("cat", "dog", "cow")
    assert data.task.output_size == 3


@pytest.mark.parametrize("targets", [np.array([0.5, 1.5]), np.array([[0.5], [1.5]]), np.array([[1], [2]])])
def test_anything_else_is_values(targets: Array) -> None:
    data = ArrayDataset(np.zeros((2, 2)), targets)
    assert data.task.target_kind == "values"
    assert data.task.names == ("0",)
    assert data.targets.dtype == np.float32
    assert data.targets.shape == (2, 1)
    np.testing.assert_array_equal(data.targets[:, 0], targets.reshape(-1))


def test_labels_are_several_yes_or_no() -> None:
    data = ArrayDataset(np.zeros((2, 2)), np.array([[1, 0, 1], [0, 0, 1]]), ("red", "round", "small"), "labels")
    assert data.task.target_kind == "labels"
    assert data.task.output_size == 3
    np.testing.assert_array_equal(data.targets, [[1, 0, 1], [0, 0, 1]])


def test_whole_numbers_may_be_values() -> None:
    data = ArrayDataset(np.zeros((2, 2)), np.array([3, 4]), target_kind="values")
    assert data.task.target_kind == "values"
    np.testing.assert_array_equal(data.targets, [[3], [4]])


def test_no_samples_at_all() -> None:
    data = ArrayDataset(np.zeros((0, 2)), np.zeros(0, np.intp), ("a", "b"))
    assert len(data) == 0
    assert data.task.output_size == 2


@pytest.mark.parametrize(
    ("targets", "names", "kind", "message"),
    [
        ([0, 1], None, None, "received 3 samples, 2 targets"),
        ([0, 1, 2], ("a", "b"), None, "Expected class numbers from 0 to 1; received 0 to 2"),
        ([-1, 0, 1], ("a", "b"), None, "Expected class numbers from 0 to 1; received -1 to 1"),
        ([-1, 0, 5], None, None, "Expected class numbers from 0 up; received -1 to 5"),
        ([0.0, 1.0, 1.0], None, "classes", r"Expected class numbers, shape \(n,\); received float64 of shape \(3,\)"),
        ([[0], [1], [1]], None, "classes", r"received int64 of shape \(3, 1\)"),
        ([[0, 1], [1, 0], [1, 1]], ("a",), "labels", "Expected a name for each of 2 outputs; received 1"),
        ([0.5, 1.5, 2.5], ("a", "b"), None, "Expected a name for each of 1 outputs; received 2"),
    ],
)
def test_what_does_not_belong_together_is_refused(targets: Any, names: Any, kind: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ArrayDataset(np.zeros((3, 2)), np.array(targets), names, kind)


@pytest.mark.parametrize(
    ("shape", "channels"), [((28, 28), 1), ((32, 32, 3), 3), ((4,), None), ((), None), ((2, 3, 4, 5), None)]
)
def test_the_channels_of_images(shape: tuple[int, ...], channels: int | None) -> None:
    assert Task(shape, "classes", ("a", "b")).channels == channels


@pytest.mark.parametrize(
    ("targets", "kind", "words"),
    [
        ([[0, 1], [2, 1]], "labels", r"each 0 for no or 1 for yes; received \[2 1\] for sample 1"),
        ([0.5, 1.0], "labels", r"each 0 for no or 1 for yes; received 0.5 for sample 0"),
        ([[0.0, math.nan], [1.0, 1.0]], "labels", r"labels that are numbers; received \[ 0. nan\] for sample 0"),
        ([1.0, math.inf], "values", "values that are numbers; received inf for sample 1"),
        (["a", "b"], "values", "Expected values, shape"),
        ([True, False], "classes", "Expected class numbers"),
    ],
)
def test_targets_that_are_not_of_their_kind(targets: Any, kind: TargetKind, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ArrayDataset(np.zeros((2, 3)), np.array(targets), target_kind=kind)


@pytest.mark.parametrize(
    ("samples", "dtype"),
    [
        (np.ones((2, 3), complex), "complex128"),
        (np.array([[1, None], [2, 3]], object), "object"),
        (np.array([["1"], ["2"]]), "<U1"),
        (np.array([["2026-01-01"], ["2026-01-02"]], "datetime64[D]"), r"datetime64\[D\]"),
        (np.zeros((2, 3), "f4,i4"), "f4"),
    ],
)
def test_samples_that_are_no_real_numbers_are_refused(samples: Array, dtype: str) -> None:
    with pytest.raises(ValueError, match=rf"Expected samples of real numbers, .*; received .*{dtype}"):
        ArrayDataset(samples, np.array([0, 1]))


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_samples_of_any_real_type_are_taken(dtype: Any) -> None:
    assert ArrayDataset(np.ones((2, 3), dtype), np.array([0, 1])).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf])
def test_samples_with_gaps_are_refused(dtype: Any, gap: float) -> None:
    samples = np.ones((300_000, 2, 3), dtype)  # more than are looked at together
    samples[280_000, 1, 2] = gap
    with pytest.raises(
        ValueError, match=rf"finite numbers; received {gap} in sample 280000\. Leave such samples out, or"
    ):
        ArrayDataset(samples, np.zeros(300_000, int))


@pytest.mark.parametrize(
    ("targets", "kind", "remedy"),
    [
        (["cat", "dog"], None, r"names, targets = np\.unique\(targets, return_inverse=True\)"),
        (np.array(["cat", "dog"], object), "classes", r"np\.unique\(targets"),
        ([[1, 0], [0, 1]], "classes", r"become numbers by targets\.argmax\(axis=1\)"),
        ([0.0, 1.0], "classes", r"taken: targets\.ravel\(\)\.astype\(int\)"),
        ([[0], [1]], "classes", r"taken: targets\.ravel\(\)\.astype\(int\)"),
        ([-3, 5], None, 'foretold rather than told apart, say target_kind="values"'),
        (None, None, "Expected targets in an array, the first axis counting them; received"),
    ],
)
def test_a_refusal_says_how_to_make_targets_of_it(targets: Any, kind: TargetKind | None, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        ArrayDataset(np.zeros((2, 3)), targets, target_kind=kind)


def test_names_and_numbers_of_classes_as_numpy_tells_them() -> None:
    names, targets = np.unique(["dog", "cat", "dog"], return_inverse=True)
    data = ArrayDataset(np.zeros((3, 2)), targets, names)
    assert data.task == Task((2,), "classes", ("cat", "dog"))
    assert [type(name) for name in data.task.names] == [str, str]
    assert ArrayDataset(np.zeros((3, 2)), targets, ["cat", "dog"]).task == data.task


def test_no_two_names_are_alike() -> None:
    with pytest.raises(ValueError, match=r"Expected classes of different names; received 'cat' 2 times\."):
        ArrayDataset(np.zeros((2, 3)), np.array([0, 1]), ("cat", "dog", "cat"))
    with pytest.raises(ValueError, match=r"Expected values of different names; received 'x' 3 times\."):
        Task((2,), "values", ("x", "x", "x"))


@pytest.mark.parametrize("targets", [[True, False], [[True, False, True], [False, False, True]]])
def test_booleans_are_labels(targets: Any) -> None:
    data = ArrayDataset(np.zeros((2, 3)), np.array(targets))
    assert data.task.target_kind == "labels"
    np.testing.assert_array_equal(data.targets, np.array(targets).reshape(2, -1))


def test_yes_and_no_make_labels() -> None:
    data = ArrayDataset(np.zeros((2, 3)), np.array([True, False]), ("ill",), target_kind="labels")
    np.testing.assert_array_equal(data.targets, [[1], [0]])
    assert data.task.output_fn == "sigmoid"


class Strange(ArrayDataset):
    """Its task and its targets are given for themselves."""

    def __init__(self, task: Task, targets: Any) -> None:
        super().__init__(np.zeros((len(targets), 2)), np.zeros(len(targets), int))
        self.task, self.targets = task, targets


@pytest.mark.parametrize(
    ("kind", "targets", "message"),
    [
        ("classes", np.array([0, 2]), r"class numbers from 0 to 1, \(n,\); received ndarray of int64 from 0 to 2"),
        ("classes", np.array([-1, 0]), "received ndarray of int64 from -1 to 0"),
        ("classes", np.array([0.0, 1.0]), r"received ndarray of float64, shape \(2,\)"),
        ("classes", np.array([[0], [1]]), r"shape \(2, 1\)"),
        ("classes", [0, 1], "expected an array of class numbers .* received list of int64"),
        ("values", np.array([0.5, 1.0]), r"expected an array of values, \(n, 2\); received .* shape \(2,\)"),
        ("labels", np.array([["0", "1"]]), r"expected an array of labels, \(n, 2\); received ndarray of <U1, shape"),
    ],
)
def test_targets_of_ones_own_that_are_not_what_the_task_says(kind: TargetKind, targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Strange\.targets: .*{message}"):
        check_targets(Strange(Task((2,), kind, ("a", "b")), targets))


@pytest.mark.parametrize(
    ("kind", "targets"),
    [
        ("classes", np.array([0, 1], np.uint8)),
        ("classes", np.zeros(0, np.intp)),
        ("values", np.array([[0.5, 1.0]])),
        ("labels", np.array([[True, False]])),
    ],
)
def test_targets_of_ones_own_that_are_what_the_task_says(kind: TargetKind, targets: Any) -> None:
    check_targets(Strange(Task((2,), kind, ("a", "b")), targets))
