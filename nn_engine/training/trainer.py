"""The trainer: an iterator of events over a state that can be saved, resumed and branched at any step."""

import dataclasses
import json
import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np

from nn_engine.data.batches import Batches, shard_count
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.declarations import set_path, setting_at
from nn_engine.declarations.paths import get_path
from nn_engine.evaluation import add_sums
from nn_engine.metrics import higher_is_better, metrics_for
from nn_engine.network import PREDICTION_SHARD, Network
from nn_engine.training import messages
from nn_engine.training.events import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.state import Best, EpochTotals, Snapshot, TrainerState, frozen_copy
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

DIVERGENCE_STEPS = 50
DIVERGENCE_FACTOR = 4.0
"""Training has diverged when the mean loss of so many steps is so many times that of a constant guess."""

Observer = Callable[[Event, "Trainer"], None]


class Trainer:
    """Trains a network, one event at a time.

    ``fit()`` is a generator: to pause, do not ask for the next event; to stop, call ``request_stop`` and ask on until
    ``TrainEnd``. Everything that is known lies in the trainer, not in the generator, so a generator may be closed and
    another one started in its place. A step that was cut short is made again from its start, to the same bits, since
    all its random choices follow from its place in the training.

    Args:
        network: what is trained. After the end it holds the best weights.
        train: the data to learn from.
        validation: the data to judge each epoch by, if any; nothing is learned from it.
        plan: how to train.
        preprocessing: how raw samples become numbers.
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
        self.network = network
        self.plan = plan or TrainingPlan()
        self.preprocessing = preprocessing or Preprocessing()
        self.run_id = run_id or uuid.uuid4().hex
        self._observers = list(observers)
        self.task = train.task
        self._metrics = metrics_for(train.task)
        self._paired = network.pairs_with(self.plan.loss)
        self._check_fit(train)
        dtype = network.state.dtype
        self._batches = Batches(train, self.preprocessing, self.plan.batch_size, self.plan.seed, dtype)
        self._validation = (
            Batches(validation, self.preprocessing, PREDICTION_SHARD, self.plan.seed, dtype)
            if validation is not None and len(validation)
            else None
        )
        self.monitor = self._choose_monitor()
        self._diverged_above = DIVERGENCE_FACTOR * self.plan.loss.constant_guess(train.targets)
        self._workspace = Workspace()
        self._gradient_sum = np.zeros_like(network.gradients)
        self._slots = self._new_slots()
        self._stop_request = ""
        self._pending_changes: list[SettingChanged] = []
        self._begin_anew()

    # -- setting up -----------------------------------------------------------------------------------------------

    def _begin_anew(self) -> None:
        self.epoch = self.batch = self.step = 0
        self._totals = EpochTotals()
        self._recent: deque[float] = deque(maxlen=DIVERGENCE_STEPS)
        self.best: Best | None = None
        self._memories: list[dict[str, Any]] = [{} for _ in self.plan.callbacks]
        self.history: list[dict[str, float]] = []
        self.changes: list[dict[str, Any]] = []
        self.seconds = 0.0
        self._end_reason = ""
        self._last: TrainerState | None = None
        self._good: TrainerState | None = None
        self._use_plan()

    def _use_plan(self) -> None:
        self._batches.augment_with(self.plan.augmentation)
        self.network.randomness.seed = self.plan.seed
        regularized = [name for name, parameter in self.network.parameters.items() if parameter.regularized]
        weights, gradients = self.network.named_parameters(), self.network.named_gradients()
        self._regularized = [(weights[name], gradients[name]) for name in regularized]

    def _new_slots(self) -> dict[str, Floats]:
        return {name: np.zeros_like(self.network.trainable) for name in self.plan.optimizer.slots}

    def _check_fit(self, train: Dataset) -> None:
        task, loss = train.task, self.plan.loss
        if not len(train):
            raise ValueError("There is nothing to learn from: the training set has no samples.")
        if math.prod(task.sample_shape) != math.prod(self.network.input_shape):
            raise ValueError(
                f"The network takes samples of shape {self.network.input_shape}; the data has {task.sample_shape}. "
                f"Set InputLayer to {math.prod(task.sample_shape)} units."
            )
        if self.network.output_shape != (task.output_size,):
            raise ValueError(
                f"The data has {task.output_size} {task.target_kind}, so the last layer should have as many units; "
                f"it has the output shape {self.network.output_shape}."
            )
        if task.target_kind not in loss.target_kinds:
            raise ValueError(
                f"{loss.registered_name} is for {' or '.join(loss.target_kinds)}; the data has {task.target_kind}."
            )
        loss.check_output(self.network.output_fn, task.output_size)

    def _choose_monitor(self) -> str:
        # The first is what decides if nothing else was chosen: validation before training, accuracy before loss.
        available = sorted(self.metric_names, key=lambda name: (not name.startswith("val_"), name.endswith("loss")))
        if self.plan.monitor is not None and self.plan.monitor not in available:
            raise ValueError(f"monitor: expected one of {', '.join(available)}; received {self.plan.monitor!r}.")
        for callback in self.plan.callbacks:
            watched = getattr(callback, "monitor", None) or getattr(callback, "metric", None) or available[0]
            if watched not in available:
                raise ValueError(
                    f"{callback.registered_name}: expected a metric of {', '.join(available)}; received {watched!r}."
                )
        return self.plan.monitor or available[0]

    # -- what can be asked and changed between events -------------------------------------------------------------

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        return len(self._batches)

    @property
    def step_metric_names(self) -> tuple[str, ...]:
        """The names of the metrics of a step, beside its loss."""
        return tuple(self._metrics)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of an epoch's metrics, losses among them."""
        names = ("loss", *self._metrics)
        return names if self._validation is None else (*names, *(f"val_{name}" for name in names))

    @property
    def learning_rate(self) -> float:
        """The rate that the next step will use."""
        factor = self.plan.schedule.factor(self.step, self.steps_per_epoch, self.plan.epochs)
        return self.plan.optimizer.learning_rate * factor

    def observe(self, observer: Observer) -> None:
        """Add an observer; see the class."""
        self._observers.append(observer)

    def request_stop(self, reason: str = "stopped") -> None:
        """Ask for the end; safe from any thread and from a signal handler. Honoured before the next shard begins."""
        self._stop_request = reason

    def change(self, path: str, text: str) -> None:
        """Change a setting declared ``live``, such as ``optimizer.learning_rate``; it holds from the next step on.

        Raises ValueError, and changes nothing, where the setting does not exist, is not live or refuses the value.
        """
        if not setting_at(self.plan, path).setting.live:
            raise ValueError(f"{path} cannot change while training runs; start a new training to use it.")
        old, new_plan = get_path(self.plan, path), set_path(self.plan, path, text)
        new = get_path(new_plan, path)
        head, *rest = path.split(".")
        if head == "layers":
            self.network.layers[int(rest[0])].change_live(rest[1], new)
        if type(new_plan.optimizer) is not type(self.plan.optimizer):
            raise ValueError(f"{path}: the optimizer itself cannot change while training runs, only its settings.")
        self.plan = new_plan
        self._use_plan()
        event = SettingChanged(self.run_id, self.epoch, self.step, path, _shown(old), _shown(new))
        self.changes.append({"step": self.step, "path": path, "old": event.old, "new": event.new})
        self._pending_changes.append(event)

    def snapshot(self) -> Snapshot:
        """The present moment, to be looked at."""
        metrics = self.history[-1] if self.history else {}
        return Snapshot(frozen_copy(self.network.state), self.epoch, self.step, dict(metrics))

    def state(self) -> TrainerState:
        """Everything needed to go on from here; after the end, from the last step (not from the best weights)."""
        return self._last or self._capture()

    def restore(self, state: TrainerState) -> None:
        """Go back (or on) to a state of a training with the same network and data.

        Raises ValueError, and changes nothing, where the state does not fit the network or the optimizer.
        """
        expected = dict.fromkeys(state.plan.optimizer.slots, self.network.trainable.shape)
        found = {name: slot.shape for name, slot in state.slots.items()}
        if state.snapshot.weights.shape != self.network.state.shape or expected != found:
            raise ValueError(
                f"The saved training does not fit this network: expected {self.network.state.shape} parameters and "
                f"slots {expected}; received {state.snapshot.weights.shape} and {found}."
            )
        self.plan = state.plan
        self._begin_anew()
        self.network.state[...] = state.snapshot.weights
        self._slots = {name: np.array(slot) for name, slot in state.slots.items()}
        self.epoch, self.batch, self.step = state.snapshot.epoch, state.batch, state.snapshot.step
        self._totals, self.best, self.seconds = state.totals, state.best, state.seconds
        self._recent.extend(state.recent_losses)
        self._memories = [dict(memory) for memory in state.callback_memories]
        self.history = [dict(metrics) for metrics in state.history]
        self.changes = [dict(change) for change in state.changes]
        self._end_reason = state.end_reason

    def _capture(self) -> TrainerState:
        return TrainerState(
            snapshot=self.snapshot(),
            plan=self.plan,
            batch=self.batch,
            slots={name: frozen_copy(slot) for name, slot in self._slots.items()},
            totals=self._totals,
            recent_losses=tuple(self._recent),
            best=self.best,
            callback_memories=tuple(dict(memory) for memory in self._memories),
            history=tuple(dict(metrics) for metrics in self.history),
            changes=tuple(dict(change) for change in self.changes),
            seconds=self.seconds,
            end_reason=self._end_reason,
        )

    # -- the generator --------------------------------------------------------------------------------------------

    def fit(self) -> Generator[Event]:
        """Train on from the present state; yields events, the last of them ``TrainEnd``."""
        if self._last is not None:
            self.restore(self._last)
        self._good = self._good or self._capture()
        yield from self._tell(TrainBegin(self.run_id, self.epoch, self.step, self.plan.epochs, self.steps_per_epoch))
        while not (reason := self._reason_to_end()):
            while self._pending_changes:
                yield from self._tell(self._pending_changes.pop(0))
            yield from self._train_step() if self.batch < self.steps_per_epoch else self._end_epoch()
        yield from self._end(reason)

    def _reason_to_end(self) -> str:
        if self._end_reason or self._stop_request:
            return self._end_reason or self._stop_request
        return "completed" if self.epoch >= self.plan.epochs else ""

    def _tell(self, event: Event) -> Iterator[Event]:
        for callback, memory in zip(self.plan.callbacks, self._memories, strict=True):
            self._end_reason = self._end_reason or callback.after(event, memory) or ""
        if isinstance(event, EpochEnd):
            self._good = self._capture()
        for observer in self._observers:
            observer(event, self)
        yield event

    def _train_step(self) -> Iterator[Event]:
        indices = self._batches.indices(self.epoch, self.batch)
        shards = shard_count(len(indices))
        loss_sum, metric_sums, seconds = 0.0, dict.fromkeys(self._metrics, 0.0), 0.0
        for shard in range(shards):
            if self._stop_request:
                return
            started = time.perf_counter()
            loss_sum += self._gradient_of_shard(indices, shard, metric_sums)
            if shards > 1:
                if shard:
                    self._gradient_sum += self.network.gradients
                else:
                    np.copyto(self._gradient_sum, self.network.gradients)
            seconds += time.perf_counter() - started
            if shard < shards - 1:
                yield ShardEnd(self.run_id, self.epoch, self.step, "training", shard + 1, shards)
        started = time.perf_counter()
        if shards > 1:
            np.copyto(self.network.gradients, self._gradient_sum)
        loss = loss_sum / len(indices)
        if self._has_diverged(loss):
            self._end_reason = "diverged"
            return
        rate = self.learning_rate
        self._optimize(rate)
        self.batch += 1
        self.step += 1
        seconds += time.perf_counter() - started
        self.seconds += seconds
        self._totals = self._totals.with_step(len(indices), loss_sum, metric_sums, seconds, rate)
        means = {name: value / len(indices) for name, value in metric_sums.items()}
        yield from self._tell(
            StepEnd(self.run_id, self.epoch, self.step, loss, means, rate, len(indices), self.seconds)
        )

    def _gradient_of_shard(self, indices: Any, shard: int, metric_sums: dict[str, float]) -> float:
        """Forward and backward through one shard; returns its summed loss and adds to ``metric_sums``."""
        batch = self._batches.shard(indices, self.epoch, self.batch, shard)
        self.network.randomness.position = (self.epoch, self.batch, shard)
        outputs = self.network.forward(batch.x, training=True, logits=self._paired)
        for name, metric in self._metrics.items():
            metric_sums[name] += metric.total(outputs, batch.targets)
        loss_sum, grad = self.plan.loss.sum_and_gradient(outputs, batch.targets, self._paired, len(indices))
        self.network.backward(grad, logits=self._paired)
        return loss_sum

    def _optimize(self, rate: float) -> None:
        for regularizer in self.plan.regularization:
            for weights, gradient in self._regularized:
                regularizer.add_gradient(weights, gradient, self._workspace)
        self.plan.optimizer.step(
            self.network.trainable, self.network.gradients, self._slots, rate, self.step + 1, self._workspace
        )

    def _has_diverged(self, loss: float) -> bool:
        self._recent.append(loss)
        full = len(self._recent) == DIVERGENCE_STEPS
        return not math.isfinite(loss) or (full and sum(self._recent) / DIVERGENCE_STEPS > self._diverged_above)

    def _end_epoch(self) -> Iterator[Event]:
        totals = self._totals
        metrics = {"loss": totals.loss / totals.samples}
        metrics |= {name: value / totals.samples for name, value in totals.metrics.items()}
        if self._validation is not None:
            found: dict[str, float] = {}
            yield from self._evaluate(self._validation, found)
            if not found:
                return
            metrics |= {f"val_{name}": value for name, value in found.items()}
            if not math.isfinite(found["loss"]):
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

    def _evaluate(self, data: Batches, found: dict[str, float]) -> Iterator[Event]:
        """Fill ``found`` with the mean loss and metrics; it stays empty if a stop was asked for in between."""
        count = len(data.dataset)
        sums = dict.fromkeys(("loss", *self._metrics), 0.0)
        for shard in range(len(data)):
            if self._stop_request:
                return
            batch = data.read(np.arange(shard * data.batch_size, min(count, (shard + 1) * data.batch_size)))
            add_sums(sums, self.network, batch, self.plan.loss, self._metrics)
            yield ShardEnd(self.run_id, self.epoch, self.step, "evaluation", shard + 1, len(data))
        found.update({name: value / count for name, value in sums.items()})

    def _note_best(self, metrics: dict[str, float]) -> bool:
        value = metrics[self.monitor]
        sign = 1 if higher_is_better(self.monitor) else -1
        if self.best is not None and sign * (value - self.best.value) <= 0:
            return False
        self.best = Best(self.monitor, value, self.epoch, dict(metrics), frozen_copy(self.network.state))
        return True

    def _end(self, reason: str) -> Iterator[Event]:
        loss = self._recent[-1] if self._recent else math.nan
        if reason == "diverged":
            good, epoch = self._good, self.epoch
            assert good is not None  # fit() begins by noting the state it begins with
            self.restore(good)
            message = messages.diverged(epoch, loss, self.plan.optimizer.learning_rate, good.snapshot.epoch)
        else:
            message = messages.ended(reason, self.epoch, self.plan.epochs)
        self._last = dataclasses.replace(self._capture(), end_reason=self._end_reason)
        if self.best is not None:
            self.network.state[...] = self.best.weights
        self._stop_request = ""
        yield from self._tell(
            TrainEnd(
                self.run_id,
                self.epoch,
                self.step,
                reason,
                message,
                self.best.epoch if self.best else None,
                dict(self.best.metrics) if self.best else {},
            )
        )


def _shown(value: Any) -> str:
    config = value.to_config() if hasattr(value, "to_config") else value
    if isinstance(value, tuple):
        config = [item.to_config() if hasattr(item, "to_config") else item for item in value]
    return json.dumps(config)
