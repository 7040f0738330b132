"""The last line of the window: plain words at the left, seed and threads at the right."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.studio import Studio
from app.theme.tokens import measure
from app.widgets.labels import ElidedLabel
from nn_engine.environment import kernels


class StatusLine(QWidget):
    """One line that says what goes on and what can be done next."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setFixedHeight(measure("height", "status_line") - measure("spacing", "hair"))
        self.words = ElidedLabel("", color="text_secondary", size="caption")
        self.facts = ElidedLabel("", color="text_secondary", size="caption")
        self._runs_with, tip = _computing()
        self.facts.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.facts)
        self.refresh()

    def refresh(self) -> None:
        """Say what goes on."""
        self.words.setText(self._sentence())
        self.facts.setText(
            "   ".join(part for part in (f"Seed {self._studio.document.experiment.seed}", self._runs_with) if part)
        )
        self.facts.setFixedWidth(self.facts.sizeHint().width())

    def _sentence(self) -> str:
        studio, transport = self._studio, self._studio.transport
        if transport.busy:
            return f"{transport.busy} Stop gives it up." if transport.starting else transport.busy
        if transport.blocked:
            return transport.blocked
        if transport.failure and not transport.will_run:
            return f"{transport.failure}. {transport.failure_reason}"
        if studio.starts_anew and transport.will_run:
            return "Training goes on as it began. The edits wait for a new training: stop, then press Train anew."
        if studio.starts_anew:
            return "The experiment has changed. Train begins a new training; the run so far is kept."
        if transport.running:
            return "Training. Fields with a blue dot take effect at once; the others wait for a new training."
        if transport.finished or transport.end_reason:
            best = " The best weights answer on the pad." if studio.best_answers else ""
            on = " To go on, press Train for more epochs." if transport.finished else ""
            return f"{transport.end_message}{best}{on}".strip()
        if transport.begun:
            return "Paused. Press Train to go on, or the full stop for one step."
        return "Draw a digit on the right, or press Train. F1 explains whatever is under the pointer."


def _computing() -> tuple[str, str]:
    """What is computed with, in short and in sentences; both were decided before NumPy was imported."""
    threads, named = os.environ.get("OPENBLAS_NUM_THREADS", ""), kernels()
    cores = os.cpu_count() or 1
    counted = f"{threads} thread{'' if threads == '1' else 's'}" if threads else ""
    spare = ", so that this window keeps one" if threads.isdigit() and int(threads) < cores else ""
    sentences = (
        "The seed is what everything random follows from.",
        f"Training computes with {counted or 'as many threads as OpenBLAS chooses'} on {cores} cores{spare}.",
        f"Matrix products are computed by OpenBLAS's {named} kernels." if named else "",
        "Threads and kernels can be chosen in the preferences, for the next start.",
    )
    return ", ".join(part for part in (counted, named) if part), " ".join(filter(None, sentences))
