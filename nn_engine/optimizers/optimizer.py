"""What an optimizer is: a rule, without memory of its own."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar

from nn_engine.declarations import Declaration, Setting
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


class Optimizer(Declaration):
    """How each step is made from the gradient. What it remembers between steps, its slots, belongs to the trainer."""

    family: ClassVar[str] = "optimizer"
    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the vectors it remembers, each as long as the trainable part of the state, zero at first."""

    learning_rate: Annotated[
        float,
        Setting(
            "How far each step goes.", low=0, high=1e6, low_open=True, live=True, logarithmic=True, usual=(1e-5, 10)
        ),
    ] = 0.01

    @abstractmethod
    def step(
        self,
        parameters: Floats,
        gradients: Floats,
        slots: Mapping[str, Floats],
        learning_rate: float,
        number: int,
        workspace: Workspace,
    ) -> None:
        """Change ``parameters``, (n,), in place.

        Args:
            parameters: the trainable part of the state.
            gradients: ∂L/∂parameters, (n,); left as it is.
            slots: what was remembered, (n,) each; changed in place.
            learning_rate: the rate to use now, after schedule and callbacks.
            number: which step this is, from 1.
            workspace: scratch memory.
        """
