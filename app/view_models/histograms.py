"""The histograms of a run: one slice for the end of every epoch, of exactly that moment, and one for the present.

Weights are those that steps are made from, also where it is their running mean that is judged and that answers. Since
that mean is what a run keeps of its epochs, one that is opened again then has no earlier slices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.view_models import histogram_series
from app.view_models.histogram_series import Floats, Layout, Series
from app.view_models.past_histograms import past_slices, round_stride
from nn_engine.inspection.bins import BinRange, choose_range
from nn_engine.inspection.histogram import WHAT, HistogramSlice, LayerHistogram, What, histogram_slice
from nn_engine.network import Network

MOST_SHOWN = 24
TOO_WIDE = 4
"""A range is given up once it has been doubled so many times more than the values need."""
MOST_KEPT = 1024
"""From so many epochs on every second one is given up."""
REQUEST = "histograms."
"""What the names of its requests begin with."""

Question = Callable[[Any], "Answered | None"]
"""Put to a trainer between two steps; it has no answer where there is nothing that belongs to the moment."""

NAMES: dict[What, str] = {"weights": "Weights", "biases": "Biases", "gradients": "Gradients"}


@dataclass
class _Kind:
    """What is kept of weights, of biases or of gradients."""

    epochs: dict[int, HistogramSlice] = field(default_factory=dict)
    """By how many epochs were done: slices of the very end of an epoch, and of the beginning."""
    front: HistogramSlice | None = None
    ranges: dict[str, BinRange] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    behind: tuple[int, ...] = ()
    """The steps of the slices that ``layouts`` were made for."""
    stride: int = 1


@dataclass(frozen=True, eq=False)
class Answered:
    """A slice that was asked for, with what tells whether it still matters."""

    slice: HistogramSlice
    run: int
    steps_per_epoch: int


@dataclass(frozen=True, eq=False)
class Bands:
    """How one layer's percentiles went."""

    name: str
    title: str
    count: int
    not_finite: int
    moments: Floats
    """In epochs: (n,)."""
    values: Floats
    """At ``percentiles``: (n, percentiles)."""
    percentiles: tuple[float, ...] = histogram_series.PERCENTILES


