"""Every panel, in one list: in which view it stands, in which row, and how it is made from the studio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.panels.accuracy import AccuracyPanel
from app.panels.histograms import HistogramsPanel
from app.panels.loss import LossPanel
from app.panels.pad import PadPanel
from app.panels.panel import Panel
from app.panels.samples import SamplesPanel

if TYPE_CHECKING:
    from app.studio import Studio


@dataclass(frozen=True)
class PanelSpec:
    """One panel's place."""

    name: str
    view: str
    row: int
    make: Callable[[Studio], Panel]


VIEWS = ("Training",)
"""The views in the middle, in the order of their tabs."""

PANELS = (
    PanelSpec("loss", "Training", 0, lambda studio: LossPanel(studio.curves)),
    PanelSpec("accuracy", "Training", 0, lambda studio: AccuracyPanel(studio.curves)),
    PanelSpec("histograms", "Training", 1, lambda studio: HistogramsPanel(studio.histograms)),
    PanelSpec("samples", "Training", 1, lambda studio: SamplesPanel(studio.samples)),
    PanelSpec("pad", "Try", 0, lambda studio: PadPanel(studio.pad)),
)


def panels_of(view: str) -> list[PanelSpec]:
    """The panels of one view."""
    return [spec for spec in PANELS if spec.view == view]
