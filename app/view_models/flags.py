"""What a change of a setting during training is called on the curves: ``rate 0.1 → 0.05``, ``rotation ±15°``."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nn_engine.declarations import SettingSpec, label_of, registered
from nn_engine.declarations.declaration import Declaration, settings_of
from nn_engine.io.json_text import JSONTextError, parse

_SHORT = {"learning_rate": "rate"}
_FAMILIES = {"layers": "layer", "augmentation": "augmentation", "regularization": "regularizer"}
"""The lists of an experiment and what their items are registered as."""
_VAGUE = ("rate", "strength", "probability", "fill")
"""Labels that say too little without their owner's name."""
_MOST_SPELT_OUT = 2
"""So many changes that came at once are told one by one."""

Found = tuple[str, SettingSpec]
"""A registered name, and one of its settings."""


def flag_text(path: str, old: str, new: str) -> str:
    """A change in a few words. ``old`` and ``new`` are JSON."""
    head, *rest = path.split(".")
    family = _FAMILIES.get(head, head)
    before, after = _read(old), _read(new)
    if _is_parts(before) and _is_parts(after):
        return _list_text(head.replace("_", " "), family, before, after)
    found = _found(family, rest[-1], rest[0]) if rest else []
    return _changed(_name(family, rest[-1] if rest else head, found), found, before, after)


def _changed(name: str, found: list[Found], before: Any, after: Any) -> str:
    """A number with a unit says by it what it is of, and needs nothing beside it; others are told from what to what."""
    signs = {(spec.setting.prefix, spec.setting.unit) for _, spec in found}
    prefix, unit = signs.pop() if len(signs) == 1 else ("", "")
    one, other = _value(before), _value(after)
    if other and (prefix or unit) and isinstance(after, int | float):
        return f"{name} {prefix}{other}{'' if unit == '°' else ' '}{unit}".rstrip()
    return f"{name} {one} → {other}" if one and other and one != other else f"{name} changed"


def _list_text(name: str, family: str, before: list[Any], after: list[Any]) -> str:
    """What became of a list of parts: what was added, removed, or set otherwise."""
    if len(before) > 1 and not after:
        return f"{name} off"
    if not before and len(after) > 1:
        return f"{name} on"
    types = [[part["type"] for part in parts] for parts in (before, after)]
    if types[0] == types[1]:
        told = [
            text
            for one, other in zip(before, after, strict=True)
            if one != other
            for text in _parts(family, one, other)
        ]
    else:
        fewer, more = Counter(types[0]), Counter(types[1])
        told = [f"{_label(family, each)} added" for each in (more - fewer).elements()]
        told += [f"{_label(family, each)} removed" for each in (fewer - more).elements()]
    return ", ".join(told) if 0 < len(told) <= _MOST_SPELT_OUT else f"{name} changed"


def _parts(family: str, one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Every field in which two configurations of the same part differ."""
    told = []
    for field in other:
        if field in one and one[field] != other[field]:
            found = _found(family, field, other["type"])
            told.append(_changed(_name(family, field, found), found, one[field], other[field]))
    return told


def _label(family: str, name: str) -> str:
    cls = registered(family).get(name)
    return label_of(cls) if cls else name.replace("_", " ")


def _name(family: str, field: str, found: list[Found]) -> str:
    """What the field is called in the classes it may belong to: one name, unless an index leaves several open."""
    if field in _SHORT:
        return _SHORT[field]
    labels = {f"{_label(family, owner)} {spec.label}" if spec.label in _VAGUE else spec.label for owner, spec in found}
    if len(labels) == 1:
        return labels.pop()
    plain = field.replace("_", " ")
    return f"{family} {plain}" if found and plain in _VAGUE else plain


def _found(family: str, field: str, item: str) -> list[Found]:
    """The field in every class that it may belong to; ``item`` is a registered name, or an index that says nothing."""
    classes = registered(family)
    return [
        (name, spec)
        for name, cls in classes.items()
        if (item not in classes or item == name) and issubclass(cls, Declaration)
        for spec in settings_of(cls)
        if spec.name == field
    ]


def _is_parts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(part, dict) and isinstance(part.get("type"), str) for part in value
    )


def _read(text: str) -> Any:
    try:
        return parse(text)
    except JSONTextError:
        return text


def _value(value: Any) -> str:
    """A value as a person reads it in a few characters; empty for one that is too much for that."""
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float() if abs(value) < 1e300:  # a file may say a whole number that no format can show
            return f"{value:.4g}"
        case None:
            return "none"
        case str() if len(value) <= 24:
            return value.replace("_", " ")
        case {"type": str(name)}:
            return name.replace("_", " ")
    return ""
