"""Shards that wait for each other: all hear the same, only so many run at a time, nobody is left waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from nn_engine.crew import Crew
from nn_engine.shard_group import Peers, ShardGroup


def in_a_group(shards: int, threads: int, do: Callable[[Peers], Sequence[object]]) -> list[Sequence[object]]:
    group, crew = ShardGroup(shards, threads), Crew()

    def attend(peers: Peers, shard: int) -> Sequence[object]:
        with group.joined(peers, shard):
            return do(peers)

    try:
        return crew.each(attend, [Peers() for _ in range(shards)], range(shards), on_fault=group.break_up)
    except threading.BrokenBarrierError:
        assert group.fault is not None
        raise group.fault from None
    finally:
        crew.dismiss()


def test_alone_one_hears_oneself() -> None:
    peers = Peers()
    assert peers.all_gather("me") == ("me",)
    assert peers.shard == 0


@pytest.mark.parametrize("threads", [1, 2, 9])
@pytest.mark.parametrize("shards", [2, 5])
def test_all_hear_the_same_in_order_however_many_run(shards: int, threads: int) -> None:
    def talk(peers: Peers) -> Sequence[object]:
        return [tuple(peers.all_gather((number, peers.shard))) for number in range(50)]

    expected = [tuple((number, shard) for shard in range(shards)) for number in range(50)]
    assert in_a_group(shards, threads, talk) == [expected] * shards


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_so_many_run_at_a_time_as_there_are_threads(threads: int) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(peers: Peers) -> Sequence[object]:
        nonlocal running, most
        for _ in range(3):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.005)
            with lock:
                running -= 1
            peers.all_gather(None)
        return ()

    in_a_group(4, threads, work)
    assert most == threads


def test_a_peers_is_free_again_behind_the_group() -> None:
    found: list[Peers] = []

    def sit(peers: Peers) -> Sequence[object]:
        found.append(peers)
        return peers.all_gather(None)

    in_a_group(2, 2, sit)
    assert [(peers.shard, peers.all_gather(1)) for peers in found] == [(0, (1,)), (0, (1,))]


@pytest.mark.parametrize("faulty", [0, 2])
def test_a_fault_sends_the_others_home_and_is_the_one_that_is_raised(faulty: int) -> None:
    def work(peers: Peers) -> Sequence[object]:
        peers.all_gather("first")
        if peers.shard == faulty:
            raise ZeroDivisionError("one of them")
        return peers.all_gather("second")

    with pytest.raises(ZeroDivisionError, match="one of them"):
        in_a_group(3, 1, work)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shard")]
