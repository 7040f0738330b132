"""The last line of the window: what it says of the threads and kernels that compute."""

from __future__ import annotations

import os

import pytest
from pytestqt.qtbot import QtBot

from app.window import status_line
from app.window.status_line import StatusLine
from tests.app.conftest import MakeStudio


@pytest.mark.parametrize(
    ("threads", "kernels", "shown", "told"),
    [
        ("1", "Haswell", "Seed 0   1 thread, Haswell", "1 thread on 2 cores, so that this window keeps one."),
        ("2", "SkylakeX", "Seed 0   2 threads, SkylakeX", "2 threads on 2 cores. "),
        ("", None, "Seed 0", "as many threads as OpenBLAS chooses on 2 cores. Threads"),
    ],
)
def test_it_shows_what_is_computed_with(
    qtbot: QtBot,
    make_studio: MakeStudio,
    monkeypatch: pytest.MonkeyPatch,
    threads: str,
    kernels: str | None,
    shown: str,
    told: str,
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(status_line, "kernels", lambda: kernels)
    line = StatusLine(make_studio())
    qtbot.addWidget(line)
    assert line.facts.text() == shown
    assert told in line.facts.toolTip()
