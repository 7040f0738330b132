"""Regularizers: a price on large weights."""

from abc import abstractmethod
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting, register
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


class Regularizer(Declaration):
    """A penalty on weights (not on biases) that is added to the gradient; the shown loss stays the loss on the data."""

    family: ClassVar[str] = "regularizer"

    @abstractmethod
    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        """Add the penalty's gradient for these weights to ``gradient``, of the same shape, in place."""


@register("l2", label="L2")
class L2(Regularizer):
    """Pulls every weight towards zero in proportion to its size: penalty strength/2 · Σ w², gradient strength · w."""

    strength: Annotated[
        float, Setting("How strongly weights are pulled towards zero.", low=0, high=10, live=True, logarithmic=True)
    ] = 1e-4

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        pull = workspace.array("l2", weights.shape, weights.dtype)
        np.multiply(weights, self.strength, out=pull)
        gradient += pull
