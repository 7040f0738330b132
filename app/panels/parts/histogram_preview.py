"""A small training of a made-up network, for looking at the histograms alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.panels.panel import Panel
from app.view_models.histograms import REQUEST, Histograms
from app.widgets.panel_frame import PanelFrame
from app.widgets.preview import preview
from nn_engine.inspection.histogram import WHAT
from nn_engine.layers import DenseLayer, InputLayer
from nn_engine.network import Network

STEPS = 391


def network(hidden: int = 1) -> Network:
    """A network for digits, with so many hidden layers."""
    layers = [DenseLayer(units=300, fn="relu") for _ in range(hidden)]
    return Network([InputLayer(units=784), *layers, DenseLayer(units=10, fn="softmax")])


class MadeUp:
    """Weights that spread as those of a trained network do."""

    def __init__(self, histograms: Histograms, hidden: int = 1) -> None:
        self.histograms, self.network = histograms, network(hidden)
        self.step = 0
        self._rng = np.random.default_rng(0)
        histograms.begin(STEPS)
        self.tell()

    def go(self, steps: int) -> None:
        """Change the weights as so many steps would."""
        self.step += steps
        for name, array in self.network.named_parameters().items():
            spread = (0.0035 if array.size > 50_000 else 0.02) * (steps / 100) ** 0.5 / (1 + self.step / 2000)
            array += spread * self._rng.standard_normal(array.shape)
            if name in self.network.named_gradients():
                size = 0.02 / (1 + self.step / 400)
                self.network.named_gradients()[name][...] = size * self._rng.laplace(size=array.shape)

    steps_per_epoch = STEPS
    ended = False

    def tell(self) -> None:
        """Hand over slices of the present."""
        for what in WHAT:
            # The question is put to a trainer; this object has all of one that it looks at.
            self.histograms.take([self.histograms.question(REQUEST + what)(self)])

    @property
    def epoch(self) -> int:
        """The epoch it is in."""
        return self.step // STEPS


def trained(epochs: float, hidden: int = 1) -> MadeUp:
    """A training after so many epochs."""
    made = MadeUp(Histograms(), hidden)
    while made.step < epochs * STEPS:
        made.go(min(STEPS - made.step % STEPS, max(1, round(epochs * STEPS) - made.step)))
        made.tell()
    return made


def preview_panel(make: Callable[[Histograms], Panel]) -> int:
    """Show the panel with a training that goes on."""

    def shown() -> QWidget:
        made = trained(6.6)
        panel = make(made.histograms)
        frame = PanelFrame(panel.title)
        for widget in panel.header_widgets():
            frame.add_header_widget(widget)
        frame.set_content(panel)
        timer = QTimer(frame)

        def tick() -> None:
            made.go(10)
            made.tell()
            panel.refresh()
            panel.text_refresh()

        timer.timeout.connect(tick)
        timer.start(66)
        panel.refresh()
        return frame

    return preview(shown, (415, 342))
