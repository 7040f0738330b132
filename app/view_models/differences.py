"""What differs between two experiments, setting by setting: words for undo, and changes that act at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nn_engine.declarations import Declaration, SettingSpec, find, label_of, settings_of
from nn_engine.declarations.kinds import ChoiceKind, Kind, OptionalKind


@dataclass(frozen=True)
class Difference:
    """One setting that differs, with the text that would set it."""

    path: str
    spec: SettingSpec
    old: Any
    new: Any

    @property
    def live(self) -> bool:
        """Whether a training that runs can take it over."""
        return self.spec.setting.live

    @property
    def text(self) -> str:
        """The new value as ``set_path`` reads it."""
        return text_of(self.spec.kind, self.new)

    @property
    def words(self) -> str:
        """The difference as a person reads it, such as "units 300 → 200"."""
        if isinstance(self.old, tuple) and isinstance(self.new, tuple):
            return _list_words(self.spec, self.old, self.new)
        none = self.spec.setting.none
        old, new = shown(self.spec.kind, self.old, none), shown(self.spec.kind, self.new, none)
        return f"{self.spec.label} {old} → {new}"


def differences(old: Declaration, new: Declaration, prefix: str = "") -> Iterator[Difference]:
    """Every setting in which two declarations of one class differ, as deep as their parts are of the same classes."""
    for spec in settings_of(type(old)):
        path, before, after = f"{prefix}{spec.name}", getattr(old, spec.name), getattr(new, spec.name)
        if before == after:
            continue
        if isinstance(before, Declaration) and type(before) is type(after):
            yield from differences(before, after, f"{path}.")
        elif _same_parts(before, after):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                if one != other:
                    yield from differences(one, other, f"{path}.{index}.")
        else:
            yield Difference(path, spec, before, after)


def text_of(kind: Kind, value: Any) -> str:
    """A value as a person would type it, so that ``kind.parse`` gives it back."""
    plain = kind.to_json(value)
    if plain is None:
        return "none"
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def shown(kind: Kind, value: Any, none: str = "none") -> str:
    """A value in few words."""
    if value is None:
        return none
    if isinstance(value, Declaration):
        label = label_of(type(value))
        return label[:1].upper() + label[1:]
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        sizes = all(isinstance(item, int) for item in value)
        return " × ".join(map(str, value)) if sizes else ", ".join(shown(kind, item) for item in value)
    while isinstance(kind, OptionalKind):
        kind = kind.inner
    if isinstance(kind, ChoiceKind) and isinstance(kind.choices, str):
        return label_of(find(kind.choices, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _same_parts(one: Any, other: Any) -> bool:
    lists = isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other)
    return lists and all(isinstance(a, Declaration) and type(a) is type(b) for a, b in zip(one, other, strict=True))


def _list_words(spec: SettingSpec, old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    if not all(isinstance(item, Declaration) for item in (*old, *new)):
        return f"{spec.label} {shown(spec.kind, old)} → {shown(spec.kind, new)}"
    for verb, more, fewer in (("add", new, old), ("remove", old, new)):
        if len(more) == len(fewer) + 1:
            for index in range(len(more)):
                if (*more[:index], *more[index + 1 :]) == fewer:
                    return f"{verb} {label_of(type(more[index]))}"
    return spec.label
