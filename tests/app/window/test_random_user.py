"""The window bears whatever is done to it: a minute of a user who tries everything, by four seeds.

A failure prints the seed and the last actions; ``tests.benchmarks.random_user`` does the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.random_session import use_at_random

SECONDS = 15
LONGEST_TURN = 0.2
"""Seconds that the GUI thread may compute without looking at what the user does.

The thread's own time and not the clock's: that a busy machine does not let it run for a while is no fault of the
program. The longest turns, a switch of the theme, compute for less than half of this on two cores that others use too.
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_random_user_finds_nothing_that_breaks(
    qapp: QApplication, home: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)  # what is typed may name a file
    outcome = use_at_random(qapp, SECONDS, seed, home / "files")
    assert not outcome.faults, "\n\n".join(outcome.faults)
    assert not outcome.threads, f"threads left: {outcome.threads}\n{outcome.user.story()}"
    froze = [turn for turn in outcome.watch.busiest() if turn.busy > LONGEST_TURN]
    assert not froze, "\n".join(map(str, froze))
    # It did use the window: a user who is stuck in a dialog would find nothing either.
    assert len(outcome.user.reached) > 20
    assert sum(outcome.user.counts.values()) > 50
