"""Parts of a work, each in a process of its own: what is found, what fails, and that nobody is left behind."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess

import numpy as np
import pytest

from nn_engine.forks import CAN_FORK, ForkLostError, Forks, share_out
from nn_engine.shard_group import Peers
from nn_engine.shared_memory import shared_like

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are copied on Linux alone")


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shard")]


@dataclass
class Somebody:
    name: str
    peers: Peers = field(default_factory=Peers)


def somebodies(count: int) -> list[Somebody]:
    return [Somebody("abcdefgh"[number]) for number in range(count)]


def tell(what: str, member: Somebody, task: int) -> tuple[str, str, int, int]:
    return what, member.name, task, os.getpid()


def test_each_member_does_a_task_and_the_first_does_it_here() -> None:
    forks = Forks(somebodies(3), (tell,))
    try:
        for what in ("this", "that"):
            found = forks.each(tell, what, [7, 8, 9])
            assert [each[:3] for each in found] == [(what, "a", 7), (what, "b", 8), (what, "c", 9)]
            assert found[0][3] == os.getpid()
            assert len({process for *_, process in found}) == 3
        assert [each[:3] for each in forks.each(tell, "less", [1, 2])] == [("less", "a", 1), ("less", "b", 2)]
    finally:
        forks.dismiss()


def test_what_is_said_may_be_long() -> None:
    """More than fits into what lies between two processes, and said by all at the same time."""

    def say(what: bytes, member: Somebody, size: int) -> bytes:
        return what * size

    forks = Forks(somebodies(3), (say,))
    try:
        assert forks.each(say, b"ab", [1_000_000] * 3) == [b"ab" * 1_000_000] * 3
    finally:
        forks.dismiss()


def test_members_hear_what_each_has_found() -> None:
    def gather(_: None, member: Somebody, task: int) -> list[object]:
        return [member.peers.all_gather((member.name, task)), member.peers.all_gather(-task)]

    expected = [(("a", 1), ("b", 2), ("c", 3)), (-1, -2, -3)]
    assert share_out(gather, somebodies(3), [1, 2, 3], may_fork=True) == [expected] * 3


@pytest.mark.parametrize("late", [0.0, 0.05])
def test_who_waits_long_is_woken(late: float) -> None:
    def dawdle(_: None, member: Somebody, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    forks = Forks(somebodies(2), (dawdle,))
    try:
        for seconds in ([0.0, late], [late, 0.0]):
            time.sleep(late)
            assert forks.each(dawdle, None, seconds) == seconds
    finally:
        forks.dismiss()


@pytest.mark.parametrize("may_fork", [False, True])
def test_a_work_is_shared_out(may_fork: bool) -> None:
    room = shared_like(np.zeros((4, 2)))

    def fill(_: None, member: Somebody, row: int) -> int:
        room[row] = row
        return os.getpid()

    processes = share_out(fill, somebodies(4), range(4), may_fork)
    np.testing.assert_array_equal(room, [[0, 0], [1, 1], [2, 2], [3, 3]])
    assert len(set(processes)) == (4 if may_fork else 1)


@pytest.mark.parametrize("may_fork", [False, True])
@pytest.mark.parametrize("who", ["a", "c"])
def test_a_fault_comes_through(may_fork: bool, who: str) -> None:
    def fail(_: None, member: Somebody, task: int) -> None:
        if member.name == who:
            raise LookupError(f"{who} has lost it")

    with pytest.raises(LookupError, match=f"{who} has lost it"):
        share_out(fail, somebodies(3), range(3), may_fork)


def test_where_a_process_is_lost_threads_do_the_same() -> None:
    here = os.getpid()

    def live(_: None, member: Somebody, task: int) -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    assert share_out(live, somebodies(3), range(3), may_fork=True) == [0, 1, 2]


def test_where_no_more_processes_are_allowed_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, left = ForkProcess.start, [None]

    def start(process: ForkProcess) -> None:
        if not left:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        left.pop()
        begin(process)

    monkeypatch.setattr(ForkProcess, "start", start)
    with pytest.raises(ForkLostError):
        Forks(somebodies(3), (tell,))
    left.append(None)
    found = share_out(lambda _, member, task: task, somebodies(3), range(3), may_fork=True)
    assert found == [0, 1, 2]
