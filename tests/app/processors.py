"""Processors to try what is known of them on."""

from __future__ import annotations

from pathlib import Path

import pytest


def of_processor(monkeypatch: pytest.MonkeyPatch, folder: Path, description: str | None) -> None:
    """Let the system describe its processor so, or not at all."""
    path = folder / "cpuinfo"
    if description is not None:
        path.write_text(description)
    monkeypatch.setattr("app.kernels.DESCRIPTION", path)
