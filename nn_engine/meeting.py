"""Shards of one batch that go through the layers side by side, because some layer has to know of the whole batch.

Such a layer says what it found in its own shard and is told what was found in each (``Seat.exchange``). Every shard has
a thread of its own, but only so many run at a time as may: who waits for the others lets another run. All are told the
same in the same order, so the number of threads never changes a result.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Table(Protocol):
    """Where shards hear of each other."""

    def exchange(self, shard: int, found: T) -> Sequence[T]:
        """See Seat."""


class Meeting:
    """Where so many shards, each in a thread of its own, wait for each other.

    Args:
        shards: how many there are. Each has to come to every exchange, or to leave by a fault.
        threads: how many of them run at a time.
    """

    def __init__(self, shards: int, threads: int) -> None:
        self.fault: BaseException | None = None
        """What one of them failed with, if one did; the others are then sent home by a BrokenBarrierError."""
        self._everyone = threading.Barrier(shards)
        self._running = threading.Semaphore(min(threads, shards))
        # Two, in turns: who hurries on to the next exchange leaves what others may still be reading.
        self._said: tuple[list[Any], list[Any]] = ([None] * shards, [None] * shards)
        self._exchanges = [0] * shards

    @contextlib.contextmanager
    def attended(self, seat: "Seat", shard: int) -> Iterator[None]:
        """Within, the network of this seat works on that shard."""
        with self._running, seat.taken(self, shard):
            try:
                yield
            except threading.BrokenBarrierError:
                raise
            except BaseException as error:
                self.fault = error
                self._everyone.abort()
                raise

    def exchange(self, shard: int, found: T) -> Sequence[T]:
        """See Seat."""
        said = self._said[self._exchanges[shard] % 2]
        self._exchanges[shard] += 1
        said[shard] = found
        self._running.release()
        try:
            self._everyone.wait()
        finally:
            self._running.acquire()
        return tuple(said)


class Seat:
    """A network's own place at a meeting. At none, it works on a batch alone."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self.shard = 0
        """Which of the shards the network works on."""

    def exchange(self, found: T) -> Sequence[T]:
        """What was found in every shard of the batch, in order, for what was found in this one.

        Arrays are handed over as they are: nobody writes to what was said before the next exchange.
        """
        return (found,) if self._table is None else self._table.exchange(self.shard, found)

    @contextlib.contextmanager
    def taken(self, table: Table, shard: int) -> Iterator[None]:
        """Within, someone sits here."""
        self._table, self.shard = table, shard
        try:
            yield
        finally:
            self._table, self.shard = None, 0
