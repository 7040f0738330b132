"""Regularizers: a price on large weights."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting, register
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


class Regularizer(Declaration):
    """A penalty on weights (not on biases), by its gradient or by shrinking them; the shown loss stays the data's."""

    family: ClassVar[str] = "regularizer"
    elementwise: ClassVar[bool] = False
    """Whether each weight is penalized by itself; see Optimizer."""

    @property
    def decay(self) -> float:
        """How strongly it shrinks weights in proportion to their size; 0 where it does something else."""
        return 0.0

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        """Add the penalty's gradient for these weights to ``gradient``, of the same shape, in place."""

    def shrink(self, weights: Floats, learning_rate: float) -> None:
        """Shrink the weights in place, before the optimizer makes its step at this rate."""


@register("l1", label="L1")
class L1(Regularizer):
    """Pulls every weight towards zero by the same amount, so that many end close to it: penalty strength · Σ |w|.

    Its gradient is strength · sign(w) (Tibshirani, 1996). Steps along it do not stop at zero: a weight that the data
    does not hold swings about it, by no more than a step's pull.
    """

    elementwise: ClassVar[bool] = True

    strength: Annotated[
        float, Setting("How strongly weights are pulled towards zero.", low=0, high=10, live=True, logarithmic=True)
    ] = 1e-5

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        pull = np.sign(weights, out=workspace.array("l1", weights.shape, weights.dtype))
        pull *= self.strength
        gradient += pull


@register("l2", label="L2")
class L2(Regularizer):
    """Pulls every weight towards zero in proportion to its size: penalty strength/2 · Σ w², gradient strength · w.

    Ridge regression (Hoerl and Kennard, 1970).
    """

    elementwise: ClassVar[bool] = True

    strength: Annotated[
        float, Setting("How strongly weights are pulled towards zero.", low=0, high=10, live=True, logarithmic=True)
    ] = 1e-4

    @property
    def decay(self) -> float:
        return self.strength

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        pull = workspace.array("l2", weights.shape, weights.dtype)
        np.multiply(weights, self.strength, out=pull)
        gradient += pull


@register("weight_decay")
class WeightDecay(Regularizer):
    """Shrinks every weight before each step, apart from the gradient: w ← w·(1 - learning_rate·strength).

    For plain gradient descent this is L2; an optimizer that divides by the size of gradients would distort L2, and this
    it does not (Loshchilov and Hutter, 2019).
    """

    elementwise: ClassVar[bool] = True

    strength: Annotated[
        float, Setting("How fast weights shrink.", low=0, high=1e3, live=True, logarithmic=True, usual=(1e-5, 1))
    ] = 0.01

    @property
    def decay(self) -> float:
        return self.strength

    def shrink(self, weights: Floats, learning_rate: float) -> None:
        weights *= 1 - learning_rate * self.strength
