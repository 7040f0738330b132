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
    rows, columns = np.flatnonzero(ink.max(axis=1, initial=0)), np.flatnonzero(ink.max(axis=0, initial=0))
    if not rows.size:
        return np.zeros((SIZE, SIZE), np.uint8)
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    scale = BOX / max(bottom - top, right - left)
    # A row and a column of zeros lie behind the last ones. Bytes give float32, in which their sums are exact.
    cropped = np.zeros((bottom - top + 1, right - left + 1), np.result_type(ink, np.float32))
    cropped[:-1, :-1] = ink[top:bottom, left:right]
    down = _edges(cropped[:-1].sum(axis=1), scale)
    across = _edges(cropped[:, :-1].sum(axis=0), scale)
    narrow = _sums_between(cropped, down)  # (28, width)
    digit = _sums_between(np.ascontiguousarray(narrow.T), across).T
    return np.asarray(np.rint(digit * scale**2).clip(0, 255), np.uint8)


def _edges(masses: Floats, scale: float) -> Floats:
    """Where the edges of the 28 target pixels lie in the source, scaled and placed by its centre of mass: (29,)."""
    count = len(masses)
    centre = (masses @ (np.arange(count) + 0.5)) / masses.sum(dtype=np.float64) * scale
    start = min(max(CENTRE - centre, 0), SIZE - count * scale)
    return np.asarray((np.arange(SIZE + 1) - start) / scale).clip(0, count)


def _sums_between(rows: Floats, edges: Floats) -> Floats:
    """The sum of the rows between each two neighbouring edges; of a row that an edge divides, its share.

    Whole rows are added at once, so this needs no matrix product: that would be shared among threads, and a window that
    asks for it while a network trains would have to wait for theirs.
    """
    first = edges.astype(np.intp)
    shares = (edges - first)[:, np.newaxis] * rows[first]
    sums = np.add.reduceat(rows, first, axis=0)[:-1]
    sums[first[1:] == first[:-1]] = 0  # reduceat gives the row itself where there is none between
    return np.asarray(sums + (shares[1:] - shares[:-1]))
