"""The window bears whatever is done to it: a minute of a user who tries everything, by four seeds.

A failure prints the seed and the last actions; ``tests.benchmarks.random_user`` does the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.random_program import let_it_be_used

SECONDS = 15


@pytest.mark.parametrize("seed", range(4))
def test_a_random_user_finds_nothing_that_breaks(seed: int, tmp_path: Path) -> None:
    """No exception, warning or report, no thread left, and no turn of the event loop of more than 200 ms.

    Of a turn it counts what the GUI thread itself computed, and not the clock: that a busy machine does not let it run
    for a while is no fault of the program. The longest turns, a switch of the theme, compute for less than half of the
    200 ms on two cores that others use too.
    """
    good, report = let_it_be_used(tmp_path, SECONDS, seed, {"QT_QPA_PLATFORM": "offscreen"}, by_computing=True)
    assert good, report
