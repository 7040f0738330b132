"""Threads that each own a member: results in order, faults come through, nobody is left behind."""

from __future__ import annotations

import threading

import pytest

from nn_engine.crew import Crew, groups


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
