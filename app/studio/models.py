"""The view models, as one thing to hand around."""

from __future__ import annotations

from dataclasses import dataclass

from app.view_models.curves import Curves
from app.view_models.document import ExperimentDocument
from app.view_models.histograms import Histograms
from app.view_models.pad import PadModel
from app.view_models.preferences import Preferences
from app.view_models.rate_finder import RateFinder
from app.view_models.samples import SamplesModel
from app.view_models.transport import Transport


@dataclass(frozen=True)
class Models:
    """What panels and the window show; each tells of its own changes."""

    preferences: Preferences
    document: ExperimentDocument
    curves: Curves
    transport: Transport
    histograms: Histograms
    samples: SamplesModel
    pad: PadModel
    rates: RateFinder
