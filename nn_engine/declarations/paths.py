"""Reach any setting of a nested declaration by a dotted path, such as ``optimizer.momentum`` or ``layers.1.units``.

An item of a list is named by its index or, where that is clear, by its registered name:
``augmentation.rotation.degrees``. A registered name that the list lacks adds that part with its defaults; setting it to
``off`` takes it out.
"""

from typing import Any, TypeVar

from nn_engine.declarations import registry
from nn_engine.declarations.declaration import Declaration, SettingSpec, settings_of, spec_of
from nn_engine.declarations.kinds import Kind, PartKind, PartsKind

D = TypeVar("D", bound=Declaration)

ON, OFF = ("on", "true", "yes"), ("off", "none", "false", "no")
"""What a list's item may be set to as a whole, beside a part's name or JSON."""


def set_path(declaration: D, path: str, text: str) -> D:
    """A copy of the declaration in which the setting at ``path`` has the value that ``text`` says.

    Raises ValueError naming the part of the path or the value that is wrong.
    """
    return set_value(declaration, path, _Typed(text))


def set_value(declaration: D, path: str, value: Any) -> D:
    """``set_path`` for a value that is one already: a number, a name, a part or, for a list's item, True or False."""
    try:
        return _set(declaration, path.split("."), value)
    except ValueError as error:
        # The owner's name says nothing more once the path is there: "SGD.momentum: expected …" becomes "expected …".
        text = str(error)
        head, colon, rest = text.partition(": ")
        owned = colon and head.count(".") == 1 and head.endswith(f".{path.rpartition('.')[2]}")
        raise ValueError(f"{path}: {rest if owned else text}") from None


def edit_path(declaration: D, path: str, text: str) -> D:
    """``set_path`` as an editor needs it: where the value is refused, other settings of its part may make room for it.

    Raises ValueError, as ``set_path`` does, where that does not help.
    """
    try:
        return set_path(declaration, path, text)
    except ValueError:
        parent, _, name = path.rpartition(".")
        try:
            owner = get_path(declaration, parent) if parent else declaration
            edited = owner.edited(name, setting_at(declaration, path).kind.parse(text))
            return set_value(declaration, parent, edited) if parent else edited
        except (ValueError, AttributeError):
            pass
        raise


class _Typed(str):
    """A value as a person typed it, yet to be parsed."""


def get_path(declaration: Declaration, path: str) -> Any:
    """The value at ``path``. Raises ValueError where there is none."""
    value: Any = declaration
    for name in path.split("."):
        value = value[_index_in(value, name)] if isinstance(value, tuple) else getattr(value, _known(value, name))
    return value


def setting_at(declaration: Declaration, path: str) -> SettingSpec:
    """How the setting at ``path`` is declared. Raises ValueError where there is none."""
    parent, dot, name = path.rpartition(".")
    owner = get_path(declaration, parent) if dot else declaration
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


def _set(declaration: D, names: list[str], value: Any) -> D:
    name, rest = _known(declaration, names[0]), names[1:]
    kind, present = spec_of(type(declaration), name).kind, getattr(declaration, name)
    if not rest:
        return declaration.replace(**{name: _as_value(kind, value)})
    if isinstance(kind, PartsKind):
        return declaration.replace(**{name: _set_in_list(present, kind.part, rest, value)})
    if not isinstance(present, Declaration):
        raise ValueError(f"{name} has no settings of its own: expected {name}=VALUE.")
    return declaration.replace(**{name: _set(present, rest, value)})


def _set_in_list(items: tuple[Any, ...], part: PartKind, names: list[str], value: Any) -> tuple[Any, ...]:
    whole = len(names) == 1
    off = whole and (value is False or (isinstance(value, _Typed) and value.strip().lower() in OFF))
    on = whole and (value is True or (isinstance(value, _Typed) and value.strip().lower() in ON))
    if not _is_index(names[0]):
        known = registry.canonical_name(part.family, names[0])
        if all(item.registered_name != known for item in items):
            if off:
                return items
            items = (*items, part.check(known))
    index = _index_in(items, names[0])
    changed: tuple[Any, ...]
    if off:
        changed = ()
    elif on:
        changed = (items[index],)
    else:
        changed = (_as_value(part, value) if whole else _set(items[index], names[1:], value),)
    return (*items[:index], *changed, *items[index + 1 :])


def _as_value(kind: Kind, value: Any) -> Any:
    return kind.parse(str(value)) if isinstance(value, _Typed) else value


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
