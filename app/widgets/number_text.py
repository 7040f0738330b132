"""Numbers as a person types and reads them: reading, stepping by arrow keys, ranges, and what is wrong with one."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


def plain(text: str) -> str:
    """The text of a number as the engine reads it: an ordinary minus sign, no spaces, no commas between thousands."""
    bare = text.strip().replace("−", "-").replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    return bare.replace(",", "") if THOUSANDS.fullmatch(bare) else bare


def read(text: str) -> Decimal | None:
    """The number in a text, or None; both minus signs, commas between thousands and an exponent are understood."""
    try:
        number = Decimal(plain(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def write(number: Decimal | float) -> str:
    """A number without needless zeros or exponents: 0.00001, 4,096 as 4096, 1e-12 as it is."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    if exact == 0:
        return "0"
    if exact == exact.to_integral() and abs(exact) < 10**15:
        return str(int(exact))
    plain = exact.normalize()
    return f"{plain:f}" if plain.adjusted() >= -7 else f"{plain:e}".replace("e-0", "e-")


def shown(number: float) -> str:
    """A number in a range or sentence, with commas between thousands."""
    text = write(number)
    return f"{int(number):,}" if text.lstrip("-").isdigit() else text


def stepped(text: str, steps: int, *, integer: bool, step: float | None) -> str:
    """The number some steps further; without a given step a whole number goes by one, another by its second figure."""
    number = read(text)
    if number is None:
        return text
    if step is not None:
        size = Decimal(repr(step))
    elif integer:
        size = Decimal(1)
    elif number == 0:
        size = Decimal("0.01")
    else:
        # Going down from a power of ten the figure that counts is one smaller: 0.1 → 0.099, not 0.09.
        leaving = number.copy_abs().scaleb(-number.adjusted()) == 1 and (steps < 0) == (number > 0)
        size = Decimal(1).scaleb(number.adjusted() - (2 if leaving else 1))
    return write(number + steps * size)


def range_text(low: float | None, high: float | None) -> str:
    """A range in as few signs as will do: "1 – 4,096", "from 0", "up to 10", or nothing."""
    if low is not None and high is not None:
        return f"{shown(low)} – {shown(high)}"
    if low is not None:
        return f"from {shown(low)}"
    return f"up to {shown(high)}" if high is not None else ""


def complaint(
    text: str, low: float | None, high: float | None, *, integer: bool, low_open: bool = False, high_open: bool = False
) -> str:
    """What is wrong with a text that should be a number within a range, or nothing."""
    number = read(text)
    pointed = text.strip().replace(",", ".")
    if not integer and text.count(",") == 1 and read(pointed) is not None:
        # Where one writes a comma for the point, 1,500 is one and a half.
        other = f" or {plain(text)}" if number is not None else ""
        return f"Write {pointed}{other}: decimals take a point."
    if number is None:
        return "A whole number is needed." if integer else "A number is needed."
    if integer and number != number.to_integral():
        return "A whole number is needed."
    if high is not None and (number > Decimal(repr(high)) or (high_open and number == Decimal(repr(high)))):
        return f"Below {shown(high)}." if high_open else f"At most {shown(high)}."
    if low is not None and (number < Decimal(repr(low)) or (low_open and number == Decimal(repr(low)))):
        return f"Above {shown(low)}." if low_open else f"At least {shown(low)}."
    return ""
