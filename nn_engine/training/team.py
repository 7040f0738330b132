"""Those who share the work of a training: a member for each thread, and one that prepares samples ahead."""

import dataclasses
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from nn_engine.crew import Crew
from nn_engine.data.batches import Batches, shard_count
from nn_engine.data.dataset import Dataset
from nn_engine.data.prefetch import Prefetcher
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.forks import CAN_FORK, ForkLostError, Forks, Work
from nn_engine.metrics import metrics_for, step_metrics_for
from nn_engine.network import PREDICTION_SHARD, Network
from nn_engine.overflow import quietly
from nn_engine.shard_group import ShardGroup
from nn_engine.shared_memory import is_shared, shared, shared_like
from nn_engine.training.member import Member, Place
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.step import Step, can_part, make_step, parts_of
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

What = TypeVar("What")
Task = TypeVar("Task")
T = TypeVar("T")
FoundInShard = tuple[float, dict[str, Floats]]
"""The summed loss, and what each metric counts."""

MOST_SIDE_BY_SIDE = 4
"""A batch that has to go through as a whole is cut into no more shards: each has a thread, gradients and memory."""


class Team:
    """Shares out the work of steps and evaluations, to threads or processes: which of them never changes a result.

    Each has what it works with, as long as that serves. Most changes of a plan while training runs concern none of it,
    and must cost the training nothing.

    Args:
        network: what is trained; the first member's own.
        train: the data to learn from.
        validation: the data to judge by, if any.
        preprocessing: how raw samples become numbers.
    """

    def __init__(
        self, network: Network, train: Dataset, validation: Dataset | None, preprocessing: Preprocessing
    ) -> None:
        self._network, self._train, self._validation, self._preprocessing = network, train, validation, preprocessing
        self._wanted_threads, self._may_fork, self._prefetches = 1, False, False
        self._plan = TrainingPlan()
        self._judge = network
        self._crew = Crew()
        self._forks: Forks[Member] | None = None
        self._forks_wanted = False  # whether there are to be processes whenever there are steps to make
        self._gradient_sum = np.zeros_like(network.gradients)  # of the shards of a step so far
        self.slots: dict[str, Floats] = {}
        """What the optimizer remembers, (trainable_size,) each."""
        self._ahead: Prefetcher | None = None
        self.members: list[Member] = []

    # -- who works ------------------------------------------------------------------------------------------------

    def work_by(self, plan: TrainingPlan, judge: Network) -> None:
        """Work by this plan from now on; ``judge`` is the network that evaluations ask."""
        self._dismiss_forks()  # which have the plan before
        old, self._plan = self._plan, plan
        gathered = bool(self.members) and judge is self._judge
        self._judge = judge
        if not gathered or (old.batch_size, old.seed) != (plan.batch_size, plan.seed):
            self._gather()
        elif old.augmentation != plan.augmentation:
            self._augment()
        # An experiment holds the layers too; what may change in them while training runs is set in the network's.
        for member in self.members:
            for layer, wanted in zip(member.network.layers, plan.live_layers, strict=False):
                layer.take_live_settings(wanted)

    def use_threads(self, count: int, may_fork: bool = False) -> None:
        """Let up to so many threads take part, or processes if they may. Raises ValueError for none."""
        if count < 1:
            raise ValueError(f"threads: expected a whole number from 1 up; received {count}.")
        self._wanted_threads, self._may_fork = count, may_fork and CAN_FORK
        self._gather()

    def use_prefetching(self, on: bool) -> None:
        """Let a thread prepare augmented batches ahead, or none."""
        self._prefetches = on
        self._augment()

    def work_like(self, other: "Team") -> None:
        """Share the work among threads as another team does."""
        self.use_threads(other._wanted_threads, other._may_fork)
        self.use_prefetching(other._prefetches)

    @property
    def shards_per_step(self) -> int:
        """In how many parts a whole batch goes through the network."""
        return shard_count(*self._batch_and_shard())

    def filled_by_shards(self, threads: int) -> float:
        """Which part of so many threads' time the shards of a whole batch fill: 1 where nobody waits for another."""
        samples, size = self._batch_and_shard()
        # The threads take shards in turns. A turn lasts as long as its first shard: only the very last may be smaller.
        turns = (min(size, samples - start) for start in range(0, samples, size * threads))
        return samples / (threads * sum(turns))

    def _batch_and_shard(self) -> tuple[int, int]:
        """How many samples a whole batch has, and a whole shard of it."""
        samples = min(self._plan.batch_size, len(self._train))
        size = self._network.shard_size
        if self._network.needs_whole_batch:
            size = max(size, -(-samples // MOST_SIDE_BY_SIDE))
        return samples, size

    @property
    def could_prefetch(self) -> bool:
        """Whether samples can be prepared ahead: several members prepare theirs at the same time as it is."""
        return bool(self._plan.augmentation) and len(self.members) == 1

    @property
    def threads(self) -> int:
        """How many members work at a time."""
        return min(self._wanted_threads, len(self.members))

    @property
    def batches(self) -> Batches:
        """Where each batch of each epoch is found."""
        return self.members[0].batches

    def _gather(self) -> None:
        self._crew.dismiss()
        self._dismiss_forks()
        shards = self.shards_per_step
        count = shards if self._network.needs_whole_batch else min(self._wanted_threads, shards)
        self._forks_wanted = self._may_fork and 1 < count <= self._wanted_threads
        if self._forks_wanted:
            self._network.move_to(shared(self._network.state), shared(self._network.gradients))
            self._gradient_sum = shared(self._gradient_sum)
            self.slots = {name: shared(slot) for name, slot in self.slots.items()}
        self.members = list(self._new_members(count))
        self._augment()

    def _new_members(self, count: int) -> Iterator[Member]:
        plan, network, judge = self._plan, self._network, self._judge
        dtype, (_, size) = network.state.dtype, self._batch_and_shard()
        for number in range(count):
            if number:  # the networks of a plan before serve this one as well
                known = self.members[number:]
                network = known[0].network if known and self._serves(known[0].network) else self._new_replica()
                judge = network if self._judge is self._network else self._judge.replica(self._judge.state)
            network.randomness.seed = plan.seed
            batches = Batches(self._train, self._preprocessing, plan.batch_size, plan.seed, dtype, size)
            judged = None
            if self._validation is not None:
                judged = Batches(self._validation, self._preprocessing, PREDICTION_SHARD, plan.seed, dtype)
            task = self._train.task
            yield Member(
                network, batches, batches, judge, judged, Workspace(), metrics_for(task), step_metrics_for(task)
            )

    def _serves(self, replica: Network) -> bool:
        """Whether a replica still knows what the network does, and its gradients are seen where they have to be."""
        seen = not self._forks_wanted or is_shared(replica.gradients)
        return replica.state is self._network.state and seen

    def _new_replica(self) -> Network:
        """A network for another member, with gradients of its own."""
        gradients = self._network.gradients
        return self._network.replica(self._network.state, shared_like(gradients) if self._forks_wanted else None)

    def _augment(self) -> None:
        """Augment as the plan says; what was prepared ahead is not what it asks for any more."""
        if self._ahead is not None:
            self._ahead.close()
        for member in self.members:
            member.batches.augment_with(self._plan.augmentation)
        ahead = Prefetcher(self.batches) if self._prefetches and self.could_prefetch else None
        self._ahead = ahead
        self.members = [dataclasses.replace(member, source=ahead or member.batches) for member in self.members]

    # -- working --------------------------------------------------------------------------------------------------

    def each(self, do: Callable[[Member, int], T], tasks: Sequence[int]) -> list[T]:
        """What each task gives, in order; there are at most as many as members, and each member does one."""
        return self._crew.each(do, self.members, tasks)

    def forget(self) -> None:
        """Let the optimizer remember nothing."""
        self._dismiss_forks()  # which have the memory before
        like = shared_like if self._forks_wanted else np.zeros_like
        self.slots = {name: like(self._network.trainable) for name in self._plan.optimizer.slots}

    def remember(self, slots: Mapping[str, Floats]) -> None:
        """Let the optimizer remember what it did at another time."""
        for name, slot in self.slots.items():
            np.copyto(slot, slots[name])

    def train(self, place: Place, shards: range) -> list[FoundInShard]:
        """What is found in shards of a step, of which there are at most as many as members, in order.

        Their gradients stay with the members (see ``keep_gradients`` and ``step``).
        """
        if self.members[-1].network.state is not self._network.state:  # another team has moved it
            self._gather()
        if not self._forks_wanted or len(shards) == 1:
            return self._in_threads(place, shards)
        try:
            return self._each_forked(self._train_shard, place, shards)
        except ForkLostError:  # somebody does not want them: threads do the same
            self._may_fork = False
            self._gather()
        return self._in_threads(place, shards)

    @quietly
    def keep_gradients(self, group: range) -> None:
        """Add what a group of shards left in its members' gradients to what those before it left, in this order."""
        everything = slice(0, self._network.trainable_size)
        _add_up(self._left_by(group, everything), self._gradient_sum)

    def step(self, step: Step, last: range) -> None:
        """Step all parameters, by the gradients kept and those that the ``last`` shards left.

        The processes that had shards do it side by side, if the plan lets parts be stepped apart.

        Raises ChildProcessError where a process has ended that had a part of them.
        """
        size, sharing = self._network.trainable_size, min(last.stop, len(self.members))
        if self._forks is None or sharing == 1 or not can_part(self._plan):
            self._step_part((step, last), self.members[0], slice(0, size))
            return
        try:
            self._each_forked(self._step_part, (step, last), list(parts_of(size, sharing)))
        except ForkLostError:
            raise ChildProcessError(
                "A process that took part in the training has ended in the middle of a step, which cannot be undone; "
                "go on from the last checkpoint"
            ) from None

    def rest(self) -> None:
        """End all threads; they come back when they are needed again."""
        self._crew.dismiss()
        self._dismiss_forks()
        if self._ahead is not None:
            self._ahead.close()

    # -- how it is shared -----------------------------------------------------------------------------------------

    def _each_forked(self, work: Work[What, Member, Task, T], what: What, tasks: Sequence[Task]) -> list[T]:
        try:
            if self._forks is None:
                self._crew.dismiss()  # a fork has one thread, whoever else was at work
                self._forks = Forks(self.members, (self._train_shard, self._step_part))
            return self._forks.each(work, what, tasks)
        except BaseException:
            self._dismiss_forks()
            raise

    def _dismiss_forks(self) -> None:
        if self._forks is not None:
            self._forks.dismiss()
            self._forks = None

    @quietly
    def _train_shard(self, place: Place, member: Member, shard: int) -> FoundInShard:
        return member.train_shard(self._plan.loss, place, shard)

    @quietly
    def _step_part(self, what: tuple[Step, range], member: Member, part: slice) -> None:
        step, last = what
        self._add_up_gradients(last, part)
        make_step(self._plan, self._network, self.slots, step, part, member.workspace)

    def _in_threads(self, place: Place, shards: range) -> list[FoundInShard]:
        """Side by side where a layer has to know of all of them."""
        do = functools.partial(self._train_shard, place)
        if len(shards) == 1 or not self._network.needs_whole_batch:
            return self.each(do, shards)
        group = ShardGroup(len(shards), self._wanted_threads)

        def join(member: Member, shard: int) -> FoundInShard:
            with group.joined(member.peers, shard):
                return do(member, shard)

        try:
            return self._crew.each(join, self.members, shards, on_fault=group.break_up)
        except threading.BrokenBarrierError:
            if group.fault is None:
                raise
            raise group.fault from None

    def _add_up_gradients(self, last: range, part: slice) -> None:
        """Let the trained network hold the sum over all shards, the last group's with it, for a part of its gradients.

        It is written only where it is wanted, since copying a gradient of a large network takes as long as adding one.
        """
        if last.stop == 1:
            return  # the only shard was the trained network's own
        _add_up(self._left_by(last, part), self._network.gradients[part])

    def _left_by(self, group: range, part: slice) -> list[Floats]:
        left = [self._gradient_sum] if group.start else []
        left.extend(member.network.gradients for member in self.members[: len(group)])
        return [gradients[part] for gradients in left]


def _add_up(parts: Sequence[Floats], total: Floats) -> None:
    """Write the sum of arrays, (n,) each, added in their order; the first may be the sum's own memory."""
    if len(parts) == 1:
        np.copyto(total, parts[0])
    else:
        np.add(parts[0], parts[1], out=total)
    for part in parts[2:]:
        total += part
