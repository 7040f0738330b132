"""``assets/themes/tokens.json``: every colour and measure, by name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parents[2] / "assets"


@cache
def tokens() -> dict[str, Any]:
    """The file's contents."""
    loaded: dict[str, Any] = json.loads((ASSETS / "themes" / "tokens.json").read_text("utf-8"))
    return loaded


def measure(group: str, name: str) -> int:
    """A measure in pixels, such as ``measure("height", "control")``. Raises KeyError for what does not exist."""
    return int(tokens()[group][name])
