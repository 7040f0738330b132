"""Threads that each own a member: results in order, faults come through, nobody is left behind."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nn_engine.crew import Crew, Hands, groups


def test_a_fault_in_the_callers_own_thread_waits_for_the_others() -> None:
    done = []

    def work(member: int, task: int) -> None:
        if member == 0:
            raise ValueError("mine")
        threading.Event().wait(0.05)
        done.append(task)

    crew = Crew()
    with pytest.raises(ValueError, match="mine"):
        crew.each(work, [0, 1], range(2))
    assert done == [1]
    crew.dismiss()


def test_groups() -> None:
    assert [list(group) for group in groups(5, 2)] == [[0, 1], [2, 3], [4]]
    assert list(groups(0, 2)) == []


@pytest.mark.parametrize("tasks", [0, 1, 2, 7])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_hands_share_all_tasks_and_each_does_neighbouring_ones_in_order(tasks: int, count: int) -> None:
    hands, crew, done = Hands(), Crew(), list[tuple[int, int]]()
    with hands.of(crew, count), np.errstate(over="raise"):
        hands.share(lambda hand, task: done.append((hand, task)), tasks)
        assert sorted(done) == sorted(done, key=lambda pair: pair[1]), "neighbours stay together"
        assert sorted(task for _, task in done) == list(range(tasks))
        settings = list[str]()
        hands.share(lambda hand, task: settings.append(np.geterr()["over"]), tasks)
        assert all(each == "raise" for each in settings), "NumPy's settings are the caller's in every thread"
    crew.dismiss()
    assert hands.count == 1


def test_results_come_in_the_order_of_the_tasks_each_from_a_member_of_its_own() -> None:
    crew = Crew()
    found = crew.each(lambda member, task: (member, task, threading.current_thread()), ["a", "b", "c"], range(4, 7))
    assert [pair[:2] for pair in found] == [("a", 4), ("b", 5), ("c", 6)]
    assert found[0][2] is threading.current_thread()
    assert len({thread for _, _, thread in found[1:]}) >= 1
    assert crew.each(lambda member, task: member, ["a", "b", "c"], [9]) == ["a"]
    crew.dismiss()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shard")]
    crew.dismiss()
    assert crew.each(lambda member, task: task, ["a", "b"], [1, 2]) == [1, 2]  # they come back
    crew.dismiss()
