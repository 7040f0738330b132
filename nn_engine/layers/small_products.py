"""Large matrix products in pieces that the BLAS multiplies without copying them first."""

from functools import lru_cache

SMALL_PRODUCT = 1_000_000
"""Up to so many multiplications OpenBLAS has kernels, on processors with AVX-512, that read matrices where they lie.
For larger ones it copies both into an order of its own first, which for matrices of few rows costs half of the time."""


@lru_cache(maxsize=1000)
def widest_piece(width: int, most: int, least: int) -> int:
    """The widest of equal pieces of a width within limits; the width itself where there is none."""
    return next((piece for piece in range(min(width, most), least - 1, -1) if width % piece == 0), width)
