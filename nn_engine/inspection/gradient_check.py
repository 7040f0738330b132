"""The truth about gradients: move each parameter a little and see."""

from collections.abc import Callable

import numpy as np

from nn_engine.types import Floats


def numerical_gradient(function: Callable[[], float], values: Floats, step: float = 1e-6) -> Floats:
    """∂function/∂values by central differences, (f(v + h) - f(v - h)) / 2h, in the shape of ``values``.

    ``function`` reads ``values``, which are changed in place and put back one number at a time, also if it raises. The
    error is of the order of h² where the function is smooth. Raises ValueError for anything but float64 in one piece of
    memory, row by row: other types round the step away, and of other arrays a flat view cannot be had.
    """
    if values.dtype != np.float64 or not values.flags.c_contiguous:
        order = "in one piece" if values.flags.c_contiguous else "in another order or with gaps"
        raise ValueError(
            f"Expected an array of float64 in one piece of memory, row by row; received {values.dtype} {order}. Move a "
            f"copy made by np.ascontiguousarray(values, np.float64), and let the function read that."
        )
    gradient = np.zeros_like(values)
    flat, result = values.reshape(-1), gradient.reshape(-1)
    for index, value in enumerate(flat.copy()):
        try:
            flat[index] = value + step
            above = function()
            flat[index] = value - step
            below = function()
        finally:
            flat[index] = value
        result[index] = (above - below) / (2 * step)
    return gradient
