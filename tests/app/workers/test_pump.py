from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QThread, Signal
from pytestqt.qtbot import QtBot

from app.workers.pump import Pump


def nothing(_: BaseException) -> None: ...


def test_panels_take_turns_and_news_comes_in_every_slot(qapp: object) -> None:
    done: list[str] = []

    def note(word: str) -> Callable[[], None]:
        return lambda: done.append(word)

    pump = Pump(note("news"), lambda: [note("a"), note("b")], lambda: [], nothing)
    for _ in range(4):
        pump.tick()
    assert done == ["news", "b", "news", "a", "news", "b", "news", "a"]


def test_a_panel_with_nothing_new_leaves_its_slot_to_the_next(qapp: object) -> None:
    asked: list[str] = []
    new = {"a": False, "b": True, "c": False, "d": True}

    def panel(word: str) -> Callable[[], bool]:
        def refresh() -> bool:
            asked.append(word)
            return new[word]

        return refresh

    pump = Pump(lambda: None, lambda: [panel(word) for word in new], lambda: [], nothing)
    drawn = []
    for _ in range(4):
        pump.tick()
        drawn.append(asked[-1])
    assert drawn == ["b", "d", "b", "d"]  # none waits a slot for a panel that has nothing to draw
    assert asked == ["b", "c", "d", "a", "b", "c", "d"]
    asked.clear()
    new.update(b=False, d=False)
    pump.tick()
    assert sorted(asked) == ["a", "b", "c", "d"]  # each is asked once, and the slot ends


def test_words_are_renewed_four_times_a_second(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    now, renewed = [100.0], list[int]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pump = Pump(lambda: None, lambda: [], lambda: [lambda: renewed.append(1)], nothing)
    for _ in range(101):
        pump.tick()
        now[0] += 0.01
    assert len(renewed) in (4, 5)


def test_an_error_in_one_panel_keeps_no_other_from_being_drawn(qapp: object) -> None:
    drawn: list[int] = []
    errors: list[BaseException] = []

    def broken() -> None:
        raise RuntimeError("cannot draw")

    pump = Pump(
        broken, lambda: [broken, lambda: drawn.append(1)], lambda: [broken, lambda: drawn.append(2)], errors.append
    )
    for _ in range(4):
        pump.tick()
    assert drawn.count(1) == 2
    assert 2 in drawn
    assert {str(error) for error in errors} == {"cannot draw"}


def test_an_error_in_what_says_what_to_draw_stops_neither_news_nor_words(qapp: object) -> None:
    news, words, errors = list[int](), list[int](), list[BaseException]()

    def unknown() -> list[Callable[[], None]]:
        raise RuntimeError("cannot tell")

    Pump(lambda: news.append(1), unknown, lambda: [lambda: words.append(1)], errors.append).tick()
    Pump(lambda: news.append(1), lambda: [lambda: news.append(2)], unknown, errors.append).tick()
    assert (news, words) == ([1, 1, 2], [1])
    assert [str(error) for error in errors] == ["cannot tell", "cannot tell"]


def test_it_ticks_until_it_is_stopped(qtbot: QtBot) -> None:
    ticks: list[int] = []
    pump = Pump(lambda: ticks.append(1), lambda: [], lambda: [], nothing)
    pump.start()
    qtbot.waitUntil(lambda: len(ticks) >= 3, timeout=2000)
    pump.stop()
    seen = len(ticks)
    qtbot.wait(50)
    assert len(ticks) == seen


class _Bell(QObject):
    rung = Signal(object)
    flag = Signal(bool)


class _Ringer(QThread):
    rung = Signal(object)
    flag = Signal(bool)

    def run(self) -> None:
        for number in range(1000):
            self.rung.emit(None)
            self.flag.emit(number % 2 == 0)


def test_two_signals_two_thousand_times(qtbot: QtBot) -> None:
    """Guards against a Qt for Python that loses references to None and True, and aborts after some hundred signals."""
    bell, heard = _Bell(), list[object]()
    bell.rung.connect(heard.append)
    bell.flag.connect(heard.append)
    for number in range(1000):
        bell.rung.emit(None)
        bell.flag.emit(number % 2 == 0)
    assert len(heard) == 2000
    assert heard[:4] == [None, True, None, False]


def test_two_signals_two_thousand_times_from_a_thread(qtbot: QtBot) -> None:
    ringer, heard = _Ringer(), list[object]()
    ringer.rung.connect(lambda value: heard.append(value))
    ringer.flag.connect(lambda value: heard.append(value))
    ringer.start()
    qtbot.waitUntil(lambda: len(heard) == 2000, timeout=5000)
    assert ringer.wait(5000)
    assert heard.count(None) == 1000
