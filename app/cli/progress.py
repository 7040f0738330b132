"""The events of a training, for a person to follow or for a program to read."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.cli.output import duration, metric_text, print_json
from nn_engine.training import EpochEnd, Event, SettingChanged, StepEnd, TrainBegin

REDRAWS_A_SECOND = 4


class JsonProgress:
    """One JSON object a line: the beginning, each epoch, each change of a setting."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def show(self, event: Event) -> None:
        """Print what is to be printed of an event. Epochs count from 1."""
        match event:
            case TrainBegin():
                begun = {"run": str(self._folder), "run_id": event.run_id}
                print_json({"event": "train_begin", **begun, "epoch": event.epoch + 1, "step": event.step})
            case EpochEnd():
                metrics = {**event.metrics, "learning_rate": event.learning_rate, "seconds": event.seconds}
                print_json({"event": "epoch_end", "epoch": event.epoch + 1, **metrics})
            case SettingChanged():
                change = {"path": event.path, "old": event.old, "new": event.new}
                print_json({"event": "setting_changed", "step": event.step, **change})

    def finish(self) -> None:
        """Nothing is left to do."""


class TextProgress:
    """A line an epoch, and below it, on a terminal, a line that moves."""

    def __init__(self, steps_per_epoch: int, epochs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps, self._epochs, self._clock = steps_per_epoch, epochs, clock
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._begun = self._drawn = clock()
        self._first_step: int | None = None
        self._samples = 0

    def show(self, event: Event) -> None:
        """Print what is to be printed of an event."""
        match event:
            case TrainBegin():
                self._first_step = event.step
                if event.step:
                    print(f"Going on from epoch {event.epoch + 1}, step {event.step:,}.", flush=True)
            case StepEnd():
                self._samples += event.samples
                now = self._clock()
                if self._live and now - self._drawn >= 1 / REDRAWS_A_SECOND:
                    self._drawn = now
                    self._draw(event, now)
            case EpochEnd():
                self.finish()
                print(self._epoch_line(event), flush=True)

    def finish(self) -> None:
        """Take the moving line away."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _draw(self, event: StepEnd, now: float) -> None:
        elapsed = now - self._begun
        done = event.step - (self._first_step or 0)
        left = (self._steps * self._epochs - event.step) * elapsed / max(done, 1)
        filled = round(20 * (event.step % self._steps or self._steps) / self._steps)
        parts = [
            f"epoch {event.epoch + 1}/{self._epochs}",
            f"{duration(left)} left",
            f"loss {event.loss:.4f}",
            f"{self._samples / elapsed:,.0f} samples/s",
            "━" * filled + "─" * (20 - filled),
        ]
        while len("  ".join(parts)) >= shutil.get_terminal_size().columns and len(parts) > 1:
            parts.pop()  # whole parts, never half a number
        print(f"\r\x1b[K{'  '.join(parts)}", end="", file=sys.stderr, flush=True)

    def _epoch_line(self, event: EpochEnd) -> str:
        shown = [metric_text(name, value) for name, value in event.metrics.items()]
        width = len(str(self._epochs))
        best = "  best" if event.improved else ""
        epoch = f"epoch {event.epoch + 1:>{width}}/{self._epochs}"
        return f"{epoch}  {'  '.join(shown)}  rate {event.learning_rate:.4g}  {event.seconds:.2f} s{best}"
