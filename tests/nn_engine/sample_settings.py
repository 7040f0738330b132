"""Settings to try any declaration with, derived from what it declares: ordinary ones, extreme ones and bad ones.

So a new class is tested by its registration alone. Where the derived settings do not make a sensible instance, because
some of them have to fit together, the class may name a few that do, in an attribute that nothing else reads::

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"heads": 2, "units": 6},)
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any, TypeVar

from nn_engine.declarations import Declaration, Kind, SettingSpec, registered, settings_of
from nn_engine.declarations.declaration import REQUIRED
from nn_engine.declarations.kinds import (
    ChoiceKind,
    NumberKind,
    NumbersKind,
    OptionalKind,
    PairKind,
    PartKind,
    PartsKind,
    ShapeKind,
    SwitchKind,
    TextKind,
)

D = TypeVar("D", bound=Declaration)


def instances(cls: type[D]) -> list[D]:
    """The class with its examples and defaults, then with one setting at a time changed to other ordinary values."""
    with _looking_within(cls):
        return _instances(cls)


_within: list[type] = []


@contextlib.contextmanager
def _looking_within(cls: type) -> Iterator[None]:
    """While a class's settings are collected, it is no value of them: a layer may hold layers, and so on for ever."""
    _within.append(cls)
    try:
        yield
    finally:
        _within.pop()


def _instances(cls: type[D]) -> list[D]:
    specs = settings_of(cls)
    needed = {spec.name: ordinary_values(spec)[0] for spec in specs if spec.default is REQUIRED}
    candidates = [*getattr(cls, "examples", ()), needed]
    for spec in specs:
        for value in ordinary_values(spec):
            spec.check(value)  # not tolerated below: what is declared to be allowed is allowed
            candidates.append({**needed, spec.name: value})
    found: list[D] = []
    for settings in candidates:
        try:
            made = cls(**settings)
        except ValueError:  # settings that contradict each other
            continue
        if made not in found:
            found.append(made)
    assert found, f"{cls.__name__}: no derived settings fit together; give the class an attribute `examples`"
    return found


def ordinary_values(spec: SettingSpec) -> list[Any]:
    """Some allowed values, the default first; numbers and shapes are small enough to compute with."""
    values = [] if spec.default is REQUIRED else [spec.default]
    if values and isinstance(spec.kind, TextKind):
        return values  # a text may name something, so any other text might name nothing
    return values + ordinary_values_of(spec.kind)


def ordinary_values_of(kind: Kind) -> list[Any]:
    """Some allowed values of a kind, the most ordinary first."""
    match kind:
        case NumberKind(integer=True):
            low, high = _bounds(kind)
            return sorted({int(min(low + more, high)) for more in (0, 1, 4)}, reverse=True)
        case NumberKind():
            low, high = _bounds(kind)
            span = min(high - low, 100.0)
            # The ends as well, so that what is allowed but cannot be computed with is found.
            ends = [low, high] if kind.setting.high is not None and span < 100 else [low]
            return [low + span / 4, low + span * 3 / 4, *ends]
        case SwitchKind():
            return [False, True]
        case ChoiceKind():
            return list(kind.words())
        case TextKind():
            return ["some text"]
        case PairKind():
            return [(2, 2), (1, 1), (3, 2)]
        case ShapeKind():
            return [(4, 3), (5,), (2, 3, 1)]
        case NumbersKind():
            # As many as the contract's data has classes, all different.
            few, many, *_ = ordinary_values_of(kind.item)
            return [(few, many, few / 2, (few + many) / 2)]
        case OptionalKind():
            return [None, *ordinary_values_of(kind.inner)]
        case PartKind():
            parts = [part for part in registered(kind.family).values() if part not in _within]
            return [instances(part)[0] for part in parts]
        case PartsKind():
            return [(), (ordinary_values_of(kind.part)[0],)]
    raise AssertionError(f"{type(kind).__name__}: say here which values of this kind are ordinary")


