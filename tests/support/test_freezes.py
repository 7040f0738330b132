"""The watch sees what it is there for; otherwise nobody would notice that it sees nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from tests.support.freezes import FreezeWatch, Turn


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def watched(qtbot: QtBot, act: Callable[[], None]) -> FreezeWatch:
    watch = FreezeWatch()
    watch.start()
    qtbot.wait(30)
    QTimer.singleShot(0, act)
    qtbot.wait(30)
    watch.stop()
    return watch


def test_a_turn_that_computes_is_seen_and_where(qtbot: QtBot) -> None:
    watch = watched(qtbot, lambda: compute(0.3))
    worst = watch.busiest()[0]
    assert 0.3 <= worst.busy < 0.6
    assert any("in compute" in stack for stack in worst.stacks)
    assert worst.begin in [turn.begin for turn in watch.longest()]


def by_the_clock(watch: FreezeWatch) -> Turn:
    return max(watch.longest(), key=lambda turn: turn.end - turn.begin)


def test_a_turn_that_waits_is_long_and_not_busy(qtbot: QtBot) -> None:
    turn = by_the_clock(watched(qtbot, lambda: time.sleep(0.3)))
    assert turn.end - turn.begin >= 0.3
    assert turn.seconds + turn.stopped == pytest.approx(turn.end - turn.begin)
    assert turn.busy < 0.2


def test_what_the_machine_stopped_is_no_freeze(qtbot: QtBot) -> None:
    watch = watched(qtbot, lambda: time.sleep(0.3))
    turn = by_the_clock(watch)
    watch._stops.append((turn.begin, turn.end, turn.end - turn.begin))
    watch.stop()
    assert by_the_clock(watch).seconds == pytest.approx(0)
