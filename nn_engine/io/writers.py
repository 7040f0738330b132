"""How export is kept out of the mathematics: a layer or activation knows nothing of file formats.

Each format has a register of writers, functions that know how one kind of layer or activation is put into that format,
found by its registered name. A new layer is exported by a new function; a test asks for one for all that is registered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nn_engine.layers import Layer
from nn_engine.network import Network
from nn_engine.types import Array, Shape

Writer = TypeVar("Writer", bound=Callable[..., Any])


class Writers(Generic[Writer]):
    """The writers of one family for one format. Used as a decorator: ``@layers("dense")``."""

    def __init__(self, format_name: str, family: str) -> None:
        self._format, self._family = format_name, family
        self._writers: dict[str, Writer] = {}

    def __call__(self, *names: str) -> Callable[[Writer], Writer]:
        def enter(writer: Writer) -> Writer:
            self._writers.update(dict.fromkeys(names, writer))
            return writer

        return enter

    def __contains__(self, name: str) -> bool:
        return name in self._writers

    def find(self, name: str) -> Writer:
        """The writer for what is registered under this name. Raises ValueError where there is none."""
        if name not in self._writers:
            raise ValueError(
                f"The {self._family} {name!r} cannot be exported as {self._format}: no writer knows it. Write one "
                f"beside the others, in nn_engine/io, or take the format safetensors, which holds any network."
            )
        return self._writers[name]


@dataclass(frozen=True)
class Place:
    """One layer of the network that is exported."""

    layer: Any
    """The layer; a writer knows the settings of the kind that it writes."""
    name: str
    """``layers.1``, or ``layers.1.shortcut.0`` for a layer inside another."""
    input_shape: Shape
    output_shape: Shape
    parameters: Mapping[str, Array]
    """The layer's parameters by its own names for them."""

    def inside(self, branch: str) -> "tuple[Place, ...]":
        """The layers that this one holds in a setting of this name."""
        return _places(getattr(self.layer, branch), branch, f"{self.name}.{branch}", self.input_shape, self.parameters)


def places_of(network: Network) -> tuple[Place, ...]:
    """Every layer of a network, with copies of its parameters."""
    return _places(network.layers, "layers", "layers", (), network.state_dict())


def _places(
    layers: Sequence[Layer], prefix: str, name: str, input_shape: Shape, parameters: Mapping[str, Array]
) -> tuple[Place, ...]:
    places, shape = [], input_shape
    for index, layer in enumerate(layers):
        below = f"{prefix}.{index}."
        own = {key.removeprefix(below): array for key, array in parameters.items() if key.startswith(below)}
        output_shape = layer.output_shape(shape)
        places.append(Place(layer, f"{name}.{index}", shape, output_shape, own))
        shape = output_shape
    return tuple(places)


def padding(place: Place, window: tuple[int, int], strides: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How far windows that slide over an image reach beyond its edges: (above, below), (left, right).

    It follows from the shapes. What does not divide evenly lies behind, as the layers have it.
    """
    sides = []
    for length, steps, size, stride in zip(place.input_shape, place.output_shape, window, strides, strict=False):
        beyond = max((steps - 1) * stride + size - length, 0)
        sides.append((beyond // 2, beyond - beyond // 2))
    return sides[0], sides[1]
