"""Batch normalization: every channel brought to the same mean and spread."""

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import ChannelMap, Layer, Parameter, Site
from nn_engine.layouts import Layout
from nn_engine.types import Floats, Shape

_PART = 100_000
"""About so many numbers are worked through at a time, so that they stay in the processor's cache from pass to pass."""

_NOTHING: tuple[Floats, Floats, int] = (np.empty(0), np.empty(0), 0)
"""The statistics of no batch: mean, variance, number of values."""


@register("batch_norm", label="batch normalization")
class BatchNormLayer(Layer):
    """Gives every channel mean zero and spread one over the batch, then a learned scale and shift.

    y = γ·(x - μ) / √(σ² + ε) + β for each channel (of what is no image: each value), μ and σ² its mean and variance
    over the whole batch and all pixels (Ioffe and Szegedy, 2015). With x̂ = (x - μ) / √(σ² + ε), g = ∂L/∂y and means
    over the same values: ∂L/∂x = γ / √(σ² + ε) · (g - mean(g) - x̂·mean(g·x̂)), ∂L/∂γ = Σ g·x̂, ∂L/∂β = Σ g.

    Prediction takes running statistics, which follow every step: r ← m·r + (1 - m)·(statistic of the batch), with the
    variance as a sample's estimate, Σ (x - μ)² / (n - 1); a batch of a single value leaves them as they are.
    """

    group: ClassVar[str] = "normalization"
    needs_whole_batch: ClassVar[bool] = True

    momentum: Annotated[
        float, Setting("How much of the running statistics is kept at each step.", low=0, high=1, high_open=True)
    ] = 0.9
    epsilon: Annotated[
        float, Setting("What is added to the variance, so that nothing is divided by zero.", low=1e-12, high=1)
    ] = 1e-5

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        count = input_shape[-1]
        return (
            Parameter("scale", (count,), "ones", count, count),
            Parameter("shift", (count,), "zeros", count, count),
            Parameter("running_mean", (count,), "zeros", count, count, trainable=False),
            Parameter("running_variance", (count,), "ones", count, count, trainable=False),
        )

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """See Layer: any layout in which nothing is missing, best one in which the values of a channel lie together."""
        if taken != given or not taken.holds_all(input_shape):
            return None
        return 0.0 if taken.batch_last or len(input_shape) == 1 else float(math.prod(input_shape))

    @property
    def needs_output(self) -> bool:
        """See Layer."""
        return False

    def bind(self, site: Site) -> None:
        super().bind(site)
        self._noted = _NOTHING

    def forward(self, x: Floats, training: bool) -> Floats:
        site, self._training = self.site, training
        y = site.scratch("y", x.shape)
        if not training:
            self._predict(x, y)
            return y
        centred = x if site.overwrites else site.scratch("centred", x.shape)
        x3, c3, y3 = (site.given.channels_in_the_middle(each) for each in (x, centred, y))
        mean, squares = self._channel("mean"), self._channel("squares")
        count = x3.size // x3.shape[1]

        for part in self._parts(x3):
            self._sum(x3[part], None, mean[part[1]])
            mean[part[1]] /= max(1, count)
            np.subtract(x3[part], mean[part[1], np.newaxis], out=c3[part])
            self._sum(c3[part], c3[part], squares[part[1]])
        self._centred, self._gap = c3, self._hear_of_all(count, mean, squares)
        factor, offset = self._channel("factor"), self._channel("offset")
        np.multiply(self._inverse, site.state["scale"], out=factor)
        np.multiply(self._gap, factor, out=offset)
        offset += site.state["shift"]
        for part in self._parts(x3):
            np.multiply(c3[part], factor[part[1], np.newaxis], out=y3[part])
            y3[part] += offset[part[1], np.newaxis]
        return y

    def _hear_of_all(self, count: int, mean: Floats, squares: Floats) -> Floats:
        """The statistics of the whole batch from those of its shards (Chan, Golub and LeVeque, 1979).

        Returns how far the shard's own mean lies above that of the batch.
        """
        found = self.site.peers.all_gather((count, mean, squares))
        self._count = max(1, sum(each[0] for each in found))
        gap, variance, inverse = (self._channel(name) for name in ("gap", "variance", "inverse"))
        if len(found) == 1:
            whole_mean = mean
            np.divide(squares, self._count, out=variance)
        else:
            whole_mean, part = self._channel("whole_mean"), self._channel("part")
            whole_mean.fill(0)
            for counted, its_mean, _ in found:
                whole_mean += np.multiply(its_mean, counted / self._count, out=part)
            variance.fill(0)
            for counted, its_mean, its_squares in found:
                np.subtract(its_mean, whole_mean, out=part)
                part *= part
                part *= counted
                variance += part
                variance += its_squares
            variance /= self._count
        np.subtract(mean, whole_mean, out=gap)
        np.add(variance, self.epsilon, out=inverse)
        np.sqrt(inverse, out=inverse)
        self._inverse = np.divide(1, inverse, out=inverse)
        self._noted = (whole_mean, variance, self._count)
        return gap

    def channel_map(self) -> ChannelMap:
        """See Layer: running statistics are constants."""
        site = self.site
        factor, offset = self._channel("factor"), self._channel("offset")
        np.add(site.state["running_variance"], self.epsilon, out=factor)
        np.sqrt(factor, out=factor)
        self._inverse = np.divide(1, factor, out=self._channel("inverse"))
        np.multiply(self._inverse, site.state["scale"], out=factor)
        np.multiply(site.state["running_mean"], factor, out=offset)
        np.subtract(site.state["shift"], offset, out=offset)
        return factor, offset

    def _predict(self, x: Floats, y: Floats) -> None:
        """With running statistics: one multiplication and one addition for each number."""
        site = self.site
        factor, offset = self.channel_map()
        x3, y3 = site.given.channels_in_the_middle(x), site.given.channels_in_the_middle(y)

        for part in self._parts(x3):
            np.multiply(x3[part], factor[part[1], np.newaxis], out=y3[part])
            y3[part] += offset[part[1], np.newaxis]
        self._x = x3

    def settle(self) -> None:
        """See Layer: the running statistics follow. A single value has no spread that could be told."""
        mean, variance, count = self._noted
        if count > 1:
            for name, found, factor in (
                ("running_mean", mean, 1.0),
                ("running_variance", variance, count / (count - 1)),
            ):
                running = self.site.state[name]
                running *= self.momentum
                running += (1 - self.momentum) * factor * found
        self._noted = _NOTHING

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        site = self.site
        g3, scale = site.given.channels_in_the_middle(grad), site.state["scale"]
        most = (g3.shape[0], self._width(g3), g3.shape[2])
        # Small enough to stay in the cache, where room for the whole batch would push out the rest.
        room = site.workspace.array("batch_norm.product", most, site.dtype)
        d_scale, d_shift = site.gradients["scale"], site.gradients["shift"]

        for part in self._parts(g3):
            g, channels = g3[part], part[1]
            self._sum(g, None, d_shift[channels])
            if self._training:
                self._sum(g, self._centred[part], d_scale[channels])
            else:
                mean = site.state["running_mean"][channels, np.newaxis]
                self._sum(g, np.subtract(self._x[part], mean, out=room[:, : g.shape[1]]), d_scale[channels])
        if self._training:
            # What was centred in its shard is centred in the batch with the gap.
            d_scale += np.multiply(self._gap, d_shift, out=self._channel("part"))
        d_scale *= self._inverse
        if self._training:
            slope, offset = self._of_all(d_scale, d_shift)
        if not need_input_grad:
            return None

        factor = np.multiply(self._inverse, scale, out=self._channel("factor"))[:, np.newaxis]
        for part in self._parts(g3):
            g, channels = g3[part], part[1]
            if self._training:
                g -= np.multiply(self._centred[part], slope[channels], out=room[:, : g.shape[1]])
                g -= offset[channels]
            g *= factor[channels]
        return g3.reshape(grad.shape)

    def _of_all(self, d_scale: Floats, d_shift: Floats) -> tuple[Floats, Floats]:
        """What mean(g) + x̂·mean(g·x̂) over the whole batch is: a factor of the centred input, and an offset."""
        found = self.site.peers.all_gather((d_scale, d_shift))
        slope, offset = self._channel("slope"), self._channel("offset")
        slope.fill(0)
        offset.fill(0)
        for its_scale, its_shift in found:
            slope += its_scale
            offset += its_shift
        slope *= self._inverse
        slope /= self._count
        offset /= self._count
        offset += np.multiply(self._gap, slope, out=self._channel("part"))
        return slope[:, np.newaxis], offset[:, np.newaxis]

    def _channel(self, what: str) -> Floats:
        return self.site.scratch(what, (self.site.input_shape[-1],))

    def _sum(self, values: Floats, factors: Floats | None, out: Floats) -> None:
        """Σ values (· factors) for each channel, as scalar products, which read each number once."""
        if values.shape[2] == 1:  # what is no image: the samples stand in the first axis
            rows = values[:, :, 0]
            if factors is None:
                np.matmul(self.site.ones(len(rows)), rows, out=out)
            else:
                np.einsum("ij,ij->j", rows, factors[:, :, 0], out=out)
        else:
            np.vecdot(values, self.site.ones(values.shape[2]) if factors is None else factors).sum(axis=0, out=out)

    def _width(self, x3: Floats) -> int:
        """How many channels are worked through at a time."""
        channels: int = x3.shape[1]
        return -(-channels // -(-x3.size // _PART)) if x3.size else channels

    def _parts(self, x3: Floats) -> Iterator[tuple[slice, slice, slice]]:
        """Some channels at a time."""
        channels, width = x3.shape[1], self._width(x3)
        for start in range(0, channels, width):
            yield slice(None), slice(start, start + width), slice(None)
