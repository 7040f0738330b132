"""Scratch memory: the same at every call, whatever the batch size."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine.types import Array
from nn_engine.workspace import _MOST_VIEWS, Workspace


def address(array: Array) -> int:
    return int(array.ctypes.data)


def test_a_name_is_always_the_same_memory() -> None:
    workspace = Workspace()
    first = workspace.array("a", (4, 3), np.float32)
    first[...] = 7
    assert workspace.array("a", (4, 3), np.float32) is first
    smaller = workspace.array("a", (2, 3), np.float32)
    assert address(smaller) == address(first)
    np.testing.assert_array_equal(smaller, np.full((2, 3), 7))
    assert address(workspace.array("a", (3, 2, 2), np.float32)) == address(first)


def test_names_and_types_do_not_touch_each_other() -> None:
    workspace = Workspace()
    arrays = [workspace.array(name, (5,), kind) for name in "ab" for kind in (np.float32, np.float64, np.bool_)]
    for number, array in enumerate(arrays):
        assert not array.any(), "new memory is zero"
        array[...] = number % 2
        for other in arrays[:number]:
            assert not np.shares_memory(array, other)
    assert [array.dtype for array in arrays[:3]] == [np.float32, np.float64, np.bool_]


def test_a_type_by_another_name_is_the_same_memory() -> None:
    workspace = Workspace()
    kinds = (np.float32, np.dtype("float32"), "float32", "f4")
    assert len({address(workspace.array("a", (3,), kind)) for kind in kinds}) == 1


def test_memory_grows_and_then_stays() -> None:
    workspace = Workspace()
    small = workspace.array("a", (2,), np.float64)
    large = workspace.array("a", (20,), np.float64)
    assert not np.shares_memory(small, large)
    # The small one is handed out of the large memory now, or a name would be two memories at once.
    again = workspace.array("a", (2,), np.float64)
    assert address(again) == address(large)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), min_size=1, max_size=20))
def test_whatever_is_asked_for_in_whatever_order_fits(shapes: list[tuple[int, int]]) -> None:
    workspace = Workspace()
    for shape in shapes:
        array = workspace.array("a", shape, np.float32)
        assert (array.shape, array.dtype) == (shape, np.dtype(np.float32))
        assert array.flags.c_contiguous
        assert array.flags.writeable
        array[...] = 1
        assert workspace.array("a", shape, np.float32) is array


def test_zeros_are_zero_and_cannot_be_written_to() -> None:
    workspace = Workspace()
    for shape in ((2, 3), (40, 3), (1, 3), (2, 3)):
        zeros = workspace.zeros(shape, np.float32)
        assert zeros.shape == shape
        assert not zeros.any()
        with pytest.raises(ValueError, match="read-only"):
            zeros[...] = 1


def test_a_step_with_known_shapes_allocates_nothing() -> None:
    workspace = Workspace()

    def step() -> None:
        for size in (100_000, 50_000):
            workspace.array("a", (size,), np.float64)[...] = 1
            workspace.zeros((size,), np.float64)

    step()
    tracemalloc.start()
    try:
        step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000


def test_ever_new_shapes_do_not_pile_up() -> None:
    workspace = Workspace()
    whole = workspace.array("a", (10_000,), np.float32)
    for size in range(1, 5 * _MOST_VIEWS):
        assert address(workspace.array("a", (size,), np.float32)) == address(whole)
    assert len(workspace._views) <= _MOST_VIEWS
