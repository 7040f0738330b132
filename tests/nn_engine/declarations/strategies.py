"""Random valid settings for any declaration, drawn from nothing but what it declares."""

from __future__ import annotations

import functools
import json
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from nn_engine.declarations import Declaration, Kind, registered, settings_of
from nn_engine.declarations.kinds import (
    ChoiceKind,
    NumberKind,
    NumbersKind,
    OptionalKind,
    PairKind,
    PartKind,
    PartsKind,
    PathKind,
    ShapeKind,
    SwitchKind,
    TextKind,
)

FAMILIES = ("layer", "optimizer", "loss", "schedule", "regularizer", "clipping", "augmentation", "callback", "dataset")
MOST_TRIES = 20


def registered_declarations() -> list[type[Declaration]]:
    """Every registered class that has settings to declare."""
    return [cls for family in (*FAMILIES, "preprocessing") for cls in registered(family).values()]


@functools.singledispatch
def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Valid values of a kind, in canonical form."""
    raise NotImplementedError(f"Say here which values {type(kind).__name__} allows.")


@values.register
def _(kind: NumberKind) -> st.SearchStrategy[Any]:
    setting = kind.setting
    if kind.integer:
        low = None if setting.low is None else int(setting.low) + setting.low_open
        high = None if setting.high is None else int(setting.high) - setting.high_open
        return st.integers(low, high)
    return st.floats(
        setting.low,
        setting.high,
        exclude_min=setting.low_open,
        exclude_max=setting.high_open,
        allow_nan=False,
        allow_infinity=False,
    )


@values.register
def _(kind: SwitchKind) -> st.SearchStrategy[Any]:
    return st.booleans()


@values.register
def _(kind: TextKind) -> st.SearchStrategy[Any]:
    return st.text(max_size=20).filter(str.isprintable)


@values.register
def _(kind: PathKind) -> st.SearchStrategy[Any]:
    part = st.text(alphabet="ab. ~é", min_size=1, max_size=5).filter(lambda text: text != ".")
    return st.lists(part, max_size=3).map(lambda parts: "/" + "/".join(parts))


@values.register
def _(kind: ChoiceKind) -> st.SearchStrategy[Any]:
    return st.sampled_from(kind.words())


@values.register
def _(kind: ShapeKind) -> st.SearchStrategy[Any]:
    return st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=8).map(tuple)


@values.register
def _(kind: PairKind) -> st.SearchStrategy[Any]:
    return st.tuples(st.integers(1, kind.LARGEST), st.integers(1, kind.LARGEST))


@values.register
def _(kind: NumbersKind) -> st.SearchStrategy[Any]:
    return st.lists(values(kind.item), min_size=1, max_size=8).map(tuple)


@values.register
def _(kind: OptionalKind) -> st.SearchStrategy[Any]:
    inner = values(kind.inner)
    # As typed, these words say that there is nothing, so no text can be told from it by them.
    nothing = ("none", "null", "")
    return st.none() | inner.filter(lambda value: str(value).strip().lower() not in nothing)


@values.register
def _(kind: PartKind) -> st.SearchStrategy[Any]:
    return st.one_of([declarations(cls) for cls in registered(kind.family).values()])


@values.register
def _(kind: PartsKind) -> st.SearchStrategy[Any]:
    return st.lists(values(kind.part), max_size=3).map(tuple)


@st.composite
def declarations(draw: st.DrawFn, cls: type[Declaration]) -> Any:
    """Instances of a class with random valid settings; those that contradict each other are drawn again."""
    settings = {spec.name: values(spec.kind) for spec in settings_of(cls)}
    for _ in range(MOST_TRIES):
        chosen = {name: draw(strategy) for name, strategy in settings.items()}
        try:
            return cls(**chosen)
        except ValueError:
            continue
    return reject()


def as_typed(kind: Kind, value: Any) -> str:
    """What a person types to set a setting of this kind to this value."""
    if value is None:
        return "none"
    if isinstance(kind, OptionalKind):
        return as_typed(kind.inner, value)
    if isinstance(kind, TextKind | ChoiceKind):
        return str(value)
    return json.dumps(kind.to_json(value))
