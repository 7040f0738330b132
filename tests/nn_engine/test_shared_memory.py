"""Arrays that forks share."""

from __future__ import annotations

import os

import numpy as np
import pytest

from nn_engine.shared_memory import is_shared, shared, shared_like


def test_room_for_an_array_is_zero_and_alike() -> None:
    room = shared_like(np.ones((3, 5), np.float32))
    assert room.shape == (3, 5)
    assert room.dtype == np.float32
    assert not room.any()
    assert shared_like(np.ones(0)).shape == (0,)


def test_an_array_moves_once() -> None:
    array = np.arange(6.0)
    there = shared(array)
    np.testing.assert_array_equal(there, array)
    assert not np.shares_memory(there, array)
    assert shared(there) is there


def test_it_is_known_which_arrays_are_shared() -> None:
    array = np.arange(6.0)
    assert not is_shared(array)
    assert not is_shared(array[1:].reshape(5, 1))
    assert is_shared(shared(array))
    assert is_shared(shared(array)[1:].reshape(5, 1))
    assert not is_shared(np.frombuffer(bytearray(8)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied on Linux alone")
def test_what_a_fork_writes_is_seen() -> None:
    array = shared_like(np.zeros(4))
    if not (process := os.fork()):
        array[2] = 7
        os._exit(0)
    os.waitpid(process, 0)
    np.testing.assert_array_equal(array, [0, 0, 7, 0])
