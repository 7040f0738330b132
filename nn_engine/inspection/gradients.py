"""Where learning pulls: the gradients of the loss, in every parameter and in what every layer gives."""

import numpy as np

from nn_engine.inspection.samples import parts, samples_for, targets_for
from nn_engine.inspection.stages import stages_of
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

    Layers inside others, such as those of a residual block, are passed as a whole and left out.
    Where the loss pairs with the last layer's activation, that layer is left out: then the loss is never asked for
    the gradient of its outputs.
    """
    x, workspace = samples_for(network, x), Workspace()
    targets = targets_for(network, loss, targets, len(x))
    stages, paired = stages_of(network), network.pairs_with(loss)
    names = list(stages)
    found: dict[str, Floats] = {}
    for part in parts(len(x)):
        y = x[part]
        for name, stage in stages.items():
            y = stage.forward(y, logits=paired and name == names[-1])
        _, grad = loss.sum_and_gradient(y, targets[part], paired, len(x), workspace)
        for name in reversed(names):
            logits = paired and name == names[-1]
            if not logits:
                _keep(found, name, grad, part, len(x))
            back = stages[name].backward(grad, logits=logits, need_input_grad=True)
            assert back is not None
            grad = back
        _keep(found, "layers.0", grad, part, len(x))
    return {name: found[name] for name in ("layers.0", *names) if name in found}


def _keep(found: dict[str, Floats], name: str, grad: Floats, part: slice, count: int) -> None:
    if name not in found:
        found[name] = np.empty((count, *grad.shape[1:]), grad.dtype)
    found[name][part] = grad
