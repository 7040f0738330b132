"""The upper tail of the normal distribution, which NumPy does not have: Q(a) = 1 - Φ(a) = erfc(a/√2) / 2.

Written as Q(a) = exp(-a²/2) · m(s) with s = (3 - a) / (3 + a), which maps all a ≥ 0 onto (-1, 1]. What is left, m, is
so smooth there that a polynomial of degree 20 is right to 1e-15 everywhere, and one of degree 9 to 1e-7: the idea of
M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc(x) in 0 ≤ x < ∞", Mathematics
of Computation 36 (1981). The coefficients are not printed here; they are made from Python's own ``math.erfc``.
"""

import functools
import math

import numpy as np
from numpy.polynomial import chebyshev

from nn_engine.types import Floats

_DEGREES = {4: 9, 8: 20}
"""The degree of the polynomial by the number of bytes of the type: as exact as the type, and no slower than needed."""
_MIDDLE = 3.0
"""The a that is mapped onto s = 0."""


def normal_tail(a: Floats, gauss: Floats, out: Floats, scratch: Floats) -> Floats:
    """Q(a) for numbers a ≥ 0, given ``gauss`` = exp(-a²/2); into ``out``. All four have one shape and type."""
    s, tail = np.add(a, _MIDDLE, out=scratch), np.subtract(_MIDDLE, a, out=out)
    np.divide(tail, s, out=s)
    first, second, *rest = _coefficients(a.dtype.itemsize)
    np.multiply(s, first, out=tail)
    tail += second
    for coefficient in rest:  # Horner's rule, over all numbers at once
        tail *= s
        tail += coefficient
    s += 1  # so that the tail vanishes where it should: at s = -1, which is a = ∞
    tail *= s
    tail *= gauss
    return tail


@functools.cache
def _coefficients(itemsize: int) -> tuple[float, ...]:
    """The polynomial m(s) / (1 + s), highest power first."""
    degree = _DEGREES[itemsize]
    places = chebyshev.chebpts1(degree + 1)
    values = [_scaled_tail(_MIDDLE * (1 - s) / (1 + s)) / (1 + s) for s in places.tolist()]
    series = chebyshev.chebfit(places, values, degree)
    return tuple(float(coefficient) for coefficient in chebyshev.cheb2poly(series)[::-1])


def _scaled_tail(a: float) -> float:
    """exp(a²/2) · Q(a); far out by Laplace's continued fraction, (1/√(2π)) / (a + 1/(a + 2/(a + 3/(a + …))))."""
    if a < 4:
        return 0.5 * math.exp(a * a / 2) * math.erfc(a / math.sqrt(2))
    fraction = 0.0
    for number in range(60, 0, -1):
        fraction = number / (a + fraction)
    return 1 / (math.sqrt(2 * math.pi) * (a + fraction))
