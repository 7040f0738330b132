"""What kinds of value a setting can have, and how each is checked, saved, read back and typed in.

A kind is derived from a field's type annotation (``kind_of``); a form chooses its widget by the kind, a message says
what the kind expected.
"""

import json
import math
import numbers
import os
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from nn_engine.declarations import registry
from nn_engine.declarations.nesting import DEEPEST, nested_too_deeply


@dataclass(frozen=True)
class Setting:
    """What a declared field says about itself, beside its type and default: ``Annotated[float, Setting(...)]``."""

    help: str
    """One sentence for a person."""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    """Whether the lowest value itself is excluded."""
    high_open: bool = False
    unit: str = ""
    choices: str | Sequence[str] = ()
    """For text: the allowed words, or the name of the family whose registered names are allowed."""
    path: Literal["", "file", "folder"] = ""
    """For text: what it is the path of, if it is one."""
    live: bool = False
    """Whether it may change while training runs. Of a layer, only what plays no part in answers, such as a dropout
    rate, may: the best weights are kept without it, and would answer by another."""
    logarithmic: bool = False
    """Whether a slider for it should move in ratios rather than in steps."""
    label: str = ""
    """How a person reads the field's name, where "learning rate" for ``learning_rate`` is not good enough."""
    usual: tuple[float, float] | None = None
    """The part of the range that matters in practice: what a slider covers. Values beyond it can be typed."""
    prefix: str = ""
    """What a form writes before the number, such as ±."""
    none: str = "none"
    """What a form says where a setting that may be none is none, such as "all" for how many."""
    suggested: Any = None
    """What an editor gives a new part where there is no default, or a person would rarely want the default."""

    def __repr__(self) -> str:
        """Only what is said, so that ``help(DenseLayer)`` can be read."""
        said = (field.name for field in fields(self)[1:] if getattr(self, field.name) != field.default)
        return f"Setting({', '.join([repr(self.help), *(f'{name}={getattr(self, name)!r}' for name in said)])})"


class RefusedError(Exception):
    """A value is not of the kind; the field it was meant for turns this into a sentence, which a hint may end."""


