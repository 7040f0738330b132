"""Shards that wait for each other: all hear the same, only so many run at a time, nobody is left waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from nn_engine.crew import Crew
from nn_engine.meeting import Meeting, Seat


def at_a_meeting(shards: int, threads: int, do: Callable[[Seat], Sequence[object]]) -> list[Sequence[object]]:
    meeting, crew = Meeting(shards, threads), Crew()

    def attend(seat: Seat, shard: int) -> Sequence[object]:
        with meeting.attended(seat, shard):
            return do(seat)

    try:
        return crew.each(attend, [Seat() for _ in range(shards)], range(shards))
    except threading.BrokenBarrierError:
        assert meeting.fault is not None
        raise meeting.fault from None
    finally:
        crew.dismiss()


def test_alone_one_hears_oneself() -> None:
    seat = Seat()
    assert seat.exchange("me") == ("me",)
    assert seat.shard == 0


@pytest.mark.parametrize("threads", [1, 2, 9])
@pytest.mark.parametrize("shards", [2, 5])
def test_all_hear_the_same_in_order_however_many_run(shards: int, threads: int) -> None:
    def talk(seat: Seat) -> Sequence[object]:
        return [tuple(seat.exchange((number, seat.shard))) for number in range(50)]

    expected = [tuple((number, shard) for shard in range(shards)) for number in range(50)]
    assert at_a_meeting(shards, threads, talk) == [expected] * shards


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_so_many_run_at_a_time_as_there_are_threads(threads: int) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(seat: Seat) -> Sequence[object]:
        nonlocal running, most
        for _ in range(3):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.005)
            with lock:
                running -= 1
            seat.exchange(None)
        return ()

    at_a_meeting(4, threads, work)
    assert most == threads


def test_a_seat_is_free_again_behind_the_meeting() -> None:
    seats: list[Seat] = []

    def sit(seat: Seat) -> Sequence[object]:
        seats.append(seat)
        return seat.exchange(None)

    at_a_meeting(2, 2, sit)
    assert [(seat.shard, seat.exchange(1)) for seat in seats] == [(0, (1,)), (0, (1,))]


@pytest.mark.parametrize("faulty", [0, 2])
def test_a_fault_sends_the_others_home_and_is_the_one_that_is_raised(faulty: int) -> None:
    def work(seat: Seat) -> Sequence[object]:
        seat.exchange("first")
        if seat.shard == faulty:
            raise ZeroDivisionError("one of them")
        return seat.exchange("second")

    with pytest.raises(ZeroDivisionError, match="one of them"):
        at_a_meeting(3, 1, work)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shard")]
