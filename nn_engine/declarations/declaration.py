"""The base of everything that can be configured: typed fields with range, default, unit and a sentence.

A subclass lists its settings as annotated class attributes and nothing else::

    @register("dropout")
    class DropoutLayer(Layer):
        rate: Annotated[float, Setting("The share of values set to zero.", low=0, high=1, high_open=True)] = 0.5

From that come the constructor, validation and its messages, JSON, command-line settings, forms and their help.
"""

import dataclasses
import functools
import inspect
import typing
from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self, dataclass_transform

from nn_engine.declarations.kinds import Kind, RefusedError, Setting, kind_of
from nn_engine.declarations.registry import did_you_mean, registered

REQUIRED: Any = dataclasses.MISSING
"""The default of a setting that has none."""


@dataclass(frozen=True)
class SettingSpec:
    """One declared setting: everything a form, a message or a file needs to know of it."""

    owner: str
    name: str
    kind: Kind
    default: Any
    setting: Setting

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return self.setting.label or self.name.replace("_", " ")

    def check(self, value: Any) -> Any:
        """The value in its canonical form. Raises ValueError naming field, expectation and value."""
        try:
            return self.kind.check(value)
        except RefusedError as hint:
            shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "…"
            message = f"{self.owner}.{self.name}: expected {self.kind.expected()}; received {shown}.{hint}"
            raise ValueError(message) from None

    def from_json(self, value: Any) -> Any:
        """The value as read from JSON. Raises ValueError with the way to what is wrong."""
        try:
            return self.kind.from_json(value)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=())
class Declaration(ABC):  # noqa: B024 - families add what is abstract
    """A configurable thing. Its settings are fixed once made; ``replace`` makes a changed copy."""

    family: ClassVar[str] = ""
    """The family a registered class belongs to; set by the family's base class."""
    registered_name: ClassVar[str] = ""
    """The name under which the class is registered."""
    group: ClassVar[str] = "other"
    """What menus list it under, among the many of its family: one word, inherited like everything else."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name in inherited_settings(cls) & set(vars(cls)):
            if name not in inspect.get_annotations(cls):
                raise TypeError(f"{cls.__name__}.{name}: declare a new default as Annotated[type, Setting(...)], too.")
        makes_itself = "__init__" in vars(cls)
        dataclass(kw_only=True, eq=False, repr=False)(cls)
        if not makes_itself:
            _refuse_in_words(cls)

    def __post_init__(self) -> None:
        for spec in settings_of(type(self)):
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))
        self.check_together()
        object.__setattr__(self, "_fixed", True)

    def check_together(self) -> None:  # noqa: B027 - most have nothing to check
        """Raise ValueError where settings that are fine alone contradict each other."""

    def __setattr__(self, name: str, value: Any) -> None:
        if "_fixed" in self.__dict__ and name in _names[type(self)]:
            raise AttributeError(f"{type(self).__name__}.{name} is fixed: make a changed copy with replace({name}=…).")
        object.__setattr__(self, name, value)

    def values(self) -> dict[str, Any]:
        """Every setting and its value, in the order of declaration."""
        return {spec.name: getattr(self, spec.name) for spec in settings_of(type(self))}

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed, checked as a new one is."""
        _refuse_unknown(type(self), changes)
        return type(self)(**{**self.values(), **changes})

    def edited(self, name: str, value: Any) -> Self:
        """``replace`` for one setting as a person changes it; settings that exclude each other make room here."""
        return self.replace(**{name: value})

    def take_live_settings(self, wanted: "Declaration") -> None:
        """Take over, in place, the live settings of another declaration of the same class; others do nothing."""
        if type(wanted) is type(self):
            for spec in settings_of(type(self)):
                if spec.setting.live:
                    object.__setattr__(self, spec.name, getattr(wanted, spec.name))

    def to_config(self) -> dict[str, Any]:
        """A JSON-ready object, complete with defaults, so that it means the same when a default changes."""
        if self.family and registered(self.family).get(self.registered_name) is not type(self):
            raise ValueError(f"{type(self).__name__} has no name of its own to be saved under: register it first.")
        kinds = {spec.name: spec.kind for spec in settings_of(type(self))}
        config = {name: kinds[name].to_json(value) for name, value in self.values().items()}
        return {"type": self.registered_name, **config} if self.registered_name else config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The inverse of ``to_config``, without its ``type``. Raises ValueError that says what is wrong and where."""
        _refuse_unknown(cls, config)
        _refuse_missing(cls, config)
        return cls(**{name: spec_of(cls, name).from_json(value) for name, value in config.items()})

    @classmethod
    def explanation(cls) -> str:
        """The first sentence of the class's docstring: what a form shows as its help."""
        return inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " ")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declaration) and type(self) is type(other) and self.values() == other.values()

    def __hash__(self) -> int:
        return hash((type(self), *self.values().values()))

    def __repr__(self) -> str:
        changed = (
            f"{spec.name}={getattr(self, spec.name)!r}"
            for spec in settings_of(type(self))
            if spec.default is REQUIRED or getattr(self, spec.name) != spec.default
        )
        return f"{type(self).__name__}({', '.join(changed)})"