def extreme_values_of(kind: Kind) -> list[Any]:
    """The ends of what is allowed."""
    match kind:
        case NumberKind(setting=setting):
            low, high = _bounds(kind)
            return [*([low] if setting.low is not None else []), *([high] if setting.high is not None else [])]
        case OptionalKind():
            return [None, *extreme_values_of(kind.inner)]
        case PairKind():
            return [1, (2,), (1, kind.LARGEST)]
        case ShapeKind():
            return [(1,), (1,) * kind.LONGEST]
        case NumbersKind():
            ends = tuple(extreme_values_of(kind.item))
            return [*([ends] if ends else []), (ordinary_values_of(kind.item)[0],) * kind.LONGEST]
        case TextKind():
            return ["", "x" * kind.LONGEST]
    return ordinary_values_of(kind)


def bad_values_of(kind: Kind) -> list[Any]:
    """What must be refused: a step beyond each end, the wrong type, the wrong word."""
    match kind:
        case NumberKind(setting=setting):
            low, high = _bounds(kind)
            bad: list[Any] = [math.nan, math.inf, -math.inf, "7", b"7", None, True, 1j, [1], {}]
            if kind.integer:
                bad += [low + 0.5, str(low)]
            if setting.low is not None:
                bad += [_just_below(low, kind.integer), low - 1, -(10**400)]
            if setting.high is not None:
                bad += [_just_above(high, kind.integer), high * 2 + 1, 10**400]
            return bad
        case SwitchKind():
            return [0, 1, "true", "", None, [], math.nan]
        case ChoiceKind():
            return ["no such word", "", kind.words()[0] + " ", 0, None, True, [], math.nan]
        case TextKind():
            return ["two\nlines", "x" * (kind.LONGEST + 1), 5, None, True, [], b"text"]
        case PairKind():
            return [
                (),
                (1, 1, 1),
                0,
                -1,
                (0, 1),
                (2, kind.LARGEST + 1),
                2.5,
                True,
                math.nan,
                "3",
                b"3",
                {3: 1},
                ((2,),),
            ]
        case ShapeKind():
            too_long = (1,) * (kind.LONGEST + 1)
            return [(), too_long, (0,), (3, -1), (2.5,), (math.nan,), (True,), "28", b"28", 28, None, {28: 1}, ((2,),)]
        case NumbersKind():
            good = ordinary_values_of(kind.item)[0]
            no_numbers = [number for number in bad_values_of(kind.item) if not isinstance(number, int | float)]
            return [(), (good,) * (kind.LONGEST + 1), "1, 2", b"12", 5, None, {1: 2}, *((bad,) for bad in no_numbers)]
        case OptionalKind():
            return [value for value in bad_values_of(kind.inner) if value is not None]
        case PartKind():
            return [*_no_parts(kind), None, []]
        case PartsKind():
            return ["no such part", {}, 5, None, *([part] for part in _no_parts(kind.part))]
    raise AssertionError(f"{type(kind).__name__}: say here which values of this kind are bad")


class _Stranger(Declaration):
    """A declaration of no family."""


def _no_parts(kind: PartKind) -> list[Any]:
    return ["no such part", 5, math.nan, kind.base, _Stranger()]


def _bounds(kind: NumberKind) -> tuple[Any, Any]:
    """The lowest and highest number allowed, or some where there is no end."""
    setting, integer = kind.setting, kind.integer
    low = -3 if setting.low is None else setting.low
    high = low + 1000 if setting.high is None else setting.high
    if setting.low_open:
        low = _just_above(low, integer)
    if setting.high_open:
        high = _just_below(high, integer)
    return (int(low), int(high)) if integer else (float(low), float(high))


def _just_above(number: float, integer: bool) -> float:
    return number + 1 if integer else math.nextafter(number, math.inf)


def _just_below(number: float, integer: bool) -> float:
    return number - 1 if integer else math.nextafter(number, -math.inf)