class Kind(ABC):
    """One kind of value."""

    @abstractmethod
    def expected(self) -> str:
        """What is allowed, in words that complete "expected …"."""

    @abstractmethod
    def check(self, value: Any) -> Any:
        """The value in its canonical form. Raises RefusedError."""

    def to_json(self, value: Any) -> Any:
        """The value as JSON holds it."""
        return value

    def from_json(self, value: Any) -> Any:
        """The inverse of ``to_json``; the result still has to pass ``check``."""
        return value

    def parse(self, text: str) -> Any:
        """The value a person typed; the result still has to pass ``check``."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):  # no JSON, or more digits or brackets than anything here could mean
            return text.strip()
        return self.from_json(value)


@dataclass(frozen=True)
class NumberKind(Kind):
    """A whole or a real number within a range."""

    integer: bool
    setting: Setting

    def expected(self) -> str:
        low, high = self.setting.low, self.setting.high
        words = ["a whole number" if self.integer else "a number"]
        if low is not None:
            words.append(f"{'above' if self.setting.low_open else 'from'} {low:.10g}")
        if high is not None:
            joint = "and " if low is not None and self.setting.high_open else ""
            words.append(f"{joint}below {high:.10g}" if self.setting.high_open else f"to {high:.10g}")
        elif low is not None and not self.setting.low_open:
            words.append("up")
        return " ".join([*words, *([self.setting.unit] if self.setting.unit else [])])

    def check(self, value: Any) -> int | float:
        """See Kind. Any integer type counts as whole; true and false are not numbers; NaN and infinity are refused."""
        wanted: Any = numbers.Integral if self.integer else numbers.Real
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise RefusedError
        try:
            number = int(value) if self.integer else float(value)
        except OverflowError:
            raise RefusedError from None
        if not self.integer and not math.isfinite(number):
            raise RefusedError
        low, high = self.setting.low, self.setting.high
        if low is not None and (number < low or (self.setting.low_open and number == low)):
            raise RefusedError
        if high is not None and (number > high or (self.setting.high_open and number == high)):
            raise RefusedError
        return number

    def parse(self, text: str) -> Any:
        """See Kind. ``.5``, ``1e4`` and ``0.05`` are numbers; a whole one may be written in any of these ways."""
        try:
            number = float(text)
        except ValueError:
            return text
        try:
            return int(text)
        except ValueError:
            return int(number) if self.integer and number.is_integer() else number


class SwitchKind(Kind):
    """True or false."""

    WORDS: typing.ClassVar = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

    def expected(self) -> str:
        return "true or false"

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise RefusedError
        return value

    def parse(self, text: str) -> Any:
        return self.WORDS.get(text.strip().lower(), text)


@dataclass(frozen=True)
class TextKind(Kind):
    """Free text of one line."""

    LONGEST: typing.ClassVar = 1000

    def expected(self) -> str:
        return f"one line of at most {self.LONGEST} characters"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.LONGEST or not value.isprintable():
            raise RefusedError
        return value

    def parse(self, text: str) -> str:
        return text


class PathKind(TextKind):
    """The path of a file or folder; what a person types counts from where they are, and is kept in full."""

    def expected(self) -> str:
        return f"a path of at most {self.LONGEST} characters"

    def parse(self, text: str) -> str:
        # Not Path.expanduser, which fails where there is no such user; such a path is just not found later.
        return str(Path(os.path.expanduser(text)).absolute()) if text.strip() else text


@dataclass(frozen=True)
class ChoiceKind(Kind):
    """One of some words, given as a list or as the names registered in a family."""

    choices: str | Sequence[str]

    def words(self) -> tuple[str, ...]:
        """The words allowed now."""
        return tuple(registry.registered(self.choices)) if isinstance(self.choices, str) else tuple(self.choices)

    def expected(self) -> str:
        return "one of " + ", ".join(self.words())

    def check(self, value: Any) -> str:
        if isinstance(self.choices, str):
            try:
                return registry.canonical_name(self.choices, value)
            except ValueError:
                raise RefusedError(registry.did_you_mean(value, registry.names_of(self.choices))) from None
        if not isinstance(value, str) or value not in self.choices:
            raise RefusedError(registry.did_you_mean(value, self.choices))
        return value

    def parse(self, text: str) -> str:
        return text.strip()


@dataclass(frozen=True)
class ShapeKind(Kind):
    """A shape: a few whole numbers, each at least one."""

    LONGEST: typing.ClassVar = 8

    def expected(self) -> str:
        return f"one to {self.LONGEST} whole numbers from 1 up, such as 28, 28"

    def check(self, value: Any) -> tuple[int, ...]:
        size = NumberKind(integer=True, setting=Setting("", low=1, high=2**31 - 1))
        if isinstance(value, bytes | dict | set):  # these hold numbers as well, but not a shape's
            raise RefusedError
        try:
            shape = tuple(int(size.check(number)) for number in value)
        except TypeError:
            raise RefusedError from None
        if not 1 <= len(shape) <= self.LONGEST:
            raise RefusedError
        return shape

    def to_json(self, value: Any) -> Any:
        return list(value)

    def parse(self, text: str) -> Any:
        """See Kind. ``28,28``, ``28x28``, ``28×28`` and ``[28, 28]`` are the same."""
        parts = text.strip(" []()").replace("x", ",").replace("×", ",").split(",")
        try:
            return tuple(int(part) for part in parts)
        except ValueError:
            return text


@dataclass(frozen=True)
class PairKind(ShapeKind):
    """Height and width; one number stands for both."""

    LONGEST: typing.ClassVar = 2
    LARGEST: typing.ClassVar = 1000

    def expected(self) -> str:
        return f"one or two whole numbers from 1 to {self.LARGEST}, such as 3 or 3, 3"

    def check(self, value: Any) -> tuple[int, ...]:
        numbers_given = super().check([value] if isinstance(value, numbers.Integral) else value)
        if max(numbers_given) > self.LARGEST:
            raise RefusedError
        return numbers_given * 2 if len(numbers_given) == 1 else numbers_given


@dataclass(frozen=True)
class NumbersKind(Kind):
    """A list of numbers, each within one range, such as a weight for each class."""

    setting: Setting
    LONGEST: typing.ClassVar = 1000

    @property
    def item(self) -> NumberKind:
        """What each of them has to be."""
        return NumberKind(integer=False, setting=self.setting)

    def expected(self) -> str:
        return f"a list of at most {self.LONGEST} numbers, such as 1, 2.5, each {self.item.expected()}"

    def check(self, value: Any) -> tuple[float, ...]:
        if isinstance(value, str | bytes | dict | set):
            raise RefusedError
        try:
            found = tuple(float(self.item.check(number)) for number in value)
        except TypeError:
            raise RefusedError from None
        if not 1 <= len(found) <= self.LONGEST:
            raise RefusedError
        return found

    def to_json(self, value: Any) -> Any:
        return list(value)

    def parse(self, text: str) -> Any:
        """See Kind. ``1, 2.5`` and ``[1, 2.5]`` are the same."""
        try:
            return tuple(float(part) for part in text.strip(" []()").split(","))
        except ValueError:
            return text


@dataclass(frozen=True)
class OptionalKind(Kind):
    """Another kind, or nothing."""

    inner: Kind

    def expected(self) -> str:
        return f"{self.inner.expected()}, or none"

    def check(self, value: Any) -> Any:
        return None if value is None else self.inner.check(value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else self.inner.to_json(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else self.inner.from_json(value)

    def parse(self, text: str) -> Any:
        return None if text.strip().lower() in ("none", "null", "") else self.inner.parse(text)


@dataclass(frozen=True)
class PartKind(Kind):
    """A declaration of some family, such as an optimizer."""

    base: type

    @property
    def family(self) -> str:
        """The family whose registered classes may stand here."""
        return str(self.base.family)  # type: ignore[attr-defined]

    def expected(self) -> str:
        return f"one {self.family} of: {', '.join(registry.registered(self.family))}"

    def check(self, value: Any) -> Any:
        """See Kind. A registered name alone stands for that class with its defaults."""
        if isinstance(value, str):
            try:
                part = registry.find(self.family, value)
            except ValueError:
                hint = self.brackets_hint(value) or registry.did_you_mean(value, registry.names_of(self.family))
                raise RefusedError(hint) from None
            return part.from_config({})  # type: ignore[attr-defined]
        if not isinstance(value, self.base):
            raise RefusedError
        return value

    def brackets_hint(self, value: object) -> str:
        """The end of a sentence that refuses text in brackets: a shell may have taken its quotes."""
        if not str(value).lstrip().startswith(("[", "{")):
            return ""
        name = next(iter(registry.registered(self.family)))
        return f' In brackets it has to be JSON, with names in double quotes, such as {{"type": "{name}"}}.'

    def to_json(self, value: Any) -> Any:
        return value.to_config()

    def from_json(self, value: Any) -> Any:
        """See Kind. An object says by ``type`` which class it is. Raises ValueError from the part's own checks."""
        if not isinstance(value, dict):
            return value
        if nested_too_deeply(value):
            raise ValueError(
                f"the {self.family} is nested too deeply: expected at most {DEEPEST} brackets in one another."
            )
        config = dict(value)
        if "type" not in config:
            raise ValueError(f"the {self.family} needs a 'type': expected {self.expected()}.")
        return registry.find(self.family, config.pop("type")).from_config(config)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class PartsKind(Kind):
    """A list of declarations of one family, such as the layers."""

    part: PartKind
    LONGEST: typing.ClassVar = 1000

    def expected(self) -> str:
        return f"a list, each item {self.part.expected()}"

    def check(self, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str | dict) or not isinstance(value, typing.Iterable):
            raise RefusedError(self.part.brackets_hint(value))
        parts = tuple(self.part.check(item) for item in value)
        if len(parts) > self.LONGEST:
            raise RefusedError
        return parts

    def to_json(self, value: Any) -> Any:
        return [self.part.to_json(item) for item in value]

    def parse(self, text: str) -> Any:
        return () if text.strip().lower() in ("off", "none", "") else super().parse(text)

    def from_json(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        parts = []
        for index, item in enumerate(value):
            try:
                parts.append(self.part.from_json(item))
            except ValueError as error:
                raise ValueError(f"{self.part.family} {index}: {error}") from None
        return tuple(parts)


def kind_of(annotation: Any, setting: Setting) -> Kind:
    """The kind that a field's type annotation and its Setting describe. Raises TypeError for a type without a kind."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return OptionalKind(kind_of(inner, setting))
    if origin is tuple and arguments[0] is int:
        return PairKind() if arguments == (int, int) else ShapeKind()
    if origin is tuple and arguments[0] is float:
        return NumbersKind(setting)
    if origin is tuple and hasattr(arguments[0], "family"):
        return PartsKind(PartKind(arguments[0]))
    if annotation is bool:
        return SwitchKind()
    if annotation in (int, float):
        return NumberKind(integer=annotation is int, setting=setting)
    if annotation is str:
        return ChoiceKind(setting.choices) if setting.choices else PathKind() if setting.path else TextKind()
    if hasattr(annotation, "family"):
        return PartKind(annotation)
    raise TypeError(f"No kind of setting has the type {annotation!r}.")
