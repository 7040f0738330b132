"""What every layer makes of given samples."""

from nn_engine.inspection.samples import samples_for
from nn_engine.inspection.stages import given_by_each
from nn_engine.network import Network
from nn_engine.types import Array, Floats


def layer_activations(network: Network, x: Array) -> dict[str, Floats]:
    """The outputs of every layer, (n, *its output shape), by the layer's name: ``layers.0`` is the input itself.

    Layers inside others are named as in their parameters, ``layers.4.shortcut.0``, and stand before those around them.

    Args:
        network: what is looked at, as it predicts: dropout and its like are off.
        x: prepared samples, (n, …).

    Raises ValueError for samples that do not fit.
    """
    x = samples_for(network, x)
    return {"layers.0": x, **{name: outputs for name, _, outputs in given_by_each(network, x)}}
