"""Which pixels an answer hangs on: the gradient of a class's score with respect to the input."""

import math

import numpy as np

from nn_engine.inspection.samples import classes_for, parts, samples_for
from nn_engine.network import Network
from nn_engine.types import Array, Floats


def class_scores(network: Network, x: Array, classes: Array | int) -> Floats:
    """The score of a class for every sample, (n,): before the output activation where there is one.

    A probability close to one hardly changes, whatever is done to the input; the score before softmax does.
    """
    x = samples_for(network, x)
    chosen, found = classes_for(network, classes, len(x)), np.empty(len(x), network.state.dtype)
    for part in parts(len(x)):
        outputs = _scores(network, x[part])
        found[part] = outputs[np.arange(len(outputs)), chosen[part]]
    return found


def input_gradients(network: Network, x: Array, classes: Array | int) -> Floats:
    """∂(score of a class)/∂x for every sample, in the shape of ``x``.

    Args:
        network: what is asked, as it predicts; its gradients are meaningless afterwards.
        x: prepared samples, (n, …).
        classes: whose score: one for each sample, (n,), or one for all.

    Raises ValueError where samples or classes do not fit.
    """
    shape, x = np.shape(x), samples_for(network, x)
    chosen, found = classes_for(network, classes, len(x)), np.empty_like(x)
    for part in parts(len(x)):
        outputs = _scores(network, x[part])
        grad = np.zeros_like(outputs)
        grad[np.arange(len(outputs)), chosen[part]] = 1
        back = network.backward(
            grad.reshape(-1, *network.output_shape), logits=bool(network.output_fn), need_input_grad=True
        )
        assert back is not None
        found[part] = back.reshape(-1, *network.input_shape)
    return found.reshape(shape)


def saliency(network: Network, x: Array, classes: Array | int) -> Floats:
    """How strongly each value of a sample moves the score, |∂score/∂x|, in the shape of ``x`` (Simonyan et al., 2014).

    See ``input_gradients`` for the arguments.
    """
    return np.abs(input_gradients(network, x, classes))


def _scores(network: Network, x: Floats) -> Floats:
    """The last forward pass as rows, (n, outputs), in scratch memory."""
    outputs = network.forward(x, logits=bool(network.output_fn))
    return outputs.reshape(len(x), math.prod(network.output_shape))
