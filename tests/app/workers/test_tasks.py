from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.workers.tasks import TaskWorker


@pytest.fixture
def tasks(qapp: object) -> Iterator[TaskWorker]:
    worker = TaskWorker()
    worker.start()
    yield worker
    worker.finish()
    assert worker.isFinished()


def deliver_until(tasks: TaskWorker, what: Callable[[], object]) -> None:
    limit = time.monotonic() + 5
    while not what():
        assert time.monotonic() < limit
        tasks.deliver()
        time.sleep(0.001)


def unexpected(value: object) -> None:
    raise AssertionError(value)


def test_a_job_is_done_in_the_thread_and_its_result_delivered_here(tasks: TaskWorker) -> None:
    worked: list[int] = []
    delivered: list[tuple[int, object]] = []

    def work() -> int:
        worked.append(threading.get_ident())
        return 7

    tasks.submit("sum", work, lambda value: delivered.append((threading.get_ident(), value)), unexpected)
    deliver_until(tasks, lambda: delivered)
    assert delivered == [(threading.get_ident(), 7)]
    assert worked != [threading.get_ident()]


def test_nothing_is_delivered_until_it_is_asked_for(tasks: TaskWorker) -> None:
    done, delivered = threading.Event(), list[int]()
    tasks.submit("one", lambda: 1, delivered.append, unexpected)
    tasks.submit("two", done.set, lambda _: None, unexpected)
    assert done.wait(5)
    assert delivered == []
    tasks.deliver()
    assert delivered == [1]


def test_a_failure_is_delivered_and_the_next_job_done(tasks: TaskWorker) -> None:
    failures: list[BaseException] = []
    results: list[int] = []
    tasks.submit("bad", lambda: 1 // 0, unexpected, failures.append)
    tasks.submit("good", lambda: 2, results.append, unexpected)
    deliver_until(tasks, lambda: results)
    assert [type(error) for error in failures] == [ZeroDivisionError]


def test_of_several_with_one_key_only_the_last_counts(tasks: TaskWorker) -> None:
    gate, results = threading.Event(), list[object]()
    tasks.submit("same", gate.wait, results.append, unexpected)
    tasks.submit("same", lambda: 2, results.append, unexpected)
    tasks.submit("same", lambda: 3, results.append, unexpected)
    gate.set()
    deliver_until(tasks, lambda: results)
    assert results == [3]


def test_finish_waits_for_the_job_at_hand(qapp: object) -> None:
    tasks, ended = TaskWorker(), list[int]()
    tasks.start()

    def work() -> None:
        time.sleep(0.05)
        ended.append(1)

    tasks.submit("slow", work, lambda _: None, unexpected)
    tasks.finish()
    assert tasks.isFinished()
    assert ended == [1]
