"""How deep lists and objects may lie in one another: what is made of them, or told of them, calls itself."""

from collections.abc import Iterable
from typing import Any

DEEPEST = 32
"""Lists and objects in one another. What the studio writes needs a dozen; Python gives up after some hundred."""


def nested_too_deeply(value: Any) -> bool:
    """Whether a JSON value has more lists and objects in one another than ``DEEPEST``."""
    brackets = _brackets_among([value])
    for _ in range(DEEPEST):
        brackets = [inner for each in brackets for inner in _brackets_among(_items(each))]
    return bool(brackets)


def _brackets_among(values: Iterable[Any]) -> list[Any]:
    return [each for each in values if isinstance(each, dict | list)]


def _items(brackets: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return brackets.values() if isinstance(brackets, dict) else brackets
