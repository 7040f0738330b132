"""Occlusion: what an answer loses where a part of the image is covered."""

import math

import numpy as np

from nn_engine.inspection.samples import classes_for
from nn_engine.network import Network
from nn_engine.types import Array, Floats, Indices


def occlusion(
    network: Network, images: Array, classes: Array | int, window: int = 4, stride: int = 2, fill: float = 0.0
) -> Floats:
    """How far the answer for a class falls where a square covers a pixel, (n, height, width); less than 0: it rises.

    The square is put everywhere inside the image, ``stride`` pixels apart; each pixel gets the mean over all squares
    that cover it (Zeiler and Fergus, 2014). Where whole strides do not lead from edge to edge, squares are counted from
    both edges, so that a mirrored question has the mirrored answer.

    Args:
        network: what is asked.
        images: prepared images, (n, height, width) or (n, height, width, channels).
        classes: whose answer: one for each image, (n,), or one for all.
        window: the side of the square; where the image is smaller, the square covers it from edge to edge.
        stride: how far apart the squares are; at most ``window``, so that no pixel is never covered.
        fill: what covered pixels become.

    Raises ValueError for anything else.
    """
    images = np.asarray(images, network.state.dtype)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"Expected images, (n, height, width) and perhaps channels; received the shape {images.shape}."
        )
    if not 1 <= stride <= window:
        raise ValueError(f"Expected a stride from 1 to the window's {window}; received {stride}.")
    count, height, width = images.shape[:3]
    chosen = classes_for(network, classes, count)
    whole = _answers(network, images, chosen)
    falls, covers = np.zeros((count, height, width)), np.zeros((height, width))
    high, wide = min(window, height), min(window, width)
    for top in _starts(height, high, stride):
        for left in _starts(width, wide, stride):
            square = slice(top, top + high), slice(left, left + wide)
            covered = images.copy()
            covered[:, *square] = fill
            fall = whole - _answers(network, covered, chosen)
            falls[:, *square] += fall[:, np.newaxis, np.newaxis]
            covers[square] += 1
    return (falls / covers).astype(images.dtype)


def _answers(network: Network, images: Floats, chosen: Indices) -> Floats:
    """What the network answers for the chosen class of each image, (n,)."""
    outputs = network.predict(images).reshape(len(images), math.prod(network.output_shape))
    return outputs[np.arange(len(images)), chosen]


def _starts(length: int, size: int, stride: int) -> list[int]:
    """Where squares begin along an axis: at whole strides from the first pixel, and as far from the last."""
    last = length - size
    return sorted({place for start in range(0, last + 1, stride) for place in (start, last - start)})
