"""A network taken apart, so that one can look between its layers.

Inside a network a batch lies as its layers compute fastest, and a layer may leave out what the next one does not need.
Here each layer is a network of its own, which takes and gives arrays as they are everywhere else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nn_engine.layers import InputLayer, Layer
from nn_engine.network import Network
from nn_engine.types import Floats, Shape


@dataclass(frozen=True)
class Stage:
    """One layer of a network."""

    name: str
    """``layers.4``; ``layers.4.shortcut.0`` is the first in the shortcut of it."""
    layer: Layer
    network: Network
    """The layer alone, with a copy of its parameters."""
    branches: tuple[tuple["Stage", ...], ...]
    """The layers that it is made of, chain by chain."""


def stages_of(network: Network) -> tuple[Stage, ...]:
    """Each layer behind the first. One behind the other they answer what the network answers."""
    return tuple(_stages(network, "layers", network.layers[1:], 1, network.input_shape))


def given_by_each(network: Network, x: Floats) -> Iterator[tuple[str, Layer, Floats]]:
    """Every layer behind the first with its name and its outputs, in prediction; those that it is made of before it."""
    # Not by stages_of: here only one layer's memory is needed at a time.
    return _through(_stages(network, "layers", network.layers[1:], 1, network.input_shape), x)


def _through(stages: Iterable[Stage], x: Floats) -> Iterator[tuple[str, Layer, Floats]]:
    for stage in stages:
        for branch in stage.branches:
            yield from _through(branch, x)
        x = stage.network.predict(x)
        yield stage.name, stage.layer, x


def _stages(network: Network, chain: str, layers: Sequence[Layer], first: int, shape: Shape) -> Iterator[Stage]:
    for index, layer in enumerate(layers, first):
        name = f"{chain}.{index}"
        branches = tuple(
            tuple(_stages(network, f"{name}.{branch}", inner, 0, shape)) for branch, inner in layer.branches().items()
        )
        yield Stage(name, layer, _alone(network, name, layer, shape), branches)
        shape = layer.output_shape(shape)


def _alone(network: Network, name: str, layer: Layer, input_shape: Shape) -> Network:
    """A network of one layer, with a copy of the parameters that stand below its name."""
    own, state = f"{name}.", network.named_parameters()
    alone = Network([InputLayer(shape=input_shape), layer], dtype=network.state.dtype, draw=False)
    alone.load_state_dict(
        {f"layers.1.{key.removeprefix(own)}": array for key, array in state.items() if key.startswith(own)}
    )
    return alone
