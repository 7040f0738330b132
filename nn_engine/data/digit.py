"""A drawn digit in the form that MNIST's digits have, so that a network trained on them sees what it knows."""

from typing import Any

import numpy as np

from nn_engine.types import Array, Floats

SIZE = 28
"""The side of the result."""
BOX = 20
"""The longer side of the ink itself, as in MNIST (LeCun et al., 1998)."""
CENTRE = 14.5
"""Where the centre of mass comes to lie, from the upper left corner: within pixel 14 of 0 to 27, as in MNIST."""


def center_digit(ink: Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Ink on an empty ground, (height, width) of values from 0 to 255, as a digit of MNIST: (28, 28) bytes.

    The ink is cropped, scaled so that its longer side is 20 pixels, and placed so that its centre of mass lies where
    MNIST's do, or as near to it as keeps all ink inside. Each target pixel is the mean of the area it covers. An
    empty image stays empty.
    """
    ink = np.asarray(ink)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return np.zeros((SIZE, SIZE), np.uint8)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float64)
    scale = BOX / max(cropped.shape)
    mass = cropped.sum()
    centre_y = (cropped.sum(axis=1) @ (np.arange(cropped.shape[0]) + 0.5)) / mass * scale
    centre_x = (cropped.sum(axis=0) @ (np.arange(cropped.shape[1]) + 0.5)) / mass * scale
    down = _area_weights(cropped.shape[0], scale, centre_y)
    across = _area_weights(cropped.shape[1], scale, centre_x)
    return np.rint(down @ cropped @ across.T).clip(0, 255).astype(np.uint8)


def _area_weights(count: int, scale: float, centre: float) -> Floats:
    """How much of each source pixel, scaled and placed by its ``centre``, each target pixel covers: (28, count)."""
    start = min(max(CENTRE - centre, 0), SIZE - count * scale)
    low = start + np.arange(count) * scale
    targets = np.arange(SIZE)[:, np.newaxis]
    overlap = np.minimum(low + scale, targets + 1) - np.maximum(low, targets)
    return np.asarray(np.maximum(overlap, 0))
