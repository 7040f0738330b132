"""Dropout: learning with a random part of the network switched off."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.elementwise import ElementwiseLayer
from nn_engine.layers.layer import Site
from nn_engine.types import Array, Floats, Shape


@register("dropout")
class DropoutLayer(ElementwiseLayer):
    """Switches off a random share of its inputs in each training step, so that no unit relies on one other.

    y = x·m / (1 - rate), each m 0 with probability ``rate``, else 1; the division keeps the expected sum the same, so
    that prediction, where nothing is dropped, needs no correction (Srivastava et al., 2014). ``rate`` stands for the
    multiple of 1/65536 below 1 that is next to it, in both places.
    """

    group: ClassVar[str] = "regularization"

    rate: Annotated[
        float,
        Setting(
            "The share of values set to zero while training.", low=0, high=1, high_open=True, live=True, suggested=0.2
        ),
    ] = 0.5

    def forward(self, x: Floats, training: bool) -> Floats:
        self._dropped = training and self.rate > 0
        if not self._dropped:
            return x
        self._kept = draw_kept(self.site, x.shape, self.rate)
        y = np.multiply(x, self._kept, out=self.site.scratch("y", x.shape))
        y *= kept_factor(self.rate)
        return y

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if self._dropped:
            grad *= self._kept
            grad *= kept_factor(self.rate)
        return grad


_CHANCES = 65536
"""How many equally likely numbers decide over a place: those of sixteen bits."""
_WORDS = 2048
"""How many numbers of 64 bits are drawn at a time: few enough that their memory is not worth speaking of."""


def draw_kept(site: Site, shape: Shape, rate: float) -> Array:
    """For each place whether it is kept, false with probability ``rate``: the same places in any type of numbers.

    Sixteen random bits decide over each place, which takes a third of the time that random floats do; so the
    probability is that multiple of 1/65536 which is next to the rate; see ``kept_factor``.
    """
    kept = site.scratch("kept", shape, np.bool_)
    flat, limit = kept.reshape(-1), np.uint16(_dropping(rate))
    generator = site.generator().bit_generator
    for start in range(0, flat.size, 4 * _WORDS):
        part = flat[start : start + 4 * _WORDS]
        bits = generator.random_raw(-(-part.size // 4)).view(np.uint16)
        np.greater_equal(bits[: part.size], limit, out=part)
    return kept


def kept_factor(rate: float) -> float:
    """What is kept of ``draw_kept`` is multiplied by: one over the very probability with which it is."""
    return _CHANCES / (_CHANCES - _dropping(rate))


def _dropping(rate: float) -> int:
    """How many of the chances drop a place; never all of them."""
    return min(round(rate * _CHANCES), _CHANCES - 1)
