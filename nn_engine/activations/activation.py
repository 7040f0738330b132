"""What an activation function is: y = f(z) forward, the gradient with respect to z backward."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, cast

from nn_engine.declarations import find
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


class Activation(ABC):
    """One activation function bound to one place in a network.

    It works in place: ``forward`` overwrites the pre-activations it is given, ``backward`` the gradient.
    """

    family: ClassVar[str] = "activation"
    registered_name: ClassVar[str] = ""
    elementwise: ClassVar[bool] = True
    """Whether each value is activated on its own, so that arrays may have any shape; else they are (batch, units)."""
    never_decreases: ClassVar[bool] = False
    """Whether it acts on each value alone and a larger one never gets a smaller answer: then the largest of some
    answers is the answer to the largest value."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace = workspace
        self._name = name

    def _scratch(self, what: str, like: Floats, dtype: Any = None) -> Floats:
        return self._workspace.array(f"{self._name}.{what}", like.shape, dtype or like.dtype)

    @abstractmethod
    def forward(self, z: Floats) -> Floats:
        """f(z) for pre-activations z of shape (batch, units), written over z."""

    @abstractmethod
    def backward(self, grad: Floats) -> Floats:
        """∂L/∂z from ``grad`` = ∂L/∂y, both (batch, units), for the batch last given to ``forward``; over ``grad``."""


def make_activation(name: str, workspace: Workspace, place: str) -> Activation:
    """The activation registered under ``name``, with scratch memory of its own in the workspace."""
    return cast(Activation, find("activation", name)(workspace, f"{place}.{name}"))
