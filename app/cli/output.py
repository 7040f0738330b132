"""What the commands print: lines of JSON for programs, text for people."""

from __future__ import annotations

import json
import math
import sys
from typing import Any


def print_json(values: dict[str, Any]) -> None:
    """One JSON object on a line of standard output, at once. Numbers that JSON cannot hold become null."""
    print(json.dumps(_plain(values), allow_nan=False), flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def note(sentence: str) -> None:
    """A remark for a person, on standard error, so that it never gets among the JSON."""
    if sys.stderr is not None:  # print() would take None for standard output
        print(sentence, file=sys.stderr, flush=True)


def percent(share: float | None) -> str:
    """0.9812 as 98.12 %."""
    return "–" if share is None else f"{100 * share:.2f} %"


def metric_text(name: str, value: float) -> str:
    """``val_accuracy`` and 0.9812 as val accuracy 98.12 %; what is no share of anything as 0.9812."""
    return f"{name.replace('_', ' ')} {percent(value) if name.endswith('accuracy') else f'{value:.4f}'}"


def duration(seconds: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
