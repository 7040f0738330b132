"""A person at a terminal sees a line that moves; nobody else does."""

from __future__ import annotations

import io
import os
import shutil
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.progress import TextProgress
from nn_engine.training import EpochEnd, StepEnd, TrainBegin

STEPS, EPOCHS = 100, 4


class Terminal(io.StringIO):
    """Standard error with a person in front of it."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Goes on by a quarter of a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    made = Terminal()
    monkeypatch.setattr("app.cli.progress.sys", SimpleNamespace(stderr=made))
    return made


def step(number: int, **changes: Any) -> StepEnd:
    values: dict[str, Any] = {"loss": 0.5, "metrics": {}, "learning_rate": 0.1, "samples": 32, "trained_seconds": 1.0}
    return StepEnd("id", (number - 1) // STEPS, number, **{**values, **changes})


def lines(terminal: Terminal) -> list[str]:
    """What stood on the moving line, one after the other."""
    return terminal.getvalue().split("\r\x1b[K")[1:]


def test_the_line_moves(terminal: Terminal) -> None:
    progress = TextProgress(STEPS, EPOCHS, Clock())
    progress.show(TrainBegin("id", 0, 0, EPOCHS, STEPS))
    for number in range(1, 2 * STEPS + 1):
        progress.show(step(number, loss=1 / number))
    shown = lines(terminal)
    assert len(shown) == 2 * STEPS
    for number, line in enumerate(shown, 1):
        assert f"epoch {1 + (number - 1) // STEPS}/4" in line
        assert f"loss {1 / number:.4f}" in line
    assert "128 samples/s" in shown[-1]  # 32 every quarter of a second
    assert "0:50 left" in shown[-1]  # as long as what is done
    progress.finish()
    assert lines(terminal)[-1] == ""


def test_the_bar_fills_in_every_epoch(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((200, 50)))
    progress = TextProgress(STEPS, EPOCHS, Clock())
    progress.show(TrainBegin("id", 0, 0, EPOCHS, STEPS))
    for number in (1, 50, 100, 101, 200):
        progress.show(step(number))
    assert [(line.count("━"), line.count("─")) for line in lines(terminal)] == [
        *[(0, 20), (10, 10), (20, 0)],
        *[(0, 20), (20, 0)],
    ]


def test_it_is_not_drawn_more_often_than_can_be_seen(terminal: Terminal) -> None:
    now = 0.0
    progress = TextProgress(STEPS, EPOCHS, lambda: now)
    progress.show(TrainBegin("id", 0, 0, EPOCHS, STEPS))
    for number in range(1, STEPS + 1):
        now = number / 50
        progress.show(step(number))
    assert 6 <= len(lines(terminal)) <= 8  # two seconds, four times a second


def test_time_left_counts_from_where_the_run_went_on(terminal: Terminal) -> None:
    progress = TextProgress(STEPS, EPOCHS, Clock())
    progress.show(TrainBegin("id", 2, 200, EPOCHS, STEPS))
    for number in range(201, 301):
        progress.show(step(number))
    assert "0:25 left" in lines(terminal)[-1]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_it_never_breaks_into_a_second_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, 50)))
    progress = TextProgress(STEPS, EPOCHS, Clock())
    for number in range(1, STEPS):
        progress.show(step(number, loss=10.0**number))
    assert lines(terminal)
    assert max(map(len, lines(terminal))) < columns


def test_the_end_of_an_epoch_takes_its_place(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    progress = TextProgress(STEPS, EPOCHS, Clock())
    progress.show(step(STEPS))
    metrics = {"loss": 0.25, "accuracy": 0.5, "val_loss": 0.125, "val_accuracy": 1.0}
    progress.show(EpochEnd("id", 0, STEPS, metrics, 0.05, 1.5, improved=True))
    assert lines(terminal)[-1] == ""
    printed = capsys.readouterr().out
    assert printed.startswith("epoch 1/4  loss 0.2500  accuracy 50.00 %  val loss 0.1250  val accuracy 100.00 %  rate ")
    assert printed.endswith("  1.50 s  best\n")


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nothing_moves_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stream: io.StringIO | None
) -> None:
    monkeypatch.setattr("app.cli.progress.sys", SimpleNamespace(stderr=stream))
    progress = TextProgress(STEPS, EPOCHS, Clock())
    progress.show(step(1))
    progress.finish()
    assert stream is None or stream.getvalue() == ""
    assert capsys.readouterr().out == ""
