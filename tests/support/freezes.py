"""Whether the window stands still: how long one turn of the GUI thread's event loop takes, and where it was."""

from __future__ import annotations

import faulthandler
import tempfile
import threading
import time
from collections import Counter
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

    seconds: float
    """How long it took by the clock."""
    busy: float
    """How long the GUI thread computed in it. The rest it waited: for a lock, for a disk, or for its turn on a
    machine that does other things too."""
    stacks: tuple[str, ...] = ()
    """Where it was, seen from beside it."""

    def __str__(self) -> str:
        head = f"{1000 * self.seconds:.0f} ms, of which it computed {1000 * self.busy:.0f} ms"
        return "\n".join([head, *(f"  seen {count} times at\n{stack}" for stack, count in self._most_seen())])

    def _most_seen(self) -> list[tuple[str, int]]:
        return Counter(self.stacks).most_common(3)


class FreezeWatch(QObject):
    """Times the turns of the loop it is started in, also while a dialog or a menu has a loop of its own.

    A timer beats with every turn; a thread beside it looks at the GUI thread's stack where the beat is late.
    """

    def __init__(self, keep: int = 5) -> None:
        super().__init__()
        self._keep = keep
        self.turns: list[Turn] = []
        """The longest so far, by the clock."""
        self.busiest: list[Turn] = []
        """Those in which the GUI thread computed longest."""
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
        self.forgive()
        self._over.clear()
        self._sampler = threading.Thread(target=self._sample, name="freeze watch", daemon=True)
        self._sampler.start()
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        self._over.set()
        if self._sampler is not None:
            self._sampler.join()
            self._sampler = None

    def forgive(self) -> None:
        """Leave out the turn that is going on."""
        self._stacks = []
        self._beat_at, self._beat_cpu = time.perf_counter(), time.thread_time()

    def longer_than(self, seconds: float, *, busy: bool = False) -> Sequence[Turn]:
        """The turns that took longer, by the clock or by the thread's own computing."""
        if busy:
            return [turn for turn in self.busiest if turn.busy > seconds]
        return [turn for turn in self.turns if turn.seconds > seconds]

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        turn = Turn(now - self._beat_at, cpu - self._beat_cpu, tuple(self._stacks))
        self.turns = sorted([*self.turns, turn], key=lambda each: -each.seconds)[: self._keep]
        self.busiest = sorted([*self.busiest, turn], key=lambda each: -each.busy)[: self._keep]
        self._stacks = []
        self._beat_at, self._beat_cpu = now, cpu

    def _sample(self) -> None:
        with tempfile.TemporaryFile("w+") as file:
            while not self._over.wait(SAMPLE_SECONDS):
                stacks = self._stacks
                if time.perf_counter() - self._beat_at > LATE_SECONDS and len(stacks) < MOST_STACKS:
                    stacks.append(self._look(file))

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
