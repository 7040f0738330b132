"""Processes that each work on a shard of a step.

Threads of one interpreter hand its lock back and forth between any two array operations, which for shards of some dozen
images costs half of what they gain. A process that is a copy of this one, with the same network, data and plan, needs
but the parameters and its place in the training to compute the same shard to the same bits.

A fork copies nothing until it is written to, but only Linux has it for programs like this one, and it is safe only
where no other thread is at work: so it is for whoever owns the process to say (``Trainer.use_threads``).
"""

import contextlib
import mmap
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from nn_engine.training.member import Member
from nn_engine.types import Floats

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
Place = tuple[int, int]
"""Epoch and batch."""
Work = Callable[[Place, Member, int], T]
"""What is found in a shard, given the place, who works on it and its number."""

CAN_FORK = sys.platform == "linux"


class ForkLostError(RuntimeError):
    """A process has ended that was not asked to, or could not begin."""


class Forks:
    """A process for each member but the first, for whom this process works.

    Args:
        members: whose work it is. Of what they hold, nothing may change later but the first one, and the parameters of
            the others' networks, which lie in memory that all processes share, as do their gradients.
        work: what each does for a shard.

    Raises:
        ForkLostError: where the system allows no more processes; none is left then.
    """

    def __init__(self, members: Sequence[Member], work: Work[Any]) -> None:
        self._work, self._members = work, members
        self._far: list[_Fork] = []
        try:
            for member in members[1:]:
                self._far.append(_Fork(member, work, [fork.connection for fork in self._far]))
        except BaseException as fault:
            self.dismiss()
            if isinstance(fault, OSError):
                raise ForkLostError from fault
            raise

    def each(self, place: Place, shards: range) -> list[Any]:
        """What is found in each shard, of which there are at most as many as members, in order.

        The gradients lie in the members' networks. Raises ForkLostError where a process has ended; whatever a shard
        raises comes through. Either way the processes are of no use any more.
        """
        first = self._members[0]
        called = self._far[: len(shards) - 1]
        for fork, shard in zip(called, shards[1:], strict=True):
            fork.send((place, shard))
        with first.network.peers.in_group(_NearGroup(called), shards[0]):
            found = [self._work(place, first, shards[0])]
        return [*found, *(fork.hear() for fork in called)]

    def dismiss(self) -> None:
        """End the processes."""
        for fork in self._far:
            fork.dismiss()
        self._far.clear()


class _Fork:
    """One of the processes, as this one sees it."""

    def __init__(self, member: Member, work: Work[Any], inherited: "Sequence[Connection]") -> None:
        from multiprocessing import get_context  # most programs that use the package never fork

        context = get_context("fork")
        self.connection, theirs = context.Pipe()
        arguments = (member, work, theirs, (*inherited, self.connection))
        self._process = context.Process(target=_serve, args=arguments, daemon=True, name="shard")
        self._process.start()
        theirs.close()

    def send(self, message: object) -> None:
        try:
            self.connection.send(message)
        except OSError:
            raise ForkLostError from None

    def hear(self) -> Any:
        """What it says next; raises what it failed with."""
        try:
            said, fault = self.connection.recv()
        except (EOFError, OSError):
            raise ForkLostError from None
        if fault is not None:
            raise fault
        return said

    def dismiss(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.send(None)
        self.connection.close()  # which it takes for the end as well
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


class _NearGroup:
    """Where this process and those that it called gather what they found; see ``nn_engine/shard_group.py``."""

    def __init__(self, forks: Sequence[_Fork]) -> None:
        self._forks = forks

    def all_gather(self, shard: int, found: T) -> Sequence[T]:
        said = (found, *(fork.hear() for fork in self._forks))
        for fork in self._forks:
            fork.send(said)
        return said


class _FarGroup:
    """The same, as a called process sees it."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def all_gather(self, shard: int, found: T) -> Sequence[T]:
        self._connection.send((found, None))
        said: Sequence[T] = self._connection.recv()
        return said


def _serve(member: Member, work: Work[Any], connection: "Connection", not_mine: "Sequence[Connection]") -> None:
    """Work on one shard after the other until nobody is there any more to ask for one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the one who trains to decide
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in not_mine:
        other.close()  # else nobody would learn of that one's end
    try:
        while True:
            asked = connection.recv()
            if asked is None:
                return
            place, shard = asked
            try:
                with member.network.peers.in_group(_FarGroup(connection), shard):
                    found = work(place, member, shard)
            except (EOFError, OSError):
                raise
            except Exception as fault:
                connection.send((None, fault))
                continue
            connection.send((found, None))
    except (EOFError, OSError):
        return


def shared_like(array: Floats) -> Floats:
    """Room for such an array in memory that this process and its forks share; zero at first."""
    memory = mmap.mmap(-1, max(1, array.nbytes))
    return np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)
