"""Made-up curves, for looking at the loss and accuracy panels alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.panels.parts.curve_panel import CurvePanel
from app.theme.tokens import measure
from app.view_models.curves import Curves
from app.widgets.preview import preview
from nn_engine.training.events import EpochEnd, Event, SettingChanged, StepEnd, TrainBegin


def events(steps: int, steps_per_epoch: int = 391, epochs: int = 20, seed: int = 0) -> Iterator[Event]:
    """What a training of digits might tell in its first ``steps`` steps; the rate is changed after the fifth epoch."""
    rng = np.random.default_rng(seed)
    yield TrainBegin("made-up", 0, 0, epochs, steps_per_epoch)
    best = 0.0
    for step in range(1, steps + 1):
        done = step / steps_per_epoch
        mean = 0.13 + 0.2 * np.exp(-done / 2.2) + 2.1 * np.exp(-done * 8)
        loss = float(mean * rng.gamma(7, 1 / 7))
        rate = 0.086 if done < 5 else 0.05
        right = min(0.985, 1 - mean * 0.27) if done > 0.12 else 0.12 + 6 * done
        accuracy = rng.binomial(128, right) / 128
        yield StepEnd("made-up", int(done), step, loss, {"accuracy": accuracy}, rate, 128, step / 1000)
        if step % steps_per_epoch == 0:
            epoch = step // steps_per_epoch
            val_loss = 0.06 + 0.08 * float(np.exp(-(epoch - 1) / 2.5)) + 0.003 * float(rng.normal())
            val_accuracy = 0.983 - 0.02 * float(np.exp(-(epoch - 1) / 2.5)) + 0.001 * float(rng.normal())
            metrics = {"loss": mean, "accuracy": right, "val_loss": val_loss, "val_accuracy": val_accuracy}
            yield EpochEnd("made-up", epoch - 1, step, metrics, rate, 0.4, val_accuracy > best)
            best = max(best, val_accuracy)
            if epoch == 5:
                yield SettingChanged("made-up", 5, step, "optimizer.learning_rate", "0.086", "0.05")


def made_up(steps: int = 2582) -> Curves:
    """Curves as they are after so many steps."""
    curves = Curves()
    curves.ingest(list(events(steps)))
    return curves


class _Headed(QWidget):
    """A panel below a header, as the window shows it."""

    def __init__(self, panel: CurvePanel) -> None:
        super().__init__()
        title = QLabel(panel.title)
        title.setProperty("role", "title")
        header = QHBoxLayout()
        header.setContentsMargins(measure("spacing", "panel_padding"), 0, 8, 0)
        header.addWidget(title, 1)
        for widget in panel.header_widgets():
            header.addWidget(widget)
        top = QWidget()
        top.setFixedHeight(measure("height", "panel_header"))
        top.setLayout(header)
        self.setProperty("surface", "panel")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(top)
        box.addWidget(panel)
        self._panel = panel
        timer = QTimer(self)
        timer.timeout.connect(self._tick)
        timer.start(33)

    def _tick(self) -> None:
        self._panel.refresh()
        self._panel.text_refresh()


def preview_panel(make: Callable[[Curves], CurvePanel]) -> int:
    """Show one of the panels with a training that goes on."""

    def shown() -> QWidget:
        curves = made_up()
        panel = make(curves)
        panel.refresh()
        headed = _Headed(panel)
        rest = iter(list(events(391 * 20))[2600:])
        timer = QTimer(headed)
        timer.timeout.connect(lambda: curves.ingest([event for _, event in zip(range(8), rest, strict=False)]))
        timer.start(33)
        return headed

    return preview(shown, (415, 341))
