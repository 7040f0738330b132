"""What a change of a setting during training is called on the curves: ``rate 0.1 → 0.05``."""

from __future__ import annotations

import json
from typing import Any

from nn_engine.declarations import registered
from nn_engine.declarations.declaration import Declaration, settings_of

_SHORT = {"learning_rate": "rate"}
_FAMILIES = {"layers": "layer", "augmentation": "augmentation", "regularization": "regularizer"}
"""The lists of an experiment and what their items are registered as."""
_VAGUE = ("rate", "strength")
"""Labels that say too little without their owner's name."""


def flag_text(path: str, old: str, new: str) -> str:
    """A change in a few words. ``old`` and ``new`` are JSON."""
    before, after = _value(old), _value(new)
    name = _name(path)
    return f"{name} {before} → {after}" if before and after and before != after else f"{name} changed"


def _name(path: str) -> str:
    head, *rest = path.split(".")
    last = rest[-1] if rest else head
    if last in _SHORT:
        return _SHORT[last]
    family = _FAMILIES.get(head, head)
    found = _labels(family, last, rest[0]) if rest else set()
    if len(found) == 1:
        return found.pop()
    plain = last.replace("_", " ")
    return f"{family} {plain}" if found and plain in _VAGUE else plain


def _labels(family: str, field: str, item: str) -> set[str]:
    """What the field is called in the classes it may belong to: one name, unless an index leaves several open."""
    labels: set[str] = set()
    classes = registered(family)
    for name, cls in classes.items():
        if (item in classes and item != name) or not issubclass(cls, Declaration):
            continue
        for spec in settings_of(cls):
            if spec.name == field:
                owner = name.replace("_", " ")
                labels.add(f"{owner} {spec.label}" if spec.label in _VAGUE else spec.label)
    return labels


def _value(text: str) -> str:
    """A JSON value as a person reads it in a few characters; empty for one that is too much for that."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:.4g}"
        case None:
            return "none"
        case str() if len(value) <= 24:
            return value.replace("_", " ")
        case {"type": str(name)}:
            return name.replace("_", " ")
    return ""
