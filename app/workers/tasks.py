"""One-shot jobs away from the GUI thread: reading a file, evaluating a checkpoint, exporting."""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QThread

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    key: str
    number: int
    function: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]


class TaskWorker(QThread):
    """Does jobs one after the other. Of several with the same key only the last one's result is delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tasks")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._results: deque[Callable[[], None]] = deque()
        self._latest: dict[str, int] = {}
        self._count = 0

    def submit(
        self,
        key: str,
        function: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Run ``function`` in the thread; ``deliver`` then calls ``done`` or ``failed`` in the GUI thread."""
        self._count += 1
        self._latest[key] = self._count
        self._jobs.put(_Job(key, self._count, function, done, failed))

    def deliver(self) -> None:
        """Hand over what is finished; called by the pump. Results that a later job replaced are dropped."""
        while self._results:
            self._results.popleft()()

    def finish(self) -> None:
        """End the thread after the present job; waits for it."""
        self._jobs.put(None)
        self.wait()

    def run(self) -> None:
        """Do the jobs."""
        while (job := self._jobs.get()) is not None:
            try:
                value = job.function()
            except Exception as error:
                log.info("task %s failed: %s", job.key, error)
                self._results.append(lambda job=job, error=error: self._hand_over(job, job.failed, error))  # type: ignore[misc]
            else:
                self._results.append(lambda job=job, value=value: self._hand_over(job, job.done, value))  # type: ignore[misc]

    def _hand_over(self, job: _Job, to: Callable[[Any], None], value: Any) -> None:
        if self._latest.get(job.key) == job.number:
            to(value)
