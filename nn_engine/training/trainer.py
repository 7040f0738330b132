"""The trainer: an iterator of events over a state that can be saved, resumed and branched at any step."""

import dataclasses
import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np

from nn_engine.crew import groups
from nn_engine.data.batches import shard_count
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.declarations.paths import get_path, set_value
from nn_engine.evaluation import Tally
from nn_engine.metrics import (
    add_up,
    higher_is_better,
    metric_names,
    metrics_for,
    step_metrics_for,
    values_of,
)
from nn_engine.network import Network
from nn_engine.training import messages
from nn_engine.training.averaging import follow
from nn_engine.training.changes import refuse_unless_live, shown
from nn_engine.training.divergence import DivergenceWatch
from nn_engine.training.events import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.member import Member
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.requirements import check_fit, check_kinds, check_sense, check_state, choose_monitor
from nn_engine.training.state import Best, EpochTotals, Snapshot, TrainerState, frozen_copy
from nn_engine.training.step import Step
from nn_engine.training.team import Team
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

Observer = Callable[[Event, "Trainer"], None]


class Trainer:
    """Trains a network, one event at a time.

    ``fit()`` gives a generator: to pause, do not ask for the next event; to stop, call ``request_stop`` and ask on
    until ``TrainEnd``. Everything that is known lies in the trainer, not in the generator, so a generator may be closed
    and another one started in its place. A step that was cut short is made again from its start, to the same bits,
    since all its random choices follow from its place in the training.

    ``request_stop`` may be called from any thread and from a signal handler; everything else belongs to the thread that
    drives the generator, between two events.

    Args:
        network: what is trained. After the end it holds the weights that answer, which usually are the best.
        train: the data to learn from.
        validation: the data to judge each epoch by, if any; nothing is learned from it.
        plan: how to train.
        preprocessing: how raw samples become numbers; if not given, bytes are divided by 255, all else is left alone.
        observers: called with every event and this trainer before the event is yielded; they change nothing.
        run_id: the name that all events carry; a new one if not given.

    Raises:
        ValueError: where network, data and plan do not fit together, in words.
    """

    def __init__(
        self,
        network: Network,
        train: Dataset,
        validation: Dataset | None = None,
        plan: TrainingPlan | None = None,
        *,
        preprocessing: Preprocessing | None = None,
        observers: Sequence[Observer] = (),
        run_id: str = "",
    ) -> None:
        check_kinds(network, train, validation, plan)
        self.network, self.task = network, train.task
        self.preprocessing = preprocessing or Preprocessing.usual(train.dtype)
        self.run_id = run_id or uuid.uuid4().hex
        self._train, self._validation_data = train, validation if validation is not None and len(validation) else None
        self._observers = list(observers)
        self._metrics, self._step_metrics = metrics_for(train.task), step_metrics_for(train.task)
        self._workspace = Workspace()
        self._team = Team(network, train, self._validation_data, self.preprocessing)
        self._averaged: Network | None = None
        self._use_plan(plan or TrainingPlan())
        self._stop_request = ""
        self._wanted: deque[tuple[str, TrainingPlan]] = deque()
        self._begin_anew()

    # -- setting up -----------------------------------------------------------------------------------------------

    def _use_plan(self, plan: TrainingPlan) -> None:
        """Everything that follows from the plan."""
        check_fit(self.network, self._train, self._validation_data, plan)
        self.plan, self.monitor = plan, choose_monitor(plan, self.metric_names)
        if plan.averaging is None:
            self._averaged = None
        elif self._averaged is None:
            self._averaged = self.network.replica()
        self._team.work_by(plan, self._averaged or self.network)

    def _begin_anew(self) -> None:
        self.epoch = self.batch = self.step = 0
        self._totals = EpochTotals()
        self._watch = DivergenceWatch(self.plan.loss.constant_guess(self._train.targets, self.task.output_size))
        self.best: Best | None = None
        self._team.forget()
        if self._averaged is not None:
            self._averaged.state[...] = self.network.state
        self._memories: list[dict[str, Any]] = [{} for _ in self.plan.callbacks]
        self.history: list[dict[str, float]] = []
        self.changes: list[dict[str, Any]] = []
        self.seconds = 0.0
        self._end_reason = ""
        self.ended = False
        """Whether a training has ended: the network then holds the weights that answer, ``snapshot`` the last ones."""
        self._last: TrainerState | None = None
        self._good: TrainerState | None = None
        self._wanted.clear()

    # -- what can be asked and changed between events -------------------------------------------------------------

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        return len(self._team.batches)

    @property
    def shards_per_step(self) -> int:
        """In how many parts a whole batch goes through the network: as many threads can take part in a step."""
        return self._team.shards_per_step

    def filled_by_shards(self, threads: int) -> float:
        """Which part of so many threads' time the shards of a whole batch fill: 1 where nobody waits for another."""
        return self._team.filled_by_shards(threads)

    @property
    def threads(self) -> int:
        """How many threads take part in a step and in an evaluation."""
        return self._team.threads

    @property
    def validation_count(self) -> int:
        """How many samples each epoch is judged by."""
        return 0 if self._validation_data is None else len(self._validation_data)

    @property
    def step_metric_names(self) -> tuple[str, ...]:
        """The names of the metrics of a step, beside its loss."""
        return tuple(self._step_metrics)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of an epoch's metrics, losses among them."""
        return metric_names(self.task, validated=self._validation_data is not None)

    @property
    def learning_rate(self) -> float:
        """The rate that the next step will use."""
        rate = self.plan.optimizer.learning_rate * self.plan.rate_factor(self.step, self.steps_per_epoch)
        for callback, memory in zip(self.plan.callbacks, self._memories, strict=True):
            rate *= callback.rate_factor(memory)
        return rate

    @property
    def kept_epochs(self) -> frozenset[int] | None:
        """The epochs, from 0, whose networks some callback wants kept; none where no callback minds, so all are."""
        asked = (each.kept_epochs(memory) for each, memory in zip(self.plan.callbacks, self._memories, strict=True))
        wanted = [epochs for epochs in asked if epochs is not None]
        return frozenset().union(*wanted) if wanted else None

    def observe(self, observer: Observer) -> None:
        """Add an observer; see the class."""
        self._observers.append(observer)

    def use_threads(self, count: int, may_fork: bool = False) -> None:
        """Let up to so many threads take the shards of a step and of an evaluation; it never changes a result.

        More than one pays where a step has several shards and each matrix product keeps to one thread. With
        ``may_fork`` they are processes while they work on steps, which is faster (see ``forks.py``); only the owner of
        a process in which no other thread is at work can say so. Where there are none, it is threads all the same.
        """
        self._team.use_threads(count, may_fork)

    @property
    def could_prefetch(self) -> bool:
        """Whether a thread could prepare augmented batches ahead: none is needed where several work on a step."""
        return self._team.could_prefetch

    def use_prefetching(self, on: bool) -> None:
        """Let a thread prepare augmented batches ahead, or none; it never changes a result.

        It pays where this process has a core that nothing else uses.
        """
        self._team.use_prefetching(on)

    def work_like(self, other: "Trainer") -> None:
        """Share the work among threads as another trainer does."""
        self._team.work_like(other._team)

    def request_stop(self, reason: str = "stopped") -> None:
        """Ask the present fit for its end; safe from any thread. Honoured before the next shard begins."""
        self._stop_request = reason

    def change(self, path: str, value: Any) -> None:
        """Change a setting declared ``live``, such as ``optimizer.learning_rate``, from the next step on.

        A step that is in the middle ends as it began. Raises ValueError, and changes nothing, where the setting does
        not exist, is not live, refuses the value or would no longer fit the data.
        """
        latest = self.wanted_plan
        plan = set_value(latest, path, value)
        refuse_unless_live(latest, plan)
        check_fit(self.network, self._train, self._validation_data, plan)
        check_sense(plan, latest)
        if self._wanted and self._wanted[-1][0] == path:
            self._wanted.pop()  # of several changes before the next step only the last counts
        if plan != self.wanted_plan:
            self._wanted.append((path, plan))

    @property
    def wanted_plan(self) -> TrainingPlan:
        """The plan with every change that was asked for, from the next step on."""
        return self._wanted[-1][1] if self._wanted else (self._last or self).plan

    def continue_past_end(self) -> None:
        """Let ``fit`` go on where a callback ended the training; what waited for improvement waits anew."""
        state = self.state()
        if state.end_reason:
            pairs = zip(state.plan.callbacks, state.callback_memories, strict=True)
            memories = tuple(callback.kept_past_end(dict(memory)) for callback, memory in pairs)
            self._last = dataclasses.replace(state, end_reason="", callback_memories=memories)

    def snapshot(self) -> Snapshot:
        """The present moment, to be looked at, with the weights that steps are made from; after the end, the last."""
        return self._last.snapshot if self._last is not None else self._moment(self.network.state)

    def judged_snapshot(self) -> Snapshot:
        """``snapshot``, with the weights that are judged: their running mean where the plan asks for one."""
        return self.snapshot() if self._averaged is None else self._moment(self._averaged.state)

    def _moment(self, weights: Floats) -> Snapshot:
        metrics = self.history[-1] if self.history else {}
        return Snapshot(self.run_id, frozen_copy(weights), self.epoch, self.step, dict(metrics))

    def best_snapshot(self) -> Snapshot | None:
        """The best epoch's end, to be looked at; none before the first epoch has ended."""
        best = self.best
        if best is None:
            return None
        step = (best.epoch + 1) * self.steps_per_epoch
        return Snapshot(self.run_id, best.weights, best.epoch + 1, step, dict(best.metrics))

    @property
    def answering_best(self) -> Best | None:
        """The best epoch where its weights are those that answer: after the end, unless a callback keeps the last."""
        return self.best if self.ended and self.plan.restores_best else None

    def answering_snapshot(self) -> Snapshot:
        """The weights that answer: the best after the end; while there is more to come, those that are judged."""
        return (self.best_snapshot() if self.answering_best else None) or self.judged_snapshot()

    def answering_network(self) -> Network:
        """A copy of the network with the weights that answer."""
        network = self.network.replica()
        network.state[...] = self.answering_snapshot().weights
        return network

    def state(self) -> TrainerState:
        """Everything needed to go on from here; after the end, from the last step (not from the best weights)."""
        return self._last or self._capture()

    def restore(self, state: TrainerState) -> None:
        """Go back (or on) to a state of a training with the same network and data.

        Raises ValueError, and changes nothing, where the state does not fit the network or is not whole.
        """
        check_state(state, self.network, len(self._train))
        self._use_plan(state.plan)
        self._begin_anew()
        self.network.state[...] = state.snapshot.weights
        self._team.remember(state.slots)
        if self._averaged is not None:
            self._averaged.state[...] = state.snapshot.weights if state.average is None else state.average
        self.epoch, self.batch, self.step = state.snapshot.epoch, state.batch, state.snapshot.step
        self._totals, self.best, self.seconds = state.totals, state.best, state.seconds
        self._watch = DivergenceWatch(
            self.plan.loss.constant_guess(self._train.targets, self.task.output_size),
            state.recent_losses,
            state.first_loss,
        )
        self._memories = [dict(memory) for memory in state.callback_memories]
        self.history = [dict(metrics) for metrics in state.history]
        self.changes = [dict(change) for change in state.changes]
        self._end_reason = state.end_reason
        self.ended = state.ended

    def _capture(self) -> TrainerState:
        return TrainerState(
            snapshot=self.snapshot(),
            plan=self.plan,
            batch=self.batch,
            slots={name: frozen_copy(slot) for name, slot in self._team.slots.items()},
            totals=self._totals,
            recent_losses=self._watch.losses,
            first_loss=self._watch.first_loss,
            best=self.best,
            callback_memories=tuple(dict(memory) for memory in self._memories),
            history=tuple(dict(metrics) for metrics in self.history),
            changes=tuple(dict(change) for change in self.changes),
            seconds=self.seconds,
            average=None if self._averaged is None else frozen_copy(self._averaged.state),
            end_reason=self._end_reason,
            ended=self.ended,
        )

    # -- the generator --------------------------------------------------------------------------------------------

    def fit(self) -> Generator[Event]:
        """Train on from the present state; yields events, the last of them ``TrainEnd``."""
        self._stop_request = ""
        return self._fit()

    def _fit(self) -> Generator[Event]:
        if self._last is not None:
            wanted = list(self._wanted)
            self.restore(self._last)
            self._wanted.extend(wanted)
        self.ended = False
        self._good = self._good or self._capture()
        try:
            yield from self._tell(
                TrainBegin(self.run_id, self.epoch, self.step, self.plan.epochs, self.steps_per_epoch)
            )
            while True:
                while self._wanted:
                    yield from self._change_now(*self._wanted.popleft())
                if reason := self._reason_to_end():
                    break
                yield from self._train_step() if self.batch < self.steps_per_epoch else self._end_epoch()
            yield from self._end(reason)
        finally:
            self._team.rest()

    def _reason_to_end(self) -> str:
        if self._end_reason:
            return self._end_reason
        return "completed" if self.epoch >= self.plan.epochs else self._stop_request

    def _tell(self, event: Event) -> Iterator[Event]:
        for callback, memory in zip(self.plan.callbacks, self._memories, strict=True):
            reason = callback.after(event, memory)
            self._end_reason = self._end_reason or reason or ""
        if isinstance(event, EpochEnd):
            self._good = self._capture()
        for observer in self._observers:
            observer(event, self)
        yield event

    def _change_now(self, path: str, plan: TrainingPlan) -> Iterator[Event]:
        old, new = shown(get_path(self.plan, path)), shown(get_path(plan, path))
        self._use_plan(plan)
        if self.changes and self.changes[-1]["step"] == self.step and self.changes[-1]["path"] == path:
            old = self.changes.pop()["old"]
        self.changes.append({"step": self.step, "path": path, "old": old, "new": new})
        yield from self._tell(SettingChanged(self.run_id, self.epoch, self.step, path, old, new))

    def _train_step(self) -> Iterator[Event]:
        indices = self._team.batches.indices(self.epoch, self.batch)
        shards = shard_count(len(indices), self._team.batches.shard_size)
        counts: dict[str, Floats] = {}
        loss_sum, seconds = 0.0, 0.0
        for group in groups(shards, len(self._team.members)):
            if self._stop_request:
                return
            started = time.perf_counter()
            found = self._team.train((self.epoch, self.batch), group)
            for loss_of_shard, counts_of_shard in found:
                loss_sum += loss_of_shard
                add_up(self._step_metrics, counts, counts_of_shard)
            if group.stop < shards:
                self._team.keep_gradients(group)
            seconds += time.perf_counter() - started
            for shard in group:
                if shard < shards - 1:
                    yield from self._tell(ShardEnd(self.run_id, self.epoch, self.step, "training", shard + 1, shards))
        started = time.perf_counter()
        loss = loss_sum / len(indices)
        if self._watch.note(loss):
            self._end_reason = "diverged"
            return
        rate = self.learning_rate
        self._optimize(group, rate)
        self.batch += 1
        self.step += 1
        seconds += time.perf_counter() - started
        self.seconds += seconds
        self._totals = self._totals.with_step(len(indices), loss_sum, counts, seconds, rate)
        metrics = values_of(counts, self._step_metrics, len(indices))
        yield from self._tell(
            StepEnd(self.run_id, self.epoch, self.step, loss, metrics, rate, len(indices), self.seconds)
        )

    def _optimize(self, last: range, rate: float) -> None:
        """Make the step, whose ``last`` group of shards has left its gradients where it worked."""
        network, plan = self.network, self.plan
        step = Step(rate, self.step + 1, plan.momentum(self.step, self.steps_per_epoch))
        self._team.step(step, last)
        network.settle()
        if self._averaged is not None and plan.averaging is not None:
            follow(self._averaged.state, network.state, plan.averaging, self.step, self._workspace)

    def _end_epoch(self) -> Iterator[Event]:
        totals = self._totals
        metrics = {"loss": totals.loss / totals.samples}
        counts = {name: np.array(values) for name, values in totals.metrics.items()}
        metrics |= values_of(counts, self._step_metrics, totals.samples)
        if self._validation_data is not None:
            found: dict[str, float] = {}
            yield from self._evaluate(found)
            if not found:
                return
            metrics |= {f"val_{name}": value for name, value in found.items()}
        # The loss of the last step was measured before that step was made, so it does not vouch for the parameters.
        sound = math.isfinite(metrics.get("val_loss", 0.0)) and bool(np.isfinite(self.network.state).all())
        if not sound or self._watch.note_epoch(self.steps_per_epoch):
            self._end_reason = "diverged"
            return
        improved = self._note_best(metrics)
        self.history.append(metrics)
        event = EpochEnd(
            self.run_id, self.epoch, self.step, dict(metrics), totals.learning_rate, totals.seconds, improved
        )
        # The place moves on before anyone is told, so that a state saved on this event is the next epoch's start.
        self.epoch, self.batch, self._totals = self.epoch + 1, 0, EpochTotals()
        yield from self._tell(event)

    def _evaluate(self, found: dict[str, float]) -> Iterator[Event]:
        """Fill ``found`` with the mean loss and metrics; it stays empty if a stop was asked for in between."""
        data = self._team.members[0].judged
        assert data is not None
        tally = Tally(self.plan.loss, self._metrics)
        for group in groups(len(data), self._team.threads):
            if self._stop_request:
                return
            for found_in_shard in self._team.each(self._judge_shard, group):
                tally.take(found_in_shard)
            for shard in group:
                yield from self._tell(ShardEnd(self.run_id, self.epoch, self.step, "evaluation", shard + 1, len(data)))
        found.update(tally.values())

    def _judge_shard(self, member: Member, shard: int) -> Tally:
        """The answers to one shard of the validation data, counted, in any thread."""
        return member.judge_shard(self.plan.loss, shard)

    def _note_best(self, metrics: dict[str, float]) -> bool:
        value = metrics[self.monitor]
        sign = 1 if higher_is_better(self.monitor) else -1
        if self.best is not None and not sign * (value - self.best.value) > 0:  # NaN is none
            return False
        judged = self._averaged or self.network
        self.best = Best(self.monitor, value, self.epoch, dict(metrics), frozen_copy(judged.state))
        return True

    def _end(self, reason: str) -> Iterator[Event]:
        if reason == "diverged":
            good, epoch, losses = self._good, self.epoch, self._watch.losses
            step = self.step + (self.batch < self.steps_per_epoch)  # its loss is known before it is made
            assert good is not None  # fit() begins by noting the state it begins with
            rate, usual = self.plan.optimizer.learning_rate, type(self.plan.optimizer)().learning_rate
            # Back to that moment, but with the settings as they are now, which is what a person sees.
            later = ({**change, "step": good.snapshot.step} for change in self.changes[len(good.changes) :])
            self.restore(dataclasses.replace(good, plan=self.plan, changes=(*good.changes, *later)))
            message = messages.diverged(epoch, step, losses[-1], rate, min(rate / 3, usual), good)
        else:
            message = messages.ended(reason, self.epoch, self.plan.epochs)
        self.ended = True
        self._last = self._capture()
        self.network.state[...] = self.answering_snapshot().weights
        best_epoch, best_metrics = (self.best.epoch, dict(self.best.metrics)) if self.best else (None, {})
        yield from self._tell(TrainEnd(self.run_id, self.epoch, self.step, reason, message, best_epoch, best_metrics))
