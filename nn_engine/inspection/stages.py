"""A network taken apart, so that one can look between its layers.

Inside a network a batch lies as its layers compute fastest, and a layer may leave out what the next one does not need.
Here each layer is a network of its own, which takes and gives arrays as they are everywhere else.
"""

from nn_engine.layers import InputLayer
from nn_engine.network import Network


def stages_of(network: Network) -> dict[str, Network]:
    """Each layer behind the first, by name (``layers.1``), with a copy of its parameters.

    One behind the other they answer what the network answers.
    """
    state, stages = network.state_dict(), {}
    for index, (layer, described) in enumerate(zip(network.layers, network.descriptions, strict=True)):
        if index == 0:
            continue
        own = f"layers.{index}."
        stage = Network([InputLayer(shape=described.input_shape), layer], dtype=network.state.dtype, draw=False)
        stage.load_state_dict(
            {f"layers.1.{name.removeprefix(own)}": array for name, array in state.items() if name.startswith(own)}
        )
        stages[own.removesuffix(".")] = stage
    return stages
