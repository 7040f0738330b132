"""The stack of layers as a person edits it: its rows, a new layer's first settings, and the stack as text."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from nn_engine.data import Task
from nn_engine.declarations import Declaration, SettingSpec, find, label_of, registered, settings_of
from nn_engine.declarations.declaration import REQUIRED
from nn_engine.declarations.kinds import (
    ChoiceKind,
    Kind,
    NumberKind,
    NumbersKind,
    OptionalKind,
    PartKind,
    PartsKind,
    ShapeKind,
    SwitchKind,
    TextKind,
)
from nn_engine.io.json_text import JSONTextError, parse
from nn_engine.layers import InputLayer, Layer
from nn_engine.types import Shape

LONGEST_TEXT = 1_000_000
"""Pasted text beyond so many characters is no stack of layers."""

MOST_LAYERS = 256
"""A person can build a stack up to here, those in blocks counted: beyond, no list could be read, nor shown at once."""


@dataclass(frozen=True)
class LayerRow:
    """One layer as the list shows it."""

    title: str
    detail: str
    output: str
    """"→ 300"; "" where it is not known, because a layer above does not fit."""
    parameters: int | None
    error: str = ""
    explanation: str = ""


def layer_rows(layers: Sequence[Layer], task: Task | None = None) -> list[LayerRow]:
    """A row for each layer, with the shape that comes out of it. A layer that does not fit says so in its own row."""
    rows: list[LayerRow] = []
    shape: Shape | None = ()
    shapes: list[Shape] = []  # what comes to each layer
    for index, layer in enumerate(layers):
        shapes.append(shape or ())
        error, output, count = "", None, None
        if (index == 0) != isinstance(layer, InputLayer):
            error = _PLACES[index == 0]
        elif shape is not None:
            try:
                given = layer.output_shape(()) if index == 0 else shape
                output = layer.output_shape(given)  # first, because only a layer that fits can say what it keeps
                count = sum(math.prod(parameter.shape) for parameter in layer.parameters(given))
            except ValueError as error_in_words:
                error, count = readable(str(error_in_words)) + _earlier_place(layers, index, shapes), None
        if not error and output is not None and task is not None:
            error = _against_task(index, len(layers), output, task)
        # What follows a misplaced or unfit layer is not known; what merely answers to the wrong data still is.
        shape = output
        detail = _detail(layer)
        if index == 0 and task is not None and output is not None and math.prod(output) == math.prod(task.sample_shape):
            detail = _shape_words(task.sample_shape)  # what the samples are, however the layer takes them
        rows.append(
            LayerRow(
                title_of(type(layer)),
                detail,
                f"→ {_tight(output)}" if output else "",
                count,
                error,
                layer.explanation(),
            )
        )
    return rows


def count_of(layers: Sequence[Layer]) -> int:
    """How many layers there are, those inside of others counted."""
    return sum(1 + count_of(layer.inner_layers()) for layer in layers)


def _earlier_place(layers: Sequence[Layer], index: int, shapes: Sequence[Shape]) -> str:
    """Where a layer that does not fit here would: before the one that took the shape from it; "" if nowhere."""
    for place in range(index - 1, 0, -1):
        try:
            layers[index].output_shape(shapes[place])
        except ValueError:
            continue
        return f" Or put it before the {title_of(type(layers[place]))}."
    return ""


_PLACES = {
    True: "A network starts with an input layer. Add one above, or move it here.",
    False: "Only the first layer can be an input. Move it to the top, or delete it.",
}


def _against_task(index: int, count: int, output: Shape, task: Task) -> str:
    if index == 0 and math.prod(output) != math.prod(task.sample_shape):
        size = math.prod(task.sample_shape)
        return f"The data has {size:,} values a sample, {_shape_words(task.sample_shape)}. Set {size:,} units."
    if index == count - 1 and index > 0 and output != (task.output_size,):
        return (
            f"The data has {task.output_size} {task.target_kind}, so the last layer needs as many outputs; "
            f"it has {_shape_words(output)}."
        )
    return ""


def title_of(cls: type) -> str:
    """How a registered class is called at the start of a line."""
    label = label_of(cls)
    return label[:1].upper() + label[1:]


def sentence(text: str) -> str:
    """A message of the engine, without the names of class and field before it, as a sentence."""
    head, colon, rest = text.rpartition(": expected")
    if colon and " " not in head.rsplit(": ", 1)[-1]:
        text = f"expected{rest}"
    return text[:1].upper() + text[1:]


def readable(text: str) -> str:
    """A message of the engine as a sentence, with shapes and layers as the list calls them."""
    text = sentence(text)
    for cls in registered("layer").values():
        text = re.sub(rf"\b{cls.__name__}\b", title_of(cls), text)
    text = re.sub(r"\((\d+,|\d+(?:, \d+)+)\)", lambda found: found[1].rstrip(",").replace(", ", " × "), text)
    return text


def _shape_words(shape: Shape) -> str:
    return " × ".join(f"{size:,}" for size in shape)


def _tight(shape: Shape) -> str:
    """A shape where there is little room: between other words, or in the column of outputs."""
    return "×".join(f"{size:,}" for size in shape)


def _detail(layer: Layer) -> str:
    """The settings that tell this layer from another of its class, in a few words."""
    words = []
    for spec in settings_of(type(layer)):
        value = getattr(layer, spec.name)
        if value is None or not (_meant_to_be_set(spec) or value != spec.default):
            continue
        word = _short(spec, spec.kind, value)
        if word and not _meant_to_be_set(spec) and isinstance(spec.kind, NumberKind | ShapeKind):
            word = f"{spec.label} {word}"  # a second number would be taken for the first kind
        if word:
            words.append(word)
    return " ".join(words)


def _meant_to_be_set(spec: SettingSpec) -> bool:
    """Whether everyone who adds such a layer looks at the setting; others say something only where they differ."""
    return bool(spec.default is REQUIRED or spec.setting.suggested is not None or spec.setting.live)


def _short(spec: SettingSpec, kind: Kind, value: Any) -> str:
    if isinstance(kind, OptionalKind):
        # What may be left out and is only named, such as an initializer of its own, would crowd the row.
        return "" if isinstance(kind.inner, ChoiceKind | TextKind) else _short(spec, kind.inner, value)
    if isinstance(kind, NumberKind):
        if not kind.integer and (kind.setting.low, kind.setting.high) == (0, 1):
            return f"{100 * value:.4g} %"
        unit = f" {kind.setting.unit}" if kind.setting.unit else ""
        return f"{value:,}{unit}" if kind.integer else f"{value:.4g}{unit}"
    if isinstance(kind, ShapeKind):
        return _tight(value)
    if isinstance(kind, PartsKind):
        return _counted(spec.label, len(value)) if value else ""
    if isinstance(kind, SwitchKind):
        return spec.label if value else ""
    if isinstance(kind, ChoiceKind):
        return label_of(find(kind.choices, value)) if isinstance(kind.choices, str) else str(value)
    return ""


def _counted(label: str, count: int) -> str:
    """How many: "2 layers", "1 layer"; a name that is no plural says only that there is some of it."""
    plain = label.removesuffix("s")
    return label if plain == label else f"{count} {plain if count == 1 else label}"


def new_layer(name: str, layers: Sequence[Layer], task: Task | None = None) -> Layer:
    """A layer of this name with settings as the stack usually has them. Raises ValueError where none can be made."""
    cls = cast("type[Layer]", find("layer", name))
    inner = layers[1:-1] if len(layers) > 2 else ()
    alike = [layer for layer in inner if type(layer) is cls]
    values: dict[str, Any] = {}
    for spec in settings_of(cls):
        usual = _most_common([getattr(layer, spec.name) for layer in alike])
        if usual is None and spec.default is REQUIRED:
            same_name = [getattr(layer, spec.name, None) for layer in inner]
            usual = _most_common([value for value in same_name if value is not None and _allowed(spec, value)])
        if usual is None:
            usual = spec.setting.suggested
        if usual is None and spec.default is REQUIRED:
            usual = _first_value(spec.kind)
        if usual is not None:
            values[spec.name] = usual
    made = cls(**values)
    if isinstance(made, InputLayer) and task is not None:
        return made.edited("units", math.prod(task.sample_shape))
    return made


def _most_common(values: list[Any]) -> Any:
    return Counter(values).most_common(1)[0][0] if values else None


def _allowed(spec: SettingSpec, value: Any) -> bool:
    try:
        spec.check(value)
    except ValueError:
        return False
    return True


def _first_value(kind: Kind) -> Any:
    """Some allowed value for a setting that says nothing else."""
    if isinstance(kind, NumberKind):
        low, high = kind.setting.low, kind.setting.high
        if low is not None and high is not None and (kind.setting.low_open or kind.setting.high_open):
            return (low + high) / 2 if not kind.integer else int(low) + int(kind.setting.low_open)
        start = low if low is not None else high if high is not None else 1
        shift = 1 if low is not None and kind.setting.low_open else -1 if low is None and kind.setting.high_open else 0
        return math.ceil(start) + shift if kind.integer else float(start + shift)
    return next(made for cls, made in _FIRST_VALUES.items() if isinstance(kind, cls))(kind)


_FIRST_VALUES: dict[type[Kind], Any] = {
    SwitchKind: lambda kind: False,
    TextKind: lambda kind: "",
    ChoiceKind: lambda kind: kind.words()[0],
    ShapeKind: lambda kind: (1,),
    NumbersKind: lambda kind: (_first_value(kind.item),),
    OptionalKind: lambda kind: None,
    PartKind: lambda kind: kind.expected() and next(iter(_names(kind.family))),
    PartsKind: lambda kind: (),
}


def _names(family: str) -> Sequence[str]:
    return tuple(registered(family))


def as_text(layers: Sequence[Layer]) -> str:
    """One layer a line, each a JSON object that leaves out what is as it is anyway."""
    return "".join(json.dumps(_config(layer), ensure_ascii=False) + "\n" for layer in layers)


def _config(layer: Declaration) -> dict[str, Any]:
    config = layer.to_config()
    for spec in settings_of(type(layer)):
        if spec.default is not REQUIRED and getattr(layer, spec.name) == spec.default:
            del config[spec.name]
    return config


SOURCE = "The clipboard"
EXAMPLE = '{"type": "dense", "units": 300, "fn": "relu"}'


def from_text(text: str) -> tuple[Layer, ...]:
    """The layers of ``as_text``. Raises ValueError naming the line and what is wrong with it."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{SOURCE} has {len(text):,} characters; layers as text are one short line each.")
    kind = PartKind(Layer)
    layers: list[Layer] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if len(layers) == MOST_LAYERS:
            raise ValueError(f"{SOURCE} has more than {MOST_LAYERS} layers. Copy fewer of them.")
        try:
            found = parse(line)
        except JSONTextError as error:
            fault = str(error).removeprefix("line 1, ")
            raise ValueError(f"{SOURCE}, line {number}, {fault}. A layer is a line such as {EXAMPLE}.") from None
        if not isinstance(found, dict):
            raise ValueError(f"{SOURCE}, line {number}: expected a layer such as {EXAMPLE}; found {line.strip()[:20]}.")
        try:
            layers.append(cast(Layer, kind.from_json(found)))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{SOURCE}, line {number}: {error}") from None
    if not layers:
        raise ValueError(f"{SOURCE} has no layers in it: expected one a line, such as {EXAMPLE}.")
    return tuple(layers)
