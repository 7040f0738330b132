"""Preparing batches ahead, in a thread beside the training.

Since every random choice follows from its key (seed, epoch, batch, shard), it makes no difference to a single bit who
prepares a shard, and when.
"""

import threading
from collections import deque
from dataclasses import dataclass

from nn_engine.crew import usable_cores
from nn_engine.data.batches import Batch, Batches, shard_count
from nn_engine.types import Indices
from nn_engine.workspace import Workspace

Place = tuple[int, int, int]
"""Epoch, batch, shard."""
SLOTS = 3
"""One shard in use, one ready, one being prepared."""


@dataclass(frozen=True)
class _Prepared:
    result: Batch | BaseException
    room: Workspace


class Prefetcher:
    """Gives the shards of some batches, and prepares those that will be asked for next.

    The thread begins with the first shard that is asked for and ends with ``close``; after that it may begin again.
    Who asks for another place than the next one gets it all the same: what was prepared is then thrown away.

    Args:
        batches: what to prepare, as it is now; after a change of its augmentation make another prefetcher.
        slots: how many shards are held at a time, the one in use included.
    """

    def __init__(self, batches: Batches, slots: int = SLOTS) -> None:
        self._batches = batches.twin()
        self._changed = threading.Condition()
        self._free = [Workspace() for _ in range(slots)]
        self._ready: deque[_Prepared] = deque()
        self._lent: Workspace | None = None
        self._expected: Place | None = None  # what will be asked for, unless something unusual happens
        self._next: Place | None = None  # what the thread will prepare
        self._attempt = 0  # grows whenever what is prepared is no longer wanted
        self._closing = False
        self._thread: threading.Thread | None = None

    def shard(self, indices: Indices, epoch: int, batch: int, shard: int) -> Batch:
        """What ``Batches.shard`` gives; it holds until the next one is asked for.

        ``indices`` have to be those of the batch, as ``Batches.indices`` gives them. What goes wrong in the thread is
        raised here, when it is the turn of the shard that it concerns.
        """
        place = (epoch, batch, shard)
        with self._changed:
            if self._lent is not None:
                self._free.append(self._lent)
                self._lent = None
            if place != self._expected or self._thread is None:
                self._begin_at(place)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ready)
            prepared = self._ready.popleft()
            self._lent, self._expected = prepared.room, self._after(place)
        if isinstance(prepared.result, BaseException):
            raise prepared.result
        return prepared.result

    def close(self) -> None:
        """End the thread and wait for it; at most the shard it is busy with is still prepared."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._thread, self._closing = None, False

    def _begin_at(self, place: Place) -> None:
        self._free += [prepared.room for prepared in self._ready]
        self._ready.clear()
        self._attempt += 1
        self._next = place
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="prefetch", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or (self._free and self._next))
                if self._closing or self._next is None:
                    return
                place, room, attempt = self._next, self._free.pop(), self._attempt
                self._next = self._after(place)
            prepared = _Prepared(self._prepare(*place, room), room)
            with self._changed:
                if attempt == self._attempt:
                    self._ready.append(prepared)
                else:
                    self._free.append(room)
                self._changed.notify_all()

    def _prepare(self, epoch: int, batch: int, shard: int, room: Workspace) -> Batch | BaseException:
        try:
            return self._batches.shard(self._batches.indices(epoch, batch), epoch, batch, shard, room)
        except BaseException as error:  # for whoever asks for this shard
            return error

    def _after(self, place: Place) -> Place:
        """The place that follows: within the batch, within the epoch, or in the next one."""
        epoch, batch, shard = place
        size = min(self._batches.batch_size, len(self._batches.dataset) - batch * self._batches.batch_size)
        if shard + 1 < shard_count(size, self._batches.shard_size):
            return epoch, batch, shard + 1
        return (epoch, batch + 1, 0) if batch + 1 < len(self._batches) else (epoch + 1, 0, 0)


def has_a_core_to_spare() -> bool:
    """Whether this process may use more than one core, so that preparing ahead saves time."""
    return usable_cores() > 1
