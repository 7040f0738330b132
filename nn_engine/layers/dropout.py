"""Dropout: learning with a random part of the network switched off."""

from typing import Annotated

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import Layer
from nn_engine.types import Floats, Shape


@register("dropout")
class DropoutLayer(Layer):
    """Switches off a random share of its inputs in each training step, so that no unit relies on one other.

    y = x·m / (1 - rate), each m 0 with probability ``rate``, else 1; the division keeps the expected sum the same, so
    that prediction, where nothing is dropped, needs no correction (Srivastava et al., 2014).
    """

    rate: Annotated[
        float,
        Setting(
            "The share of values set to zero while training.", low=0, high=1, high_open=True, live=True, suggested=0.2
        ),
    ] = 0.5

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Floats, training: bool) -> Floats:
        self._dropped = training and self.rate > 0
        if not self._dropped:
            return x
        site = self.site
        # Drawn in float32 whatever the network computes in, so that both drop the same values.
        draws = site.scratch("draws", x.shape, np.float32)
        site.randomness.generator(site.index).random(out=draws, dtype=np.float32)
        self._mask = np.greater_equal(draws, self.rate, out=site.scratch("mask", x.shape))
        self._mask *= 1 / (1 - self.rate)
        return np.multiply(x, self._mask, out=site.scratch("y", x.shape))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if self._dropped:
            grad *= self._mask
        return grad
