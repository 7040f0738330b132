from __future__ import annotations

import pytest

from app.studio import Studio
from tests.app.conftest import drain_until
from tests.app.studio.helpers import told


def test_a_snapshot_is_asked_for_ten_times_a_second_at_most(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def request(name: str, question: object) -> None:
        asked.append(name)
        studio.questions.failed(name)  # so that only the time that has passed keeps it from being asked again

    monkeypatch.setattr(studio.worker, "request", request)
    studio.ask_for("snapshot")
    assert asked == [], "nothing changes while nothing runs"
    studio.transport.set_worker_state("running")
    for _ in range(20):
        studio.ask_for("snapshot")
    assert asked == ["snapshot"]
    studio.transport.set_worker_state("paused")


def test_nothing_is_asked_again_before_its_answer_has_come(studio: Studio) -> None:
    heard: list[int] = []
    for number in range(3):
        studio.questions.ask("odd", lambda trainer, number=number: number, heard.append)  # type: ignore[misc]
    assert studio.questions.waits_for("odd")
    drain_until(studio, lambda: studio.questions.all_answered)
    studio.questions.ask("odd", lambda trainer: 7, heard.append)
    drain_until(studio, lambda: studio.questions.all_answered)
    assert heard == [0, 7]


def test_a_question_that_fails_can_be_asked_again(studio: Studio) -> None:
    heard = told(studio)
    studio.questions.ask("odd", lambda trainer: 1 / 0)
    drain_until(studio, lambda: len(heard) == 1)
    studio.questions.ask("odd", lambda trainer: 1 / 0)
    drain_until(studio, lambda: len(heard) == 2)
    assert not studio.transport.running
