"""Several parts of a work at once, each in a process of its own.

Threads of one interpreter hand its lock back and forth between any two array operations, which for shards of some dozen
images costs half of what they gain. A process that is a copy of this one has all that a part needs; what it finds it
leaves in memory that all processes share (``shared_memory.py``), or says if it is little.

A fork copies nothing until it is written to, but only Linux has it for programs like this one, and it is safe only
where no other thread is at work: so it is for whoever owns the process to say.
"""

import contextlib
import pickle
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from nn_engine.crew import Crew, usable_cores
from nn_engine.shard_group import Peers

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Worker(Protocol):
    """Whoever works on a part."""

    @property
    def peers(self) -> Peers:
        """Where it hears of the other parts."""


T = TypeVar("T")
What = TypeVar("What")
Member = TypeVar("Member", bound=Worker)
Task = TypeVar("Task")
Work = Callable[[What, Member, Task], T]
"""What somebody does: told what all of them are at, who works, and which part of it is theirs."""

CAN_FORK = sys.platform == "linux"
PATIENCE = 0.0005
"""For so many seconds who waits stays awake: to be woken takes up to a tenth of a millisecond, several times a step."""


class ForkLostError(RuntimeError):
    """A process has ended that was not asked to, or could not begin."""


class Forks(Generic[Member]):
    """A process for each member but the first, for whom this process works.

    Args:
        members: whose work it is. Of what they hold, nothing may change later but what lies in memory that all
            processes share.
        works: all that they may be asked to do.

    Raises:
        ForkLostError: where the system allows no more processes; none is left then.
    """

    def __init__(self, members: Sequence[Member], works: Sequence[Work[Any, Member, Any, Any]]) -> None:
        self._works, self._members = list(works), members
        patience = PATIENCE if len(members) <= usable_cores() else 0.0  # who stays awake must not be in anyone's way
        self._far: list[_Fork] = []
        try:
            for member in members[1:]:
                self._far.append(_Fork(member, self._works, patience, self._far))
        except BaseException as fault:
            self.dismiss()
            if isinstance(fault, OSError):
                raise ForkLostError from fault
            raise

    def each(self, work: Work[What, Member, Task, T], what: What, tasks: Sequence[Task]) -> list[T]:
        """What the work finds for each task, of which there are at most as many as members, in order.

        Raises ForkLostError where a process has ended; whatever the work raises comes through. Either way the processes
        are of no use any more.
        """
        first, called = self._members[0], self._far[: len(tasks) - 1]
        number = self._works.index(work)
        for fork, task in zip(called, tasks[1:], strict=True):
            fork.send((number, what, task))
        with first.peers.in_group(_NearGroup(called), 0):
            found = [work(what, first, tasks[0])]
        return [*found, *(fork.hear() for fork in called)]

    def dismiss(self) -> None:
        """End the processes."""
        for fork in self._far:
            fork.dismiss()
        self._far.clear()


def share_out(
    work: Work[None, Member, Task, T], members: Sequence[Member], tasks: Sequence[Task], may_fork: bool
) -> list[T]:
    """What a work finds for each task, of which there are as many as members, in order; nobody is left behind.

    With ``may_fork`` each has a process, unless this one is among those that cannot have any; else a thread.
    """
    if may_fork and CAN_FORK and len(tasks) > 1:
        with contextlib.suppress(ForkLostError):  # threads do the same
            forks = Forks(members, (work,))
            try:
                return forks.each(work, None, tasks)
            finally:
                forks.dismiss()
    crew = Crew()
    try:
        return crew.each(partial(work, None), members, tasks)
    finally:
        crew.dismiss()


class _Line:
    """One end of what two processes talk over."""

    def __init__(self, connection: "Connection", patience: float) -> None:
        self._connection, self._patience = connection, patience
        self._said = select.poll()
        self._said.register(connection.fileno(), select.POLLIN)

    def send(self, message: object) -> None:
        self._connection.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))

    def hear(self) -> Any:
        until = time.perf_counter() + self._patience
        while not self._said.poll(0) and time.perf_counter() < until:
            pass
        return pickle.loads(self._connection.recv_bytes())

    def close(self) -> None:
        self._connection.close()


class _Fork:
    """One of the processes, as this one sees it."""

    def __init__(
        self, member: Worker, works: Sequence[Work[Any, Any, Any, Any]], patience: float, before: "Sequence[_Fork]"
    ) -> None:
        from multiprocessing import get_context  # most programs that use the package never fork

        context = get_context("fork")
        ours, theirs = context.Pipe()
        self.line, far = _Line(ours, patience), _Line(theirs, patience)
        not_theirs = [*(fork.line for fork in before), self.line]
        arguments = (member, len(not_theirs), works, far, not_theirs)
        self._process = context.Process(target=_serve, args=arguments, daemon=True, name="shard")
        self._process.start()
        far.close()

    def send(self, message: object) -> None:
        try:
            self.line.send(message)
        except OSError:
            raise ForkLostError from None

    def hear(self) -> Any:
        """What it says next; raises what it failed with."""
        try:
            said, fault = self.line.hear()
        except (EOFError, OSError):
            raise ForkLostError from None
        if fault is not None:
            raise fault
        return said

    def dismiss(self) -> None:
        with contextlib.suppress(OSError):
            self.line.send(None)
        self.line.close()  # which it takes for the end as well
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

    def __init__(self, line: _Line) -> None:
        self._line = line

    def all_gather(self, shard: int, found: T) -> Sequence[T]:
        self._line.send((found, None))
        said: Sequence[T] = self._line.hear()
        return said


def _serve(
    member: Worker, rank: int, works: Sequence[Work[Any, Any, Any, Any]], line: _Line, not_mine: Sequence[_Line]
) -> None:
    """Do one task after the other until nobody is there any more to ask for one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the one who trains to decide
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in not_mine:
        other.close()  # else nobody would learn of that one's end
    try:
        while True:
            asked = line.hear()
            if asked is None:
                return
            number, what, task = asked
            try:
                with member.peers.in_group(_FarGroup(line), rank):
                    found = works[number](what, member, task)
            except (EOFError, OSError):
                raise
            except Exception as fault:
                line.send((None, fault))
                continue
            line.send((found, None))
    except (EOFError, OSError):
        return
