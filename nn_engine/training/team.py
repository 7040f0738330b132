"""Those who share the work of a training: a member for each thread, and one that prepares samples ahead."""

import dataclasses
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from nn_engine.crew import Crew
from nn_engine.data.batches import Batches, shard_count
from nn_engine.data.dataset import Dataset
from nn_engine.data.prefetch import Prefetcher
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.metrics import metrics_for, step_metrics_for
from nn_engine.network import PREDICTION_SHARD, Network
from nn_engine.overflow import quietly
from nn_engine.shard_group import ShardGroup
from nn_engine.training.forks import CAN_FORK, ForkLostError, Forks, Place, Work, shared_like
from nn_engine.training.member import Member
from nn_engine.training.plan import TrainingPlan
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

T = TypeVar("T")

MOST_SIDE_BY_SIDE = 4
"""A batch that has to go through as a whole is cut into no more shards: each has a thread, gradients and memory."""


class Team:
    """Gives every thread what it works with, and keeps that as long as it serves.

    Most changes of a plan while training runs concern none of it, and must cost the training nothing.

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
        self._forks: Forks | None = None
        self._forked_state: Floats | None = None  # of the networks in other processes, if there are any
        self._gradient_sum = np.zeros_like(network.gradients)  # of the shards of a step so far
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
        forked, self._forked_state = self._forked_state is not None, None
        if self._may_fork and 1 < count <= self._wanted_threads:
            self._forked_state = shared_like(self._network.state)
        if forked or self._forked_state is not None:
            self.members = self.members[:1]  # the networks of the others work on another state
        self.members = list(self._new_members(count))
        self._augment()

    def _new_members(self, count: int) -> Iterator[Member]:
        plan, network, judge = self._plan, self._network, self._judge
        dtype, (_, size) = network.state.dtype, self._batch_and_shard()
        for number in range(count):
            if number and self._forked_state is not None:
                network = self._network.replica(self._forked_state, shared_like(self._network.gradients))
                judge = self._judge.replica(self._judge.state)  # which judges in a thread
            elif number:  # the networks of a plan before serve this one as well
                known = self.members[number:]
                network = known[0].network if known else self._network.replica(self._network.state)
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

    def train(self, work: Work[T], place: Place, shards: range) -> list[T]:
        """What a member's work finds in shards of a step, of which there are at most as many as members, in order.

        Nothing of the work is kept behind the end (see ``rest``): it may well be a method of whoever has the team.
        """
        if self._forked_state is None or len(shards) == 1:
            return self._in_threads(work, place, shards)
        try:
            np.copyto(self._forked_state, self._network.state)
            if self._forks is None:
                self._crew.dismiss()  # a fork has one thread, whoever else was at work
                self._forks = Forks(self.members, work)
            return self._forks.each(place, shards)
        except BaseException as fault:
            self._dismiss_forks()
            if not isinstance(fault, ForkLostError):
                raise
        self._may_fork = False  # somebody does not want them: threads do the same
        self._gather()
        return self._in_threads(work, place, shards)

    def _dismiss_forks(self) -> None:
        if self._forks is not None:
            self._forks.dismiss()
            self._forks = None

    def _in_threads(self, work: Work[T], place: Place, shards: range) -> list[T]:
        """Side by side where a layer has to know of all of them."""
        do = functools.partial(work, place)
        if len(shards) == 1 or not self._network.needs_whole_batch:
            return self.each(do, shards)
        group = ShardGroup(len(shards), self._wanted_threads)

        def join(member: Member, shard: int) -> T:
            with group.joined(member.network.peers, shard):
                return do(member, shard)

        try:
            return self._crew.each(join, self.members, shards, on_fault=group.break_up)
        except threading.BrokenBarrierError:
            if group.fault is None:
                raise
            raise group.fault from None

    @quietly
    def add_up_gradients(self, group: range, shards: int) -> None:
        """Add what a group of so many shards left in its members' gradients, in the shards' order.

        After the last group the network that is trained holds the sum. It is written only where it is wanted, since
        copying a gradient of a large network takes as long as adding one.
        """
        parts = [member.network.gradients for member in self.members[: len(group)]]
        if group.start:
            parts.insert(0, self._gradient_sum)
        total = self._network.gradients if group.stop == shards else self._gradient_sum
        if len(parts) > 1:
            np.add(parts[0], parts[1], out=total)
        elif total is not parts[0]:
            np.copyto(total, parts[0])
        for part in parts[2:]:
            total += part

    def rest(self) -> None:
        """End all threads; they come back when they are needed again."""
        self._crew.dismiss()
        self._dismiss_forks()
        if self._ahead is not None:
            self._ahead.close()
