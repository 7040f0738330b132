"""Units that have stopped: they give nothing for any sample, so no gradient reaches them and they cannot come back."""

import numpy as np
import numpy.typing as npt

from nn_engine.activations import make_activation
from nn_engine.inspection.samples import samples_for
from nn_engine.inspection.stages import given_by_each
from nn_engine.network import Network
from nn_engine.types import Array
from nn_engine.workspace import Workspace

Flags = npt.NDArray[np.bool_]


def dead_units(network: Network, x: Array) -> dict[str, Flags]:
    """Which units of each layer never fire for these samples: (units,), true for dead ones, by the layer's name.

    A unit is a place on the layer's last axis; in images it is a channel, which is dead if it is so everywhere. Only
    layers that end in a rectifier are told of: an activation that is flat where it gives zero. Raises ValueError for
    samples that do not fit, and for none at all, for which every unit would be dead.
    """
    x, found = samples_for(network, x), {}
    if not len(x):
        raise ValueError("Expected at least one sample, to see which units fire for it; received none.")
    for name, layer, outputs in given_by_each(network, x):
        if layer.output_fn and _is_flat_at_zero(layer.output_fn):
            found[name] = np.all(outputs.reshape(-1, outputs.shape[-1]) == 0, axis=0)
    return found


def _is_flat_at_zero(fn: str) -> bool:
    """Whether no gradient passes where this activation gives zero."""
    activation = make_activation(fn, Workspace(), "inspection")
    y = activation.forward(np.zeros((1, 1)))
    slope = activation.backward(np.ones((1, 1)))
    return activation.elementwise and not y.any() and not slope.any()
