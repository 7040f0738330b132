"""Histograms of what a network has learned: weights, biases or gradients of every layer, counted exactly.

For a picture over time the bins must be the same at every moment. The ranges of one slice are given to the next; a
range changes only by doubling (see ``bins``), so that the counts of all slices can be brought to the same bins exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nn_engine.declarations import label_of
from nn_engine.inspection.bins import BINS, BinRange, Counts, choose_range, merged
from nn_engine.network import Network
from nn_engine.types import Floats

What = Literal["weights", "biases", "gradients"]
"""Biases are all that is trained and is not a weight; gradients are those of the weights in the last step."""
WHAT: tuple[What, ...] = get_args(What)

_CHUNK = 32_768
"""Values counted at once: what is needed for them stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class LayerHistogram:
    """The values of one layer."""

    name: str
    """The layer's place, ``layers.1``."""
    title: str
    """What a person calls it: "Dense 300"."""
    count: int
    """How many values there are, finite or not."""
    bins: BinRange
    counts: Counts
    """How many finite values lie in each bin: (BINS,), read-only."""
    minimum: float
    """The smallest finite value; NaN if there is none."""
    maximum: float
    not_finite: int
    """How many values are NaN or infinite; they are in no bin."""

    @property
    def low(self) -> float:
        """Where the bins begin."""
        return self.bins.low

    @property
    def high(self) -> float:
        """Where the bins end."""
        return self.bins.high

    @property
    def single(self) -> bool:
        """Whether at most one value occurs, however often: then it can be put into any bins exactly."""
        return not self.minimum < self.maximum

    def in_bins(self, bins: BinRange) -> Counts:
        """The same values counted in other bins. Raises ValueError where that cannot be done exactly."""
        if not self.single:
            return merged(self.counts, self.bins, bins)
        made = np.zeros(BINS, np.int64)
        if self.count > self.not_finite:
            made[bins.place(self.minimum)] = self.count - self.not_finite
        return made


@dataclass(frozen=True, eq=False)
class HistogramSlice:
    """The histograms of all layers at one moment."""

    what: What
    epoch: int
    step: int
    layers: tuple[LayerHistogram, ...]

    @property
    def ranges(self) -> dict[str, BinRange]:
        """The bins of each layer, to be given to the next slice.

        A layer whose values are all the same does not say yet how far it will reach, so it is left out.
        """
        return {layer.name: layer.bins for layer in self.layers if not layer.single}


def histogram_slice(
    network: Network,
    what: What,
    ranges: Mapping[str, BinRange] | None = None,
    *,
    epoch: int = 0,
    step: int = 0,
    vector: Floats | None = None,
) -> HistogramSlice:
    """Count the values of every layer that has some.

    Args:
        network: what is looked at; nothing in it is changed.
        what: weights, biases or gradients.
        ranges: the ``ranges`` of an earlier slice of the same kind, whose bins are kept or doubled.
        epoch: when it is, as the result will say.
        step: the same in steps.
        vector: another state of the network, such as a snapshot's weights, to count instead of its own.

    Raises ValueError for another ``what``, or for gradients of a snapshot, which has none.
    """
    if what not in WHAT:
        raise ValueError(f"what: expected one of {', '.join(WHAT)}; received {what!r}.")
    if what == "gradients" and vector is not None:
        raise ValueError("what: a saved state has no gradients; ask for weights or biases.")
    known, layers = ranges or {}, []
    for index, arrays in _arrays(network, what, vector).items():
        name = f"layers.{index}"
        label = label_of(type(network.layers[index]))
        title = f"{label[:1].upper()}{label[1:]} {arrays[0].shape[-1]}"
        layers.append(_count(name, title, arrays, known.get(name)))
    return HistogramSlice(what, epoch, step, tuple(layers))


def _arrays(network: Network, what: What, vector: Floats | None) -> dict[int, list[Floats]]:
    """The arrays to count, flat views where possible, by the number of their layer."""
    trained = network.named_gradients()
    source = network.named_parameters() if vector is None else network.vector_as_dict(vector)
    found: dict[int, list[Floats]] = {}
    for name in network.parameters:
        if name not in trained:
            continue
        # A weight joins two things and so has two axes or more; a bias belongs to one.
        if (source[name].ndim >= 2) == (what != "biases"):
            array = trained[name] if what == "gradients" else source[name]
            found.setdefault(int(name.split(".")[1]), []).append(array)
    return found


def _count(name: str, title: str, arrays: list[Floats], bins: BinRange | None) -> LayerHistogram:
    values = [array.reshape(-1) for array in arrays]
    total = sum(each.size for each in values)
    low, high = _extent(values)
    if not (np.isfinite(low) and np.isfinite(high)):
        values = [each[np.isfinite(each)] for each in values]
        low, high = _extent(values)
    finite = sum(each.size for each in values)
    if finite:
        bins = choose_range(low, high) if bins is None else bins.holding(low, high)
    else:
        bins = bins or choose_range(0.0, 0.0)
    counts = np.zeros(BINS, np.int64)
    for each in values:
        for start in range(0, each.size, _CHUNK):
            counts += _binned(each[start : start + _CHUNK], bins)
    counts.flags.writeable = False
    return LayerHistogram(name, title, total, bins, counts, low, high, total - finite)


def _extent(values: list[Floats]) -> tuple[float, float]:
    full = [each for each in values if each.size]
    if not full:
        return np.nan, np.nan
    # NaN goes through minimum and maximum, so it is noticed here without a pass of its own.
    return float(np.min([each.min() for each in full])), float(np.max([each.max() for each in full]))


def _binned(values: Floats, bins: BinRange) -> Counts:
    """How many of a few values fall into each bin."""
    # Scaling up by a power of two never rounds; scaling down may, to zero, and is done in double precision.
    gentle = bins.exponent <= 0
    places = (
        values * values.dtype.type(bins.width**-1) if gentle else np.ldexp(values, -bins.exponent, dtype=np.float64)
    )
    np.floor(places, out=places)
    if not gentle:
        np.minimum(places, -1, out=places, where=values < 0)  # what was rounded to zero from below
    places -= bins.first
    return np.bincount(places.astype(np.intp), minlength=BINS)
