"""The watch sees what it is there for; otherwise nobody would notice that it sees nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from tests.support.freezes import FreezeWatch


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
    assert worst in watch.longest()


def test_a_turn_that_waits_is_long_and_not_busy(qtbot: QtBot) -> None:
    watch = watched(qtbot, lambda: time.sleep(0.3))
    assert watch.longest()[0].seconds > 0.2
    assert watch.busiest()[0].busy < 0.3


def test_what_the_machine_stopped_is_no_freeze(qtbot: QtBot) -> None:
    watch = watched(qtbot, lambda: time.sleep(0.3))
    turn = watch.longest()[0]
    watch._stops.append((turn.begin, turn.end, 0.25))
    watch.stop()
    assert next(each for each in watch.longest() if each.begin == turn.begin).seconds < turn.seconds - 0.2
