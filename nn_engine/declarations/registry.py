"""The families of registered classes: layers, optimizers, losses and so on, each found by a name.

A class joins its family with one line, ``@register("name")`` above it; saved files, command-line settings and forms all
find it from there.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T", bound=type)

_families: dict[str, dict[str, type]] = {}
_aliases: dict[str, dict[str, str]] = {}
_labels: dict[type, str] = {}


def register(name: str, *, aliases: tuple[str, ...] = (), label: str = "") -> Callable[[T], T]:
    """Class decorator: make a class known to its family (its ``family`` attribute) under ``name``.

    ``aliases`` are other accepted spellings; what is saved is always ``name``. ``label`` is how a person reads it,
    where "step decay" for ``step_decay`` is not good enough. A class that is written anew, as at a prompt, takes the
    place of its former self. Raises ValueError where the name or an alias is taken by another class.
    """

    def enter(cls: T) -> T:
        family: str = cls.family  # type: ignore[attr-defined]
        classes, other_names = _families.setdefault(family, {}), _aliases.setdefault(family, {})
        former = classes.get(name)
        if former is not None and _place(former) == _place(cls):
            del _labels[former]
            for alias in [alias for alias, target in other_names.items() if target == name]:
                del other_names[alias]
        else:
            former = None
        for taken in (name, *aliases):
            if (taken in classes and classes[taken] is not former) or taken in other_names:
                raise ValueError(f"The {family} name {taken!r} is taken by {find(family, taken).__name__}.")
        classes[name] = cls
        other_names.update(dict.fromkeys(aliases, name))
        cls.registered_name = name  # type: ignore[attr-defined]
        _labels[cls] = label or name.replace("_", " ")
        return cls

    return enter


def _place(cls: type) -> tuple[str, str]:
    """Where a class is written: two of one place are an earlier and a later version of the same."""
    return cls.__module__, cls.__qualname__


def unregister(family: str, name: str) -> None:
    """Take a class out of its family again, with its aliases."""
    _labels.pop(_families[family].pop(name), None)
    _aliases[family] = {alias: target for alias, target in _aliases[family].items() if target != name}


def registered(family: str) -> Mapping[str, type]:
    """Every class of a family by its name, in order of registration."""
    return MappingProxyType(_families.get(family, {}))


def label_of(cls: type) -> str:
    """How a person reads the name of a registered class."""
    return _labels.get(cls, cls.__name__)


def canonical_name(family: str, name: object) -> str:
    """The one name for ``name`` or an alias of it. Raises ValueError that lists what exists."""
    classes = registered(family)
    if isinstance(name, str):
        resolved = _aliases.get(family, {}).get(name, name)
        if resolved in classes:
            return resolved
    own = " One of your own has to be imported before it is found." if isinstance(name, str) else ""
    hint = did_you_mean(name, names_of(family)) or own
    raise ValueError(f"There is no {family} named {name!r}: expected one of {', '.join(classes)}.{hint}")


def names_of(family: str) -> tuple[str, ...]:
    """Every name and alias by which a class of the family is found."""
    return (*registered(family), *_aliases.get(family, {}))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The end of a sentence that refuses a name: the known one that is most like it, or nothing."""
    by_small_letters = {word.lower(): word for word in known}
    close = difflib.get_close_matches(str(name).lower(), by_small_letters, n=1)
    return f" Did you mean {by_small_letters[close[0]]!r}?" if close else ""


def find(family: str, name: object) -> type:
    """The class registered under ``name`` (or an alias of it). Raises ValueError that lists what exists."""
    return registered(family)[canonical_name(family, name)]
