"""Whether the window stands still: how long one turn of the GUI thread's event loop takes, and where it was."""

from __future__ import annotations

import faulthandler
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 5
SAMPLE_SECONDS = 0.02
LATE_SECONDS = 0.06
"""How late the loop has to be before its stack is looked at: a short time, so that the cause is seen, not the end."""
MOST_STACKS, FRAMES = 50, 8


@dataclass(frozen=True)
class Turn:
    """One turn of the event loop."""

    begin: float
    end: float
    busy: float
    """How many seconds the GUI thread computed in it. Otherwise it waited: for a lock, a disk, the machine."""
    stacks: tuple[str, ...] = ()
    """Where it was, seen from beside it."""
    stopped: float = 0.0
    """For how long of it the whole process was stopped by the machine."""

    @property
    def seconds(self) -> float:
        """How long the window stood still while the process could run."""
        return self.end - self.begin - self.stopped

    def __str__(self) -> str:
        stopped = f" and {1000 * self.stopped:.0f} ms in which the process did not run" if self.stopped > 0.001 else ""
        head = f"{1000 * self.seconds:.0f} ms{stopped}; the GUI thread computed {1000 * self.busy:.0f} ms"
        return "\n".join([head, *(f"  seen {count} times at\n{stack}" for stack, count in self._most_seen())])

    def _most_seen(self) -> list[tuple[str, int]]:
        return Counter(self.stacks).most_common(3)


class FreezeWatch(QObject):
    """Times the turns of the loop it is started in, also while a dialog or a menu has a loop of its own.

    A timer beats with every turn. A thread beside it looks at the GUI thread's stack where the beat is late; where that
    thread itself wakes late though no other of the process computed, the machine has stopped the process.
    """

    def __init__(self, keep: int = 20) -> None:
        super().__init__()
        self._keep = keep
        self._longest: list[Turn] = []
        self._busiest: list[Turn] = []
        self._stops: deque[tuple[float, float, float]] = deque(maxlen=1000)
        """When the thread beside it woke late: from, to, and for how long nothing was computed."""
        self._beat_at, self._beat_cpu = 0.0, 0.0
        self._stacks: list[str] = []
        self._gui_thread = 0
        self._over = threading.Event()
        self._sampler: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to watch, in the GUI thread."""
        self._gui_thread = threading.get_ident()
        self._stacks = []
        self._beat_at, self._beat_cpu = time.perf_counter(), time.thread_time()
        self._over.clear()
        self._sampler = threading.Thread(target=self._sample, name="freeze watch", daemon=True)
        self._sampler.start()
        self._timer.start()

    def stop(self) -> None:
        """Watch no more. What has been seen is kept."""
        self._timer.stop()
        self._over.set()
        if self._sampler is not None:
            self._sampler.join()
            self._sampler = None
        self._longest = [self._judged(turn) for turn in self._longest]

    def longest(self) -> Sequence[Turn]:
        """The turns in which the window stood still longest, once it has stopped."""
        return sorted(self._longest, key=lambda turn: -turn.seconds)

    def busiest(self) -> Sequence[Turn]:
        """The turns in which the GUI thread computed longest, whatever the clock said."""
        return self._busiest

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        turn = Turn(self._beat_at, now, cpu - self._beat_cpu, tuple(self._stacks))
        self._longest = sorted([*self._longest, turn], key=lambda each: each.begin - each.end)[: self._keep]
        self._busiest = sorted([*self._busiest, turn], key=lambda each: -each.busy)[: self._keep]
        self._stacks = []
        self._beat_at, self._beat_cpu = now, cpu

    def _judged(self, turn: Turn) -> Turn:
        """The turn with the time in which the process was stopped."""
        found = sum(min(stop, max(0.0, min(turn.end, to) - max(turn.begin, since))) for since, to, stop in self._stops)
        stopped = max(turn.stopped, min(found, turn.end - turn.begin))
        return Turn(turn.begin, turn.end, turn.busy, turn.stacks, stopped)

    def _sample(self) -> None:
        with tempfile.TemporaryFile("w+") as file:
            before, computed = time.perf_counter(), time.process_time()
            while not self._over.wait(SAMPLE_SECONDS):
                now, computed_now = time.perf_counter(), time.process_time()
                stopped = now - before - SAMPLE_SECONDS - (computed_now - computed)
                if stopped > SAMPLE_SECONDS:
                    self._stops.append((before, now, stopped))
                stacks = self._stacks
                if now - self._beat_at > LATE_SECONDS and len(stacks) < MOST_STACKS:
                    stacks.append(self._look(file))
                before, computed = time.perf_counter(), time.process_time()

    def _look(self, file: TextIO) -> str:
        """Where the GUI thread is, the innermost call first.

        Not by ``sys._current_frames()``: a frame that somebody holds keeps its locals, so that a painter would live on
        after the painting and Qt would warn of what is no fault of the program.
        """
        file.seek(0)
        file.truncate()
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        parts = file.read().split("\n\n")
        ours = next((part for part in parts if f"0x{self._gui_thread:016x}" in part), "")
        return "\n".join(ours.splitlines()[1 : 1 + FRAMES])
