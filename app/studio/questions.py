"""What is asked of the present training between two of its steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from app.workers.training_worker import Request, TrainingWorker


def _to_nobody(answer: Any) -> None:
    """Where whoever wants the answer hears of it in another way."""


class Questions:
    """Asks no thing again before its answer has come: a training answers when it gets to it, and each costs it time."""

    def __init__(self, worker: TrainingWorker) -> None:
        self._worker = worker
        self._open = False
        self._waiting: dict[str, Callable[[Any], None]] = {}
        self._asked_at: dict[str, float] = {}

    def close(self) -> None:
        """There is nobody to ask for now; what was asked is of no interest any more."""
        self._open = False
        self._waiting.clear()
        self._asked_at.clear()

    def open(self) -> None:
        """There is a training to ask."""
        self._open = True

    def ask(
        self, name: str, question: Request, answered: Callable[[Any], None] = _to_nobody, every: float = 0.0
    ) -> None:
        """Ask, unless the last answer to what goes by this name is still to come, or was asked for in these seconds."""
        now = time.monotonic()
        if not self._open or self.waits_for(name) or now - self._asked_at.get(name, -every) < every:
            return
        self._waiting[name], self._asked_at[name] = answered, now
        self._worker.request(name, question)

    def waits_for(self, name: str) -> bool:
        """Whether the answer to this is still to come."""
        return name in self._waiting

    @property
    def all_answered(self) -> bool:
        """Whether no answer is still to come."""
        return not self._waiting

    def answered(self, name: str, answer: Any) -> None:
        """Give an answer to whom it was for."""
        self._waiting.pop(name, _to_nobody)(answer)

    def failed(self, name: str) -> None:
        """There is no answer; it may be asked again."""
        self._waiting.pop(name, None)
