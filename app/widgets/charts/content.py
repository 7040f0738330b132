"""What a chart is given to draw: plain arrays and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRAINING, VALIDATION = "training", "validation"
"""The curves, by the names of their colours."""


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class Mark:
    """A point that stands out, and what it is."""

    step: float
    value: float
    text: str


@dataclass(frozen=True)
class Content:
    """One moment of the data. While ``generation`` stays, later contents only add at the ends."""

    steps: Floats = field(default_factory=_none)
    raw: Floats = field(default_factory=_none)
    """A value a step."""
    smooth: Floats = field(default_factory=_none)
    point_steps: Floats = field(default_factory=_none)
    points: Floats = field(default_factory=_none)
    """Validation: a value at the end of each epoch."""
    flags: Sequence[tuple[float, str]] = ()
    """Steps at which something was changed, and what."""
    best: Mark | None = None
    steps_per_epoch: int = 1
    planned_steps: int = 0
    """Where the training will end; 0 if that is not known."""
    generation: int = 0


@dataclass(frozen=True)
class Wording:
    """What a chart is called and how its values are read."""

    name: str
    percent: bool = False
    """Values are shares and are shown as percent, on a linear axis."""
    empty_title: str = ""
    empty_note: str = ""
    rises: bool = False
    """Which way the curve should go: drawn as an expectation while there is nothing else."""
    flag_texts: bool = True
    """Whether changes are spelt out; otherwise a small flag stands for them."""
