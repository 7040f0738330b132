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

    @abstractmethod
    def clip(self, gradients: Floats) -> None:
        """Bound ``gradients``, (n,), in place."""


@register("clip_by_norm", label="by norm")
class ClipByNorm(Clipping):
    """Shortens the whole gradient, without turning it, where its norm is above the limit (Pascanu et al., 2013)."""

    limit: Annotated[
        float,
        Setting("The largest norm.", low=1e-9, high=1e9, live=True, logarithmic=True, usual=(0.1, 10)),
    ] = 1.0

    def clip(self, gradients: Floats) -> None:
        norm = math.sqrt(float(np.dot(gradients, gradients)))
        if norm > self.limit:
            gradients *= self.limit / norm


@register("clip_by_value", label="by value")
class ClipByValue(Clipping):
    """Bounds each component of the gradient by itself, which may turn it."""

    limit: Annotated[
        float,
        Setting("The largest component.", low=1e-9, high=1e9, live=True, logarithmic=True, usual=(1e-3, 10)),
    ] = 0.5

    def clip(self, gradients: Floats) -> None:
        np.clip(gradients, -self.limit, self.limit, out=gradients)
