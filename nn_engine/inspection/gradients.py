"""Where learning pulls: the gradients of the loss, in every parameter and in what every layer gives."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from nn_engine.inspection.samples import parts, samples_for, targets_for
from nn_engine.inspection.stages import Stage, stages_of
from nn_engine.losses import Loss
from nn_engine.network import Network
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


def parameter_gradients(network: Network, loss: Loss, x: Array, targets: Array) -> dict[str, Floats]:
    """∂L/∂parameter by full name for the mean loss L over these samples, the network as it predicts.

    Args:
        network: what is looked at; its gradients are those of some of the samples afterwards.
        loss: the loss, without regularization.
        x: prepared samples, (n, …).
        targets: (n,) or (n, outputs), as the loss takes them.

    Raises ValueError for samples or targets that do not fit.
    """
    x, workspace = samples_for(network, x), Workspace()
    targets = targets_for(network, loss, targets, len(x))
    paired, total = network.pairs_with(loss), np.zeros_like(network.gradients)
    for part in parts(len(x)):
        outputs = network.forward(x[part], logits=paired)
        _, grad = loss.sum_and_gradient(outputs, targets[part], paired, len(x), workspace)
        network.backward(grad, logits=paired)
        total += network.gradients
    trained = network.named_gradients()
    views = network.vector_as_dict(total)
    return {name: views[name] for name in trained}


def layer_gradients(network: Network, loss: Loss, x: Array, targets: Array) -> dict[str, Floats]:
    """∂L/∂(what a layer gives) for the mean loss L, (n, *its output shape), by the layer's name; see above.

    Layers inside others are named as in their parameters, ``layers.4.shortcut.0``, and stand before those around them.
    Where the loss pairs with the last layer's activation, that layer is left out: then the loss is never asked for
    the gradient of its outputs.
    """
    x, workspace = samples_for(network, x), Workspace()
    targets = targets_for(network, loss, targets, len(x))
    stages, paired = stages_of(network), network.pairs_with(loss)
    found: dict[str, Floats] = {}  # from the last to the first
    for part in parts(len(x)):
        keep = partial(_keep, found, part, len(x))
        outputs = _forward(stages, x[part], paired)
        _, grad = loss.sum_and_gradient(outputs, targets[part], paired, len(x), workspace)
        keep("layers.0", _backward(stages, grad, paired, keep))
    return dict(reversed(found.items()))


def _forward(stages: Sequence[Stage], x: Floats, logits: bool) -> Floats:
    """Through all stages, and through those within them, so that there is a way back through each."""
    for stage in stages:
        for branch in stage.branches:
            _forward(branch, x, logits=False)
        x = stage.network.forward(x, logits=logits and stage is stages[-1])
    return x


def _backward(stages: Sequence[Stage], grad: Floats, logits: bool, keep: Callable[[str, Floats], None]) -> Floats:
    """Back through all stages; ``keep`` is told ∂L/∂(what each gives) by name. Returns the gradient of the input."""
    for stage in reversed(stages):
        before_activation = logits and stage is stages[-1]
        if not before_activation:
            keep(stage.name, grad)
        for branch in reversed(stage.branches):
            _backward(branch, grad.copy(), False, keep)  # of a sum, each part has the gradient of the whole
        back = stage.network.backward(grad, logits=before_activation, need_input_grad=True)
        assert back is not None
        grad = back
    return grad


def _keep(found: dict[str, Floats], part: slice, count: int, name: str, grad: Floats) -> None:
    if name not in found:
        found[name] = np.empty((count, *grad.shape[1:]), grad.dtype)
    found[name][part] = grad
