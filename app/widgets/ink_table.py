"""The 256 colours of digit images in the theme in use, from no ink to full ink."""

from __future__ import annotations

from functools import lru_cache

from app.theme import theme


def ink_table() -> list[int]:
    """One colour for each value of a byte, as ``0xAARRGGBB``."""
    return list(_between(theme().color("ink_low").rgb(), theme().color("ink_high").rgb()))


@lru_cache(maxsize=4)
def _between(low: int, high: int) -> tuple[int, ...]:
    ends = [(low >> shift & 255, high >> shift & 255) for shift in (16, 8, 0)]
    table = []
    for value in range(256):
        red, green, blue = (round(a + (b - a) * value / 255) for a, b in ends)
        table.append(0xFF000000 | red << 16 | green << 8 | blue)
    return tuple(table)
