"""A network taken apart, so that one can look between its layers.

Inside a network a batch lies as its layers compute fastest, and a layer may leave out what the next one does not need.
Here each layer is a network of its own, which takes and gives arrays as they are everywhere else.
"""

from collections.abc import Iterator, Sequence

from nn_engine.layers import InputLayer, Layer
from nn_engine.network import Network
from nn_engine.types import Floats, Shape


def stages_of(network: Network) -> dict[str, Network]:
    """Each layer behind the first, by name (``layers.1``), with a copy of its parameters.

    One behind the other they answer what the network answers.
    """
    behind = zip(network.layers[1:], network.descriptions[1:], strict=True)
    named = ((f"layers.{index}", *each) for index, each in enumerate(behind, 1))
    return {name: _stage(network, name, layer, described.input_shape) for name, layer, described in named}


def given_by_each(network: Network, x: Floats) -> Iterator[tuple[str, Layer, Floats]]:
    """Every layer behind the first with its name and its outputs, in prediction; those that it is made of before it.

    They are named as in their parameters: ``layers.4.shortcut.0`` is the first in the shortcut of ``layers.4``.
    """
    return _through(network, "layers", network.layers[1:], 1, x)


def _through(
    network: Network, chain: str, layers: Sequence[Layer], first: int, x: Floats
) -> Iterator[tuple[str, Layer, Floats]]:
    for index, layer in enumerate(layers, first):
        name = f"{chain}.{index}"
        for branch, inner in layer.branches().items():
            yield from _through(network, f"{name}.{branch}", inner, 0, x)
        x = _stage(network, name, layer, x.shape[1:]).predict(x)
        yield name, layer, x


def _stage(network: Network, name: str, layer: Layer, input_shape: Shape) -> Network:
    """A network of one layer, with a copy of the parameters that stand below its name."""
    own, state = f"{name}.", network.named_parameters()
    stage = Network([InputLayer(shape=input_shape), layer], dtype=network.state.dtype, draw=False)
    stage.load_state_dict(
        {f"layers.1.{key.removeprefix(own)}": array for key, array in state.items() if key.startswith(own)}
    )
    return stage
