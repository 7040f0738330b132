"""The truth about gradients: move each parameter a little and see."""

from collections.abc import Callable

import numpy as np

from nn_engine.types import Floats


def numerical_gradient(function: Callable[[], float], values: Floats, step: float = 1e-6) -> Floats:
    """∂function/∂values by central differences, (f(v + h) - f(v - h)) / 2h, in the shape of ``values``.

    ``function`` reads ``values``, a float64 array that is changed in place and put back one number at a time. The error
    is of the order of h² where the function is smooth.
    """
    gradient = np.zeros_like(values)
    flat, result = values.reshape(-1), gradient.reshape(-1)
    for index, value in enumerate(flat.copy()):
        flat[index] = value + step
        above = function()
        flat[index] = value - step
        below = function()
        flat[index] = value
        result[index] = (above - below) / (2 * step)
    return gradient
