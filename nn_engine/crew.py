"""Several shards of a batch at once, each in a thread of its own.

Each thread has a replica of the network that shares its state but has gradients and scratch memory of its own. Which
thread takes which shard changes nothing, and whoever asked adds the shards' gradients up in their order: so the number
of threads never changes a result. NumPy lets other threads run while it computes, so this pays where a shard's arrays
are large; the matrix products should then have one thread each (see the package's docstring).
"""

import contextvars
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Member = TypeVar("Member")
Task = TypeVar("Task")


class Crew:
    """A thread for each member but the first, for whom the caller's own thread works."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def each(
        self,
        do: Callable[[Member, Task], T],
        members: Sequence[Member],
        tasks: Sequence[Task],
        on_fault: Callable[[], object] = lambda: None,
    ) -> list[T]:
        """What ``do(member, task)`` gives for each task, of which there are at most as many as members, in order.

        ``on_fault`` is called where not all of them could begin, or the caller's own failed, before the others are
        waited for: if they wait for each other, it has to end that.
        """
        if len(tasks) == 1:
            return [do(members[0], tasks[0])]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(len(members) - 1, thread_name_prefix="shard")
        rest: list[Future[T]] = []
        try:
            for member, task in zip(members[1:], tasks[1:], strict=False):
                # In a context like the caller's, since NumPy keeps its settings there.
                rest.append(self._pool.submit(contextvars.copy_context().run, do, member, task))
            first = do(members[0], tasks[0])  # the caller's own thread works as well
        except BaseException:
            on_fault()
            raise
        finally:
            for future in rest:
                future.exception()  # nobody may still be computing when the caller goes on
        return [first, *(future.result() for future in rest)]

    def dismiss(self) -> None:
        """End the threads; they come back when they are needed again."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def groups(count: int, size: int) -> Iterator[range]:
    """The numbers from 0 to ``count`` in groups of ``size``."""
    for start in range(0, count, size):
        yield range(start, min(count, start + size))
