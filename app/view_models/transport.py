"""Where the training stands, in the few figures that everyone looks at, and what can be done next."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from nn_engine.metrics import higher_is_better
from nn_engine.training import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainBegin, TrainEnd, TrainerState

SPEED_SECONDS = 2.0  # over how long the speed is averaged


BUSY = {"preparing": "The data is being loaded.", "building": "The network is being built."}
"""What the worker does before it can train, by its state."""


@dataclass(frozen=True)
class Actions:
    """What can be done now; a sentence says why something cannot, "" means that it can."""

    train: str = ""
    pause: str = ""
    step: str = ""
    stop: str = ""
    rewind: str = ""


class Transport(QObject):
    """The figures of the transport bar. ``changed`` tells of a new state, not of every step."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.worker_state, self._obeyed = "idle", 0
        self.blocked = ""
        self.clear()

    def clear(self) -> None:
        """Nothing has been trained."""
        self.epoch = self.epochs_done = self.step = self.epochs = self.steps_per_epoch = 0
        self.learning_rate = 0.0
        self.seconds_per_epoch: float | None = None
        self.metrics: dict[str, float] = {}
        self.monitor = ""
        self.best_value: float | None = None
        self.best_epoch = 0
        self.end_reason = self.end_message = ""
        self.wish = ""
        """What was asked for and has not come about: ``train`` until the first step, ``pause``, ``stop``, or ""."""
        self._wish_number, self._wished_at = 0, 0.0
        self.failure = self.failure_reason = ""
        self._marks: deque[tuple[float, int]] = deque()
        self._samples = self._first_step = 0
        self.changed.emit()

    def go_on(self, state: TrainerState, learning_rate: float) -> None:
        """A training that was begun earlier is about to go on, at this rate."""
        self.learning_rate = learning_rate
        self.step = self._first_step = state.snapshot.step
        self.epoch = self._epoch_at(self.step)
        self.epochs_done, self.metrics = state.snapshot.epoch, dict(state.snapshot.metrics)
        self.end_reason = state.end_reason or ("stopped" if state.ended else "")
        if state.best is not None:
            self.best_value, self.best_epoch = state.best.value, state.best.epoch + 1
        self.changed.emit()

    def plan(self, steps_per_epoch: int, epochs: int, monitor: str) -> None:
        """What is about to be trained."""
        self.steps_per_epoch, self.epochs, self.monitor = steps_per_epoch, epochs, monitor
        self.failure = self.failure_reason = ""
        self.changed.emit()

    def expect(self, seconds_per_epoch: float) -> None:
        """How long an epoch takes here, as measured."""
        self.seconds_per_epoch = seconds_per_epoch
        self.changed.emit()

    def fail(self, what: str, why: str) -> None:
        """Something went wrong with the training: what happened in a few words, and why in a sentence."""
        self.failure, self.failure_reason = what, why
        self.changed.emit()

    def set_worker_state(self, state: str, obeyed: int = 0) -> None:
        """What the worker does (idle, preparing, building, running, paused or stopping) and which wish it obeyed last.

        Whatever it tells before it has obeyed the present wish belongs to what was before.
        """
        self.worker_state, self._obeyed = state, obeyed
        if state in ("idle", "paused") and self._wish_obeyed:
            self.wish = ""
        self._marks.clear()
        self.changed.emit()

    def ask(self, wish: str, number: int) -> None:
        """Note what the worker was asked for, so that it can be seen at once, however long it takes to come about."""
        self.wish, self._wish_number, self._wished_at = wish, number, time.monotonic()
        self.changed.emit()

    def block(self, why: str) -> None:
        """Say why the experiment as it is cannot be trained; "" if it can."""
        if why != self.blocked:
            self.blocked = why
            self.changed.emit()

    def ingest(self, events: Sequence[Event]) -> None:
        """Take in what happened."""
        news, begun = False, self.begun
        for event in events:
            if self.starting and self._wish_obeyed and isinstance(event, StepEnd | EpochEnd | TrainEnd):
                self.wish, news = "", True  # it has come about, or to its end
            match event:
                case ShardEnd():
                    continue
                case StepEnd():
                    self.learning_rate = event.learning_rate
                    self._samples += event.samples
                case TrainBegin():
                    self.epochs, self.steps_per_epoch = event.epochs, event.steps_per_epoch
                    self.end_reason = self.failure = self.failure_reason = ""
                    news = True
                case SettingChanged(path="epochs"):
                    self.epochs, news = int(event.new), True
                case EpochEnd():
                    self._end_epoch(event)
                    news = True
                case TrainEnd():
                    self.end_reason, self.end_message, news = event.reason, event.message, True
            self.step = event.step
            self.epoch = self._epoch_at(event.step)
        if events:
            now = time.monotonic()
            self._marks.append((now, self._samples))
            while now - self._marks[0][0] > SPEED_SECONDS and len(self._marks) > 2:
                self._marks.popleft()
        if news or self.begun != begun:
            self.changed.emit()

    def _epoch_at(self, step: int) -> int:
        """The epoch, from 0, that this step is of; right after an epoch's last step still that one."""
        return max(0, -(-step // max(1, self.steps_per_epoch)) - 1)

    def _end_epoch(self, event: EpochEnd) -> None:
        self.metrics = dict(event.metrics)
        self.epochs_done = event.epoch + 1
        value = event.metrics.get(self.monitor)
        if value is None:
            return
        better = self.best_value is None or (value > self.best_value) == higher_is_better(self.monitor)
        if event.improved or (better and value != self.best_value):
            self.best_value, self.best_epoch = value, event.epoch + 1

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether steps are being made."""
        return self.worker_state in ("running", "stopping")

    @property
    def _wish_obeyed(self) -> bool:
        return self._obeyed >= self._wish_number

    @property
    def starting(self) -> bool:
        """Whether training was asked for and its first step is still to come."""
        return self.wish == "train"

    @property
    def busy(self) -> str:
        """What is done before the first step, in words, or ""."""
        if self.worker_state in BUSY:
            return BUSY[self.worker_state]
        if self.starting:
            return "The first step is being made." if self.running else "The training is about to begin."
        return ""

    @property
    def waited_seconds(self) -> float:
        """How long ago the wish was made that is still to come true."""
        return time.monotonic() - self._wished_at if self.wish else 0.0

    @property
    def will_run(self) -> bool:
        """Whether it runs, by what was asked last: the next press turns that around, however quickly it comes."""
        return self.wish == "train" if self.wish else self.running

    @property
    def begun(self) -> bool:
        """Whether there is anything to rewind."""
        return self.step > 0

    @property
    def finished(self) -> bool:
        """Whether every planned epoch is done."""
        return 0 < self.epochs <= self.epochs_done

    @property
    def progress(self) -> float:
        """The share of the planned steps that is done."""
        planned = self.steps_per_epoch * self.epochs
        return min(1.0, self.step / planned) if planned else 0.0

    @property
    def speed(self) -> float | None:
        """Samples a second over the last seconds; none while nothing runs."""
        if len(self._marks) < 2 or self._marks[-1][0] == self._marks[0][0]:
            return None
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        return (after - before) / (last - first)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at the present speed."""
        speed = self.speed
        if not speed or not self.step:
            return None
        samples_a_step = self._samples / max(1, self.step - self._first_step) if self._samples else 0
        left = self.steps_per_epoch * self.epochs - self.step
        return left * samples_a_step / speed if samples_a_step else None

    @property
    def actions(self) -> Actions:
        """What can be done now."""
        busy = "" if self.running else self.busy
        idle = "" if self.running else "Nothing is being trained."
        blocked = busy or self.blocked
        return Actions(
            train=blocked,
            pause=idle,
            step=blocked or ("Pause first." if self.running or self.will_run else ""),
            stop=self._why_no_stop(),
            rewind=busy or ("" if self.begun else "The network still has its initial weights."),
        )

    def _why_no_stop(self) -> str:
        if self.wish == "stop":
            return "It is being stopped."
        possible = self.running or self.starting or (self.begun and not self.end_reason)
        return "" if possible else "Nothing is being trained."
