"""Shards of one batch that go through the layers side by side, because some layer has to know of the whole batch.

Such a layer says what it found in its own shard and is told what was found in each: an all-gather, as synchronized
batch normalization has among the ranks of a distributed training. Every shard has a thread of its own, but only so many
run at a time as may: who waits for the others lets another run. All are told the same in the same order, so the number
of threads never changes a result.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Group(Protocol):
    """Where shards hear of each other."""

    def all_gather(self, shard: int, found: T) -> Sequence[T]:
        """See Peers."""


class ShardGroup:
    """So many shards, each in a thread of its own, that wait for each other.

    Args:
        shards: how many there are. Each has to come to every gathering, or the group has to be broken up.
        threads: how many of them run at a time.
    """

    def __init__(self, shards: int, threads: int) -> None:
        self.fault: BaseException | None = None
        """What one of them failed with, if one did; the others are then sent home by a BrokenBarrierError."""
        self._everyone = threading.Barrier(shards)
        self._running = threading.Semaphore(min(threads, shards))
        # Two, in turns: who hurries on to the next gathering leaves what others may still be reading.
        self._said: tuple[list[Any], list[Any]] = ([None] * shards, [None] * shards)
        self._gatherings = [0] * shards

    def break_up(self) -> None:
        """Send home whoever waits, or will."""
        self._everyone.abort()

    @contextlib.contextmanager
    def joined(self, peers: "Peers", shard: int) -> Iterator[None]:
        """Within, the network of these peers works on that shard."""
        with self._running, peers.in_group(self, shard):
            try:
                yield
            except threading.BrokenBarrierError:
                raise
            except BaseException as error:
                self.fault = error
                self.break_up()
                raise

    def all_gather(self, shard: int, found: T) -> Sequence[T]:
        """See Peers."""
        said = self._said[self._gatherings[shard] % 2]
        self._gatherings[shard] += 1
        said[shard] = found
        self._running.release()
        try:
            self._everyone.wait()
        finally:
            self._running.acquire()
        return tuple(said)


class Peers:
    """The other shards of a batch, as the layers of a network know them. There are none where a batch comes whole."""

    def __init__(self) -> None:
        self._group: Group | None = None
        self.shard = 0
        """Which of them the network works on: its rank."""

    def all_gather(self, found: T) -> Sequence[T]:
        """What was found in every shard of the batch, in order, for what was found in this one.

        Arrays are handed over as they are: nobody writes to what was said before the next gathering.
        """
        return (found,) if self._group is None else self._group.all_gather(self.shard, found)

    @contextlib.contextmanager
    def in_group(self, group: Group, shard: int) -> Iterator[None]:
        """Within, the network works on this shard of a group."""
        self._group, self.shard = group, shard
        try:
            yield
        finally:
            self._group, self.shard = None, 0
