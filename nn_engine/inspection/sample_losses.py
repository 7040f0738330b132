"""The loss of each sample: which ones a network finds hard."""

import numpy as np

from nn_engine.inspection.samples import parts, samples_for, targets_for
from nn_engine.losses import Loss
from nn_engine.network import Network
from nn_engine.types import Array, Floats


def sample_losses(network: Network, loss: Loss, x: Array, targets: Array) -> Floats:
    """How wrong each answer is, (n,), the network as it predicts and without regularization.

    ``x`` are prepared samples, (n, …), ``targets`` as the loss takes them. Raises ValueError where they do not fit.
    """
    x = samples_for(network, x)
    targets = targets_for(network, loss, targets, len(x))
    paired, found = network.pairs_with(loss), np.empty(len(x), network.state.dtype)
    for part in parts(len(x)):
        found[part] = loss.per_sample(network.infer(x[part], logits=paired), targets[part], paired)
    return found
