"""Clipping: a bound on gradients, so that one strange batch cannot throw a network off its way."""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting, register
from nn_engine.types import Floats


class Clipping(Declaration):
    """A bound on the gradient of a step, after all penalties have been added."""

    family: ClassVar[str] = "clipping"
    elementwise: ClassVar[bool] = False
    """Whether each component is bounded by itself; see Optimizer."""

    @abstractmethod
    def clip(self, gradients: Floats) -> None:
        """Bound ``gradients``, (n,), in place."""


@register("clip_by_norm", label="by norm")
class ClipByNorm(Clipping):
    """Shortens the whole gradient, without turning it, where its norm is above the limit (Pascanu et al., 2013).

    g ← g · min(1, limit / ‖g‖), ‖g‖ the root of the sum of all squares. A gradient that is not finite stays as it is.
    """

    limit: Annotated[
        float,
        Setting("The largest norm.", low=1e-9, high=1e9, live=True, logarithmic=True, usual=(0.1, 10)),
    ] = 1.0

    def clip(self, gradients: Floats) -> None:
        unit = 1.0
        with np.errstate(over="ignore"):
            square = float(np.dot(gradients, gradients))
        if math.isinf(square):  # squares are too large for the type at norms that it can well hold
            unit = max(float(gradients.max()), -float(gradients.min()))
            if math.isinf(unit):
                return
            gradients /= unit
            square = float(np.dot(gradients, gradients))
        norm = math.sqrt(square)
        if norm > self.limit / unit:
            gradients *= self.limit / norm


@register("clip_by_value", label="by value")
class ClipByValue(Clipping):
    """Bounds each component of the gradient by itself, which may turn it.

    g_i ← max(-limit, min(limit, g_i)) (Mikolov, 2012).
    """

    elementwise: ClassVar[bool] = True

    limit: Annotated[
        float,
        Setting("The largest component.", low=1e-9, high=1e9, live=True, logarithmic=True, usual=(1e-3, 10)),
    ] = 0.5

    def clip(self, gradients: Floats) -> None:
        np.clip(gradients, -self.limit, self.limit, out=gradients)
