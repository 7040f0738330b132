"""Settings that change while training runs: which may, and what is told of them."""

import json
from typing import Any

from nn_engine.declarations import Declaration, SettingSpec, settings_of


def refuse_unless_live(old: Declaration, new: Declaration, prefix: str = "") -> None:
    """Raise ValueError naming the first setting that differs between the two and is not declared ``live``.

    A part or a list of parts that is live itself may be replaced; otherwise only live settings inside it may differ.
    """
    for spec in settings_of(type(old)):
        _refuse(getattr(old, spec.name), getattr(new, spec.name), spec, f"{prefix}{spec.name}")


def _refuse(old: Any, new: Any, spec: SettingSpec, path: str) -> None:
    if old == new:
        return
    if isinstance(old, Declaration) and type(old) is type(new):
        refuse_unless_live(old, new, f"{path}.")
    elif isinstance(old, tuple) and isinstance(new, tuple) and [type(a) for a in old] == [type(b) for b in new]:
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            if isinstance(before, Declaration):
                refuse_unless_live(before, after, f"{path}.{index}.")
            elif before != after and not spec.setting.live:
                raise _refusal(path)
    elif not spec.setting.live:
        raise _refusal(path)


def _refusal(path: str) -> ValueError:
    return ValueError(f"{path} cannot change while training runs; start a new training to use it.")


def shown(value: Any) -> str:
    """A setting's value as JSON, for events and records."""
    return json.dumps(value, default=lambda part: part.to_config(), ensure_ascii=False)
