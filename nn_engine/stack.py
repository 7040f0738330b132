"""What a stack of layers would be as a network, found out without making one: shapes, parameters, counts.

An editor asks this at every keystroke, so nothing is allocated and nothing is drawn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nn_engine.layers import InputLayer, Layer, Parameter
from nn_engine.types import Shape

MOST_PARAMETERS = 2**30
"""No network may have more: with its gradients and an optimizer's memory it would need 16 GiB and more."""


class LayerError(ValueError):
    """A layer that does not fit into its stack; ``index`` says which, ``fault`` what is wrong without naming it."""

    def __init__(self, index: int, name: str, fault: str) -> None:
        super().__init__(f"Layer {index} ({name}): {fault}")
        self.index, self.fault = index, fault


@dataclass(frozen=True)
class LayerDescription:
    """One layer in its place."""

    input_shape: Shape
    output_shape: Shape
    parameters: tuple[Parameter, ...]

    @property
    def parameter_count(self) -> int:
        """How many numbers the layer keeps."""
        return sum(math.prod(parameter.shape) for parameter in self.parameters)


def takes_samples(input_shape: Shape, sample_shape: Shape) -> bool:
    """Whether samples of one shape can be laid out in another, so that what stands beside each other stays there.

    A row becomes anything of as many values, and anything becomes a row; an axis of a single place says nothing. But an
    image whose channels come first is not one whose channels come last, though both have as many values.
    """
    ours, theirs = (tuple(size for size in shape if size != 1) for shape in (input_shape, sample_shape))
    return ours == theirs or (math.prod(ours) == math.prod(theirs) and min(len(ours), len(theirs)) <= 1)


def describe(layers: Sequence[object]) -> tuple[LayerDescription, ...]:
    """Every layer with its shapes and parameters.

    Raises LayerError for the first that does not fit, ValueError for a stack without layers.
    """
    if not layers:
        raise ValueError("A network needs at least an InputLayer; received no layers.")
    described: list[LayerDescription] = []
    total = 0
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            name = layer.__name__ if isinstance(layer, type) else type(layer).__name__
            shown = f"the class {name} itself" if isinstance(layer, type) else repr(layer)[:80]
            raise LayerError(index, name, f"expected a layer such as DenseLayer(units=10), not {shown}.")
        name = type(layer).__name__
        if (index == 0) != isinstance(layer, InputLayer):
            raise LayerError(index, name, f"expected an InputLayer {'first' if index == 0 else 'only at the start'}.")
        input_shape = described[-1].output_shape if described else layer.output_shape(())
        try:
            described.append(
                LayerDescription(input_shape, layer.output_shape(input_shape), layer.parameters(input_shape))
            )
        except ValueError as error:
            raise LayerError(index, name, str(error)) from None
        total += described[-1].parameter_count
        if total > MOST_PARAMETERS:
            raise LayerError(
                index, name, f"up to here the network has {total:,} parameters; at most {MOST_PARAMETERS:,}."
            )
    return tuple(described)
