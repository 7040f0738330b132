"""What a JSON value from a file must look like, checked before anything is made of it.

A check takes a value and the place it stands at; it returns the value as it is to be used, or raises ValueError naming
the place, what was expected and what was found. Checks are put together as the value is.
"""

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any, str], Any]

_HIGHEST = 2**63 - 1


def anything(value: Any, where: str) -> Any:
    """Whatever it is, somebody else checks it."""
    return value


def text(value: Any, where: str) -> str:
    """Text."""
    return str(_expect(isinstance(value, str), "text", value, where))


def number(value: Any, where: str) -> float:
    """A finite number, whole or not."""
    is_real = isinstance(value, float) and math.isfinite(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _HIGHEST
    checked: float = _expect(is_real or is_whole, "a finite number", value, where)
    return checked


def truth(value: Any, where: str) -> bool:
    """True or false."""
    return bool(_expect(isinstance(value, bool), "true or false", value, where))


def whole(low: int = 0) -> Check:
    """A whole number from ``low`` up."""

    def check(value: Any, where: str) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= _HIGHEST
        return int(_expect(is_whole, f"a whole number from {low} up", value, where))

    return check


def one_of(*words: str) -> Check:
    """One of these words."""
    return lambda value, where: _expect(
        isinstance(value, str) and value in words, f"one of {', '.join(words)}", value, where
    )


def optional(check: Check) -> Check:
    """Null, or what ``check`` takes."""
    return lambda value, where: None if value is None else check(value, where)


def list_of(check: Check) -> Check:
    """A list of what ``check`` takes; becomes a tuple."""

    def check_items(value: Any, where: str) -> tuple[Any, ...]:
        _expect(isinstance(value, list), "a list", value, where)
        return tuple(check(item, f"{where}[{index}]") for index, item in enumerate(value))

    return check_items


def mapping_of(check: Check) -> Check:
    """An object with any names, each value such as ``check`` takes."""

    def check_values(value: Any, where: str) -> dict[str, Any]:
        _expect(isinstance(value, dict), "an object", value, where)
        return {name: check(item, f"{where}.{name}") for name, item in value.items()}

    return check_values


def record(**fields: Check) -> Check:
    """An object with just these names."""

    def check_fields(value: Any, where: str) -> dict[str, Any]:
        _expect(isinstance(value, dict), "an object", value, where)
        if wrong := sorted(set(fields) ^ set(value)):
            raise ValueError(f"{where}: {wrong[0]} is {'missing' if wrong[0] in fields else 'not expected there'}.")
        return {name: check(value[name], f"{where}.{name}") for name, check in fields.items()}

    return check_fields


def _expect(holds: bool, expected: str, value: Any, where: str) -> Any:
    if not holds:
        shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "…"
        raise ValueError(f"{where}: expected {expected}; found {shown}.")
    return value