class Histograms(QObject):
    """Slices by kind. Give it slices with ``take``; panels look at ``version`` and ask for ``series`` or ``bands``."""

    changed = Signal()
    """A person has chosen something else to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self.steps_per_epoch = 1
        self.what: What = "weights"
        self.bands_chosen = False
        self.whole_chosen = False
        """Whether the axis reaches to the last value."""
        self._kinds: dict[What, _Kind] = {what: _Kind() for what in WHAT}
        self._percentiles: dict[tuple[What, str, int], Floats] = {}
        self._generation = 0
        self._run = 0
        """Counts the runs, so that what was asked of an earlier one is not taken for this one's."""

    # -- the choices ----------------------------------------------------------------------------------------------

    def choose(self, what: What) -> None:
        """Show weights, biases or gradients."""
        if what != self.what:
            self.what = what
            self._choice()

    def choose_bands(self, bands: bool) -> None:
        """Show bands of percentiles over the epochs, or ridges."""
        if bands != self.bands_chosen:
            self.bands_chosen = bands
            self._choice()

    def choose_whole(self, whole: bool) -> None:
        """Let the axis reach to the last value, or over nearly all of them."""
        if whole != self.whole_chosen:
            self.whole_chosen = whole
            for kind in self._kinds.values():
                kind.layouts.clear()
            self._choice()

    def _choice(self) -> None:
        self.version += 1
        self.changed.emit()

    # -- what the worker is asked ---------------------------------------------------------------------------------

    def wants(self) -> frozenset[str]:
        """The names of the requests to be made now: the kind shown; the others are told of at every epoch's end."""
        return frozenset({REQUEST + self.what})

    def question(self, name: str) -> Question:
        """The function that answers a request, for the worker: it is given the trainer between two steps.

        What it returns is for ``take``.
        """
        what = next(each for each in WHAT if REQUEST + each == name)
        ranges, run = dict(self._kinds[what].ranges), self._run
        return lambda trainer: _answer(trainer, what, ranges, run)

    def questions_at_epochs(self) -> dict[str, Question]:
        """What the worker is to ask of the run that begins now, at its beginning and at the end of every epoch.

        Whoever asks later finds other weights: only between an epoch's last step and the next one they are its own.
        """
        return {f"{REQUEST}epoch.{what}": self._question_at_epochs(what) for what in WHAT}

    def _question_at_epochs(self, what: What) -> Question:
        run = self._run
        ranges: dict[str, BinRange] = {}  # of the worker's thread alone

        def ask(trainer: Any) -> Answered | None:
            answered = _answer(trainer, what, ranges, run)
            if answered is not None:
                ranges.update(answered.slice.ranges)
            return answered

        return ask

    def past_of(self, folder: Path, run_id: str, step: int) -> Callable[[], list[Answered]]:
        """A job for another thread: earlier epochs of the run that begins now, from its folder. It gives ``take``."""
        run = self._run

        def read() -> list[Answered]:
            slices = past_slices(folder, run_id, step, MOST_SHOWN - 1)
            return [Answered(each, run, each.step // each.epoch) for each in slices]

        return read

    # -- what comes in --------------------------------------------------------------------------------------------

    def begin(self, steps_per_epoch: int = 1) -> None:
        """Another run begins: nothing is kept."""
        self.steps_per_epoch = max(1, steps_per_epoch)
        self._run += 1
        self._kinds = {what: _Kind() for what in WHAT}
        self._percentiles.clear()
        self.version += 1

    def clear(self) -> None:
        """Forget everything."""
        self.begin(self.steps_per_epoch)

    def show_network(self, network: Network) -> None:
        """Before a run: the weights and biases as they are now."""
        self.clear()
        self.take([histogram_slice(network, "weights"), histogram_slice(network, "biases")])

    def take(self, slices: Sequence[HistogramSlice | Answered | None]) -> None:
        """Slices in any order: those of an epoch's very end are kept, and the newest of all stands in front.

        Answers to questions about an earlier run are dropped.
        """
        for given in slices:
            if given is None:
                continue
            if isinstance(given, Answered):
                if given.run == self._run:
                    self.steps_per_epoch = given.steps_per_epoch
                    self._take(given.slice)
            else:
                self._take(given)

    def _take(self, each: HistogramSlice) -> None:
        kind = self._kinds[each.what]
        if kind.front is not None and _names(kind.front) != _names(each):
            self._kinds[each.what] = kind = _Kind()  # a network of another shape
        if kind.front is not None and _same(kind.front, each):
            return  # a training that stands still is asked all the time
        done, further = divmod(each.step, self.steps_per_epoch)
        if not further and done % kind.stride == 0:
            kind.epochs.setdefault(done, each)
        if kind.front is None or each.step >= kind.front.step:
            kind.front = each
            kind.ranges.update(each.ranges)
        if len(kind.epochs) > MOST_KEPT:
            kind.stride *= 2
            kind.epochs = {epoch: kept for epoch, kept in kind.epochs.items() if epoch % kind.stride == 0}
        self.version += 1

    def cut(self, last_step: int) -> None:
        """The run goes on from an earlier step: forget what came after it."""
        for kind in self._kinds.values():
            kind.epochs = {epoch: each for epoch, each in kind.epochs.items() if each.step <= last_step}
            kind.layouts.clear()
            if kind.front is not None and kind.front.step > last_step:
                kind.front = max(kind.epochs.values(), key=lambda each: each.step, default=None)
                kind.ranges = {} if kind.front is None else dict(kind.front.ranges)
        self._percentiles = {key: value for key, value in self._percentiles.items() if key[2] <= last_step}
        self.version += 1

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return self._kinds[self.what].front is None

    @property
    def untrained(self) -> bool:
        """Whether all there is to show is a network before its first step."""
        front = self._kinds[self.what].front
        return front is not None and front.step == 0

    def moment(self, slice_: HistogramSlice) -> float:
        """When a slice was taken, in epochs."""
        return slice_.step / self.steps_per_epoch if self.steps_per_epoch > 1 else float(slice_.epoch)

    def shown(self) -> list[HistogramSlice]:
        """The slices that are drawn, oldest first: the newest, and earlier epochs thinned evenly."""
        kind = self._kinds[self.what]
        if kind.front is None:
            return []
        epochs = sorted(epoch for epoch, each in kind.epochs.items() if each.step < kind.front.step)
        stride = round_stride(epochs, MOST_SHOWN - 1)  # so that the marks beside the slices are round numbers
        kept = [kind.epochs[epoch] for epoch in epochs if stride == 1 or epoch % stride == 0]
        return [*kept[-(MOST_SHOWN - 1) :], kind.front]

    def series(self) -> list[Series]:
        """The ridges of every layer."""
        slices, kind = self.shown(), self._kinds[self.what]
        if not slices:
            return []
        behind = tuple(each.step for each in slices[:-1])
        if behind != kind.behind:
            kind.behind = behind
            kind.layouts.clear()
        return [self._one(kind, slices, place) for place in range(len(slices[-1].layers))]

    def _one(self, kind: _Kind, slices: list[HistogramSlice], place: int) -> Series:
        front = slices[-1].layers[place]
        layout = kind.layouts.get(front.name)
        if layout is None or not histogram_series.still_fits(layout, front, self.whole_chosen):
            self._generation += 1
            older = [each.layers[place] for each in slices[:-1]]
            layout = histogram_series.lay_out(older, front, self.whole_chosen, self._generation)
            kind.layouts[front.name] = layout
        return histogram_series.series(layout, front)

    def bands(self) -> list[Bands]:
        """The percentiles of every layer, of all epochs kept and now."""
        kind = self._kinds[self.what]
        if kind.front is None:
            return []
        front = kind.front
        slices = sorted((each for each in kind.epochs.values() if each.step < front.step), key=lambda each: each.step)
        slices.append(front)
        moments = np.array([self.moment(each) for each in slices])
        made = []
        for place, layer in enumerate(front.layers):
            rows = [self._percentiles_of(each, each.layers[place]) for each in slices]
            made.append(Bands(layer.name, layer.title, layer.count, layer.not_finite, moments, np.array(rows)))
        return made

    def _percentiles_of(self, slice_: HistogramSlice, layer: LayerHistogram) -> Floats:
        if slice_ is self._kinds[slice_.what].front:
            return histogram_series.percentiles(layer)
        key = (slice_.what, layer.name, slice_.step)
        if key not in self._percentiles:
            self._percentiles[key] = histogram_series.percentiles(layer)
        return self._percentiles[key]

    def table(self) -> list[tuple[str, float, int, float, float, int]]:
        """Every filled bin of every slice shown: layer, epoch, step, low, high, count."""
        rows = []
        for each in self.shown():
            for layer in each.layers:
                for place in np.flatnonzero(layer.counts).tolist():
                    low = (layer.bins.first + place) * layer.bins.width
                    count = int(layer.counts[place])
                    rows.append((layer.title, self.moment(each), each.step, low, low + layer.bins.width, count))
        return rows


def _answer(trainer: Any, what: What, ranges: dict[str, BinRange], run: int) -> Answered | None:
    """Count what the trainer's moment has; after the end the network holds the best weights, which are another's."""
    if trainer.ended and what == "gradients":
        return None
    vector = trainer.snapshot().weights if trainer.ended else None

    def count(known: dict[str, BinRange]) -> HistogramSlice:
        return histogram_slice(trainer.network, what, known, epoch=trainer.epoch, step=trainer.step, vector=vector)

    made = count(ranges)
    # Weights that diverged widen the ranges; once they are sound again, nothing could be told apart in such bins.
    if unfit := {layer.name for layer in made.layers if _too_wide(layer)}:
        made = count({name: bins for name, bins in ranges.items() if name not in unfit})
    return Answered(made, run, trainer.steps_per_epoch)


def _too_wide(layer: LayerHistogram) -> bool:
    if layer.single:
        return False
    return layer.bins.exponent - choose_range(layer.minimum, layer.maximum).exponent >= TOO_WIDE


def _names(slice_: HistogramSlice) -> list[tuple[str, str, int]]:
    return [(layer.name, layer.title, layer.count) for layer in slice_.layers]


def _same(one: HistogramSlice, other: HistogramSlice) -> bool:
    """Whether nothing has changed between two slices, be they counted in finer or in broader bins."""
    return (one.epoch, one.step) == (other.epoch, other.step) and all(
        a.not_finite == b.not_finite and _alike(a, b) for a, b in zip(one.layers, other.layers, strict=True)
    )


def _alike(one: LayerHistogram, other: LayerHistogram) -> bool:
    bins = histogram_series.common_range([one, other])
    return np.array_equal(one.in_bins(bins), other.in_bins(bins))
