"""An ONNX graph while it is put together: operators, constants, and which way round images lie."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn_engine.types import Array, Shape


@dataclass(frozen=True)
class Value:
    """What flows from one operator to the next: a batch of samples."""

    name: str
    shape: Shape
    """The shape of one sample as the studio has it, channels last."""
    channels_first: bool = False
    """Whether it lies as ONNX wants images for a convolution: (batch, channels, height, width)."""


@dataclass(frozen=True)
class Node:
    """One operator."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


class Graph:
    """Operators in the order in which they are computed, and the constants they take.

    Images come with channels last, as everywhere in the studio; operators that need channels first ask for it, and
    what follows goes on that way until somebody asks to have them last again. So a stack of convolutions is transposed
    twice in all.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.scope = ""
        """What the names of new operators begin with: the layer they belong to."""
        self._transposed: dict[str, Value] = {}
        self._names: set[str] = set()

    def add(self, operator: str, x: Value, *constants: str, shape: Shape | None = None, **attributes: Any) -> Value:
        """Append an operator on a value and constants. What comes out lies as ``x`` does."""
        return self._append(operator, (x.name, *constants), replace(x, shape=shape or x.shape), attributes)

    def combine(self, operator: str, x: Value, other: Value) -> Value:
        """Append an operator on two values that are to lie the same way."""
        if x.channels_first != other.channels_first:
            x, other = self.channels_last(x), self.channels_last(other)
        return self._append(operator, (x.name, other.name), x, {})

    def constant(self, name: str, array: Array) -> str:
        """Take up a constant under this name in the present layer. Real numbers become float32."""
        full = self._unused(f"{self.scope}.{name}")
        self.constants[full] = np.asarray(array, np.float32 if array.dtype.kind == "f" else None, order="C")
        return full

    def channels_first(self, x: Value) -> Value:
        """The same value as ONNX wants it for a convolution; what has no channels beside others stays as it is."""
        axes = len(x.shape)
        return x if x.channels_first or axes < 2 else self._transpose(x, (0, axes, *range(1, axes)))

    def channels_last(self, x: Value) -> Value:
        """The same value as it lies everywhere else."""
        return self._transpose(x, (0, *range(2, len(x.shape) + 1), 1)) if x.channels_first else x

    def end_in(self, x: Value, name: str) -> Value:
        """Give the last value this name."""
        if self.nodes and self.nodes[-1].output == x.name:
            self.nodes[-1] = replace(self.nodes[-1], output=name)
        else:
            self.nodes.append(Node("Identity", (x.name,), name, {}))
        return replace(x, name=name)

    def _transpose(self, x: Value, axes: tuple[int, ...]) -> Value:
        if x.name not in self._transposed:
            other_way = replace(x, channels_first=not x.channels_first)
            self._transposed[x.name] = self._append("Transpose", (x.name,), other_way, {"perm": axes})
        return self._transposed[x.name]

    def _append(self, operator: str, inputs: tuple[str, ...], like: Value, attributes: dict[str, Any]) -> Value:
        output = self._unused(f"{self.scope}.{operator}")
        self.nodes.append(Node(operator, inputs, output, attributes))
        return replace(like, name=output)

    def _unused(self, name: str) -> str:
        number, unused = 1, name
        while unused in self._names:
            number += 1
            unused = f"{name}.{number}"
        self._names.add(unused)
        return unused
