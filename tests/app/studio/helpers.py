"""What tests of the studio look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.studio import Studio
from nn_engine.types import Floats
from tests.app.conftest import drain_until


def weights(studio: Studio) -> Floats:
    """The weights as they are while nothing runs."""
    session = studio.session
    assert session is not None
    return np.array(session.trainer.snapshot().weights)


def run_id(studio: Studio) -> str:
    assert studio.session is not None
    return studio.session.trainer.run_id


def probabilities(studio: Studio) -> Floats:
    found = studio.pad.probabilities
    assert found is not None
    return np.array(found)


def ready(studio: Studio) -> None:
    drain_until(studio, lambda: studio.session is not None and studio.transport.worker_state == "paused")


def told(studio: Studio) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    studio.told.connect(lambda kind, text: heard.append((kind, text)))
    return heard


def saved_checkpoint(studio: Studio, path: Path) -> None:
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.save_checkpoint(path)
    drain_until(studio, lambda: saved)
    assert saved == [path]