def _refuse_in_words(cls: type[Declaration]) -> None:
    """Let the constructor say of arguments that it does not take what it does take; Python says only that."""
    own: Any = cls
    make = own.__init__

    @functools.wraps(make)
    def make_in_words(self: Declaration, *unnamed: Any, **values: Any) -> None:
        try:
            _refuse_unknown(cls, values)
            if unnamed:
                known = [spec.name for spec in settings_of(cls)]
                takes = f"takes its settings by name, as {cls.__name__}({known[0]}=…)" if known else "has no settings"
                raise ValueError(f"{cls.__name__} {takes}; received {unnamed[0]!r} without a name.")
            _refuse_missing(cls, values)
        except ValueError as error:
            raise TypeError(str(error)) from None  # as Python does for arguments
        make(self, **values)

    own.__init__ = make_in_words


def inherited_settings(cls: type) -> set[str]:
    """The names of the settings that a class has from its bases."""
    bases = [base for base in cls.__mro__[1:] if dataclasses.is_dataclass(base)]
    return {field.name for base in bases for field in dataclasses.fields(base)}


_specs: dict[type, tuple[SettingSpec, ...]] = {}
_names: dict[type, frozenset[str]] = {}


def settings_of(cls: type[Declaration]) -> tuple[SettingSpec, ...]:
    """The declared settings of a class, its bases' first. Raises TypeError where a field lacks its Setting."""
    if cls not in _specs:
        _specs[cls] = tuple(_derive_specs(cls))
        _names[cls] = frozenset(spec.name for spec in _specs[cls])
    return _specs[cls]


def _derive_specs(cls: type[Declaration]) -> Iterator[SettingSpec]:
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every subclass is made a dataclass
        annotation, *extras = typing.get_args(hints[field.name]) or (None,)
        setting = next((extra for extra in extras if isinstance(extra, Setting)), None)
        if setting is None:
            raise TypeError(f"{cls.__name__}.{field.name} must be declared as Annotated[type, Setting(...)].")
        yield SettingSpec(cls.__name__, field.name, kind_of(annotation, setting), field.default, setting)


def spec_of(cls: type[Declaration], name: str) -> SettingSpec:
    """One setting of a class. Raises ValueError that lists what exists."""
    _refuse_unknown(cls, {name: None})
    return next(spec for spec in settings_of(cls) if spec.name == name)


def _refuse_unknown(cls: type[Declaration], values: dict[str, Any]) -> None:
    known = [spec.name for spec in settings_of(cls)]
    for name in values:
        if name not in known:
            listed = f"expected one of {', '.join(known)}" if known else "it has no settings"
            raise ValueError(f"{cls.__name__} has no setting {name!r}: {listed}.{did_you_mean(name, known)}")


def _refuse_missing(cls: type[Declaration], values: dict[str, Any]) -> None:
    for spec in settings_of(cls):
        if spec.default is REQUIRED and spec.name not in values:
            raise ValueError(f"{cls.__name__}.{spec.name}: expected {spec.kind.expected()}; it is not given.")
