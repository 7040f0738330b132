"""Reach any setting of a nested declaration by a dotted path, such as ``optimizer.momentum`` or ``layers.1.units``.

An item of a list is named by its index or, where that is clear, by its registered name:
``augmentation.rotation.degrees``. A registered name that the list lacks adds that part with its defaults; setting it to
``off`` takes it out.
"""

from typing import Any, TypeVar

from nn_engine.declarations import registry
from nn_engine.declarations.declaration import Declaration, SettingSpec, settings_of, spec_of
from nn_engine.declarations.kinds import PartKind, PartsKind

D = TypeVar("D", bound=Declaration)

ON, OFF = ("on", "true", "yes"), ("off", "none", "false", "no")
"""What a list's item may be set to as a whole, beside a part's name or JSON."""


def set_path(declaration: D, path: str, text: str) -> D:
    """A copy of the declaration in which the setting at ``path`` has the value that ``text`` says.

    Raises ValueError naming the part of the path or the value that is wrong.
    """
    try:
        return _set(declaration, path.split("."), text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def get_path(declaration: Declaration, path: str) -> Any:
    """The value at ``path``. Raises ValueError where there is none."""
    value: Any = declaration
    for name in path.split("."):
        value = value[_index_in(value, name)] if isinstance(value, tuple) else getattr(value, _known(value, name))
    return value


def setting_at(declaration: Declaration, path: str) -> SettingSpec:
    """How the setting at ``path`` is declared. Raises ValueError where there is none."""
    parent, _, name = path.rpartition(".")
    owner = get_path(declaration, parent) if parent else declaration
    if isinstance(owner, tuple):
        raise ValueError(f"{path}: {parent} is a list; name a setting of one of its items.")
    if not isinstance(owner, Declaration):
        raise ValueError(f"{path}: {parent} has no settings of its own.")
    return spec_of(type(owner), name)


def all_paths(declaration: Declaration, prefix: str = "") -> list[tuple[str, SettingSpec]]:
    """Every setting that can be reached, with its path, as the declaration stands now."""
    found: list[tuple[str, SettingSpec]] = []
    for spec in settings_of(type(declaration)):
        path, value = f"{prefix}{spec.name}", getattr(declaration, spec.name)
        found.append((path, spec))
        if isinstance(value, Declaration):
            found += all_paths(value, f"{path}.")
        elif isinstance(spec.kind, PartsKind):
            for index, item in enumerate(value):
                found += all_paths(item, f"{path}.{index}.")
    return found


def _known(declaration: Declaration, name: str) -> str:
    if not isinstance(declaration, Declaration):
        raise ValueError(f"there is nothing below it, so {name!r} names no setting.")
    return spec_of(type(declaration), name).name


def _set(declaration: D, names: list[str], text: str) -> D:
    name, rest = _known(declaration, names[0]), names[1:]
    kind, value = spec_of(type(declaration), name).kind, getattr(declaration, name)
    if not rest:
        return declaration.replace(**{name: kind.parse(text)})
    if isinstance(kind, PartsKind):
        return declaration.replace(**{name: _set_in_list(value, kind.part, rest, text)})
    if not isinstance(value, Declaration):
        raise ValueError(f"{name} has no settings of its own: expected {name}=VALUE.")
    return declaration.replace(**{name: _set(value, rest, text)})


def _set_in_list(items: tuple[Any, ...], part: PartKind, names: list[str], text: str) -> tuple[Any, ...]:
    word = text.strip().lower() if len(names) == 1 else ""
    if not _is_index(names[0]):
        known = registry.canonical_name(part.family, names[0])
        if all(item.registered_name != known for item in items):
            if word in OFF:
                return items
            items = (*items, part.check(known))
    index = _index_in(items, names[0])
    changed: tuple[Any, ...]
    if names[1:]:
        changed = (_set(items[index], names[1:], text),)
    elif word in OFF:
        changed = ()
    elif word in ON:
        changed = (items[index],)
    else:
        changed = (part.parse(text),)
    return (*items[:index], *changed, *items[index + 1 :])


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10


def _index_in(items: tuple[Any, ...], name: str) -> int:
    if _is_index(name):
        if int(name) >= len(items):
            raise ValueError(f"there is no item {name}: the list has {len(items)}, counted from 0.")
        return int(name)
    matches = [
        index for index, item in enumerate(items) if item.registered_name == registry.canonical_name(item.family, name)
    ]
    if len(matches) != 1:
        raise ValueError(f"the list holds {len(matches)} items named {name!r}: say which by its index, counted from 0.")
    return matches[0]
