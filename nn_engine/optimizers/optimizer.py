"""What an optimizer is: a rule, without memory of its own."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nn_engine.declarations import Declaration
from nn_engine.optimizers.settings import LearningRate
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


@dataclass(frozen=True)
class StepContext:
    """What an optimizer is told of the step it is to make."""

    learning_rate: float
    """The rate to use now, after schedule and callbacks."""
    number: int
    """Which step this is, from 1."""
    workspace: Workspace
    weight_size: int = 0
    """How many of the parameters, the first of them, are weights, which may decay; biases and the like do not."""
    momentum: float | None = None
    """The momentum that the schedule asks for, in place of the optimizer's own."""


class Optimizer(Declaration):
    """How each step is made from the gradient. What it remembers between steps, its slots, belongs to the trainer."""

    family: ClassVar[str] = "optimizer"
    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the vectors it remembers, each as long as the trainable part of the state, zero at first."""
    follows_momentum: ClassVar[bool] = False
    """Whether it has a momentum, which a schedule may set."""
    elementwise: ClassVar[bool] = False
    """Whether each parameter's step follows from nothing but its own gradient and what is remembered of it, so that
    several can step a part each."""

    learning_rate: LearningRate = 0.01

    @property
    def decay(self) -> float:
        """How strongly it shrinks weights in proportion to their size, by itself; most do not."""
        return 0.0

    @abstractmethod
    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        """Change ``parameters``, (n,), in place.

        Args:
            parameters: the trainable part of the state, or a part of that for an ``elementwise`` optimizer.
            gradients: ∂L/∂parameters, (n,); left as it is.
            slots: what was remembered, (n,) each; changed in place.
            context: the rate, and what else belongs to this step.
        """
