"""The search for a learning rate without a window, with a thread or with one played by the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.studio import Studio
from app.view_models.document import ExperimentDocument
from app.view_models.rate_finder import RateFinder
from nn_engine import MNIST, Experiment, OneCycle
from nn_engine.data import LoadedData
from nn_engine.experiments import try_rates
from nn_engine.network import SHARD
from nn_engine.training.rate_curve import RateTrial, suggest
from nn_engine.training.rate_finder import find_rates
from tests.app.conftest import MakeStudio, drain_until


@dataclass
class Played:
    """Stands for a thread: keeps jobs until the test has them done."""

    jobs: list[tuple[Callable[[], Any], Callable[[Any], None], Callable[[BaseException], None]]] = field(
        default_factory=list
    )

    def submit(
        self,
        key: str,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.jobs.append((job, done, failed))

    def do(self) -> None:
        """Do the oldest job."""
        job, done, failed = self.jobs.pop(0)
        try:
            value = job()
        except Exception as error:
            failed(error)
        else:
            done(value)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def document(qapp: object, home: Path, small: Experiment, digits: LoadedData) -> ExperimentDocument:
    made = ExperimentDocument(small)
    made.use_data(small.data, digits)
    return made


@pytest.fixture
def finder(document: ExperimentDocument, played: Played, digits: LoadedData) -> RateFinder:
    made = RateFinder(document, played.submit)
    made.use_data(document.experiment.data, digits)
    return made


def test_it_finds_what_the_engine_finds(finder: RateFinder, played: Played, small: Experiment) -> None:
    assert (finder.state, finder.trials, finder.suggestions) == ("idle", [], {})
    finder.search()
    assert finder.state == "running"
    assert finder.chosen == 0.1  # the rate in use, until something is found
    played.do()
    expected = list(try_rates(small))
    assert finder.state == "done"
    assert finder.trials == expected
    found = suggest(expected)
    assert finder.suggestion == found
    assert found.valley is not None
    assert finder.chosen == finder.suggestions["valley"] == float(f"{found.valley:.2g}")
    rates, raw, smooth = finder.curve
    assert len(rates) == len(raw) == len(smooth) == len(expected)
    np.testing.assert_array_equal(raw, [trial.loss for trial in expected])


def test_it_leaves_the_experiment_alone_until_a_rate_is_applied(finder: RateFinder, played: Played) -> None:
    document = finder.document
    before = document.experiment
    finder.search()
    played.do()
    finder.choose(0.0123)
    assert document.experiment is before
    assert not document.can_undo
    assert finder.chosen == 0.012
    assert finder.apply() == ""
    assert document.experiment == before.replace(optimizer=before.optimizer.replace(learning_rate=0.012))
    assert document.undo_text == "Undo learning rate 0.1 → 0.012"
    document.undo()
    assert document.experiment == before
    assert finder.rate_in_use == 0.1


def test_trials_are_taken_in_while_it_runs(finder: RateFinder, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    finder.changed.connect(lambda: heard.append(len(finder.trials)))

    def slowly(*_: object, **__: object) -> Any:
        for number in range(3):
            yield RateTrial(10.0 ** (number - 6), 2.0)
            finder.drain()  # as the pump would, from the other thread

    monkeypatch.setattr("app.view_models.rate_finder.try_rates", slowly)
    finder.search()
    played.do()
    assert heard == [0, 1, 2, 3, 3]
    assert finder.state == "done"
    assert finder.suggestions == {}
    assert finder.suggestion is not None
    assert "no clear valley" in finder.suggestion.sentence


def test_a_line_moved_by_hand_stays_where_it_is(finder: RateFinder, played: Played) -> None:
    finder.search()
    finder.choose(0.5)
    played.do()
    assert finder.suggestions["valley"] != 0.5
    assert finder.chosen == 0.5
    finder.search()
    played.do()
    assert finder.chosen == finder.suggestions["valley"]


def test_cancelling_ends_it_before_its_next_trial(finder: RateFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def endless(*_: object, stop: Callable[[], bool], **__: object) -> Any:
        while not stop():
            made.append(len(made))
            if len(made) == 5:
                finder.cancel()
            yield RateTrial(1e-6, 2.0)

    jobs = Played()
    finder._submit = jobs.submit
    monkeypatch.setattr("app.view_models.rate_finder.try_rates", endless)
    finder.search()
    jobs.do()
    assert made == [0, 1, 2, 3, 4]
    assert finder.state == "cancelled"
    assert finder.suggestion is None


def test_cancelling_ends_it_within_a_trial(finder: RateFinder, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    finder.document.set("train_size", "2000")
    finder.document.set("batch_size", str(4 * SHARD))
    asked: list[int] = []

    def cancelled_soon(*parts: Any, stop: Callable[[], bool], **options: Any) -> Any:
        def asked_too() -> bool:
            asked.append(len(asked))
            if len(asked) == 3:  # the training has begun and two of a step's shards are done
                finder.cancel()
            return stop()

        return find_rates(*parts, stop=asked_too, **options)

    monkeypatch.setattr("nn_engine.experiments.rates.find_rates", cancelled_soon)
    finder.search()
    played.do()
    assert finder.state == "cancelled"
    assert asked == [0, 1, 2]
    assert finder._search is not None
    assert not finder._search.news


def test_one_that_was_replaced_is_not_heard(finder: RateFinder, played: Played, small: Experiment) -> None:
    finder.search()
    finder.document.set("batch_size", "64")
    finder.search()
    played.do()  # the first ends without a trial
    assert (finder.state, finder.trials) == ("running", [])
    played.do()
    assert finder.trials == list(try_rates(small.replace(batch_size=64)))


def test_a_range_of_ones_own(finder: RateFinder, played: Played) -> None:
    assert finder.set_range(1e-3, 1e-1) == ""
    finder.search()
    played.do()
    assert finder.trials[0].learning_rate == pytest.approx(1e-3)
    assert finder.trials[-1].learning_rate <= 0.1 * (1 + 1e-9)
    finder.choose(5.0)
    assert finder.chosen == 0.1
    for wrong in ((1e-1, 1e-3), (1.0, 1.0)):
        assert "must be below" in finder.set_range(*wrong)
    assert (finder.lowest, finder.highest) == (1e-3, 1e-1)


def test_an_experiment_that_does_not_fit_is_not_tried(finder: RateFinder, played: Played) -> None:
    finder.document.remove_layer(0)
    finder.search()
    assert finder.state == "failed"
    assert finder.failure == finder.document.fits != ""
    assert played.jobs == []
    finder.document.undo()
    finder.search()
    assert finder.state == "running"


def test_data_that_cannot_be_read_is_told(finder: RateFinder, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: MNIST) -> LoadedData:
        raise FileNotFoundError(2, "No such file or directory", "/nowhere/train")

    monkeypatch.setattr(MNIST, "load", fail)
    finder.document.set("data.folder", "/nowhere")
    finder.search()
    played.do()
    assert finder.state == "failed"
    assert finder.failure == "/nowhere/train: No such file or directory."


def test_it_knows_when_the_experiment_has_changed_since(finder: RateFinder, played: Played) -> None:
    assert not finder.outdated
    finder.search()
    played.do()
    finder.apply()
    same = {"epochs": "7", "schedule": "cosine", "name": "other", "optimizer.learning_rate": "3"}
    other = {"optimizer.momentum": "0.5", "layers.1.units": "13", "seed": "4", "batch_size": "16"}
    changes = {}
    for path, text in {**same, **other}.items():
        finder.document.set(path, text)
        changes[path] = finder.outdated
        finder.document.undo()
    assert changes == {**dict.fromkeys(same, False), **dict.fromkeys(other, True)}
    assert not finder.outdated


def test_what_the_schedule_makes_of_the_rate(finder: RateFinder, played: Played) -> None:
    finder.search()
    played.do()
    assert finder.schedule_note == ""
    finder.document.apply(finder.document.experiment.replace(schedule=OneCycle(start_divisor=10)), "schedule")
    finder.choose(0.3)
    assert "(one cycle): the training begins with 0.03, reaches 0.3 at most" in finder.schedule_note


# -- with the studio's thread -----------------------------------------------------------------------------------------


def test_it_runs_beside_a_training_and_changes_nothing_in_it(make_studio: MakeStudio, small: Experiment) -> None:
    lone = make_studio(small)
    lone.train()
    drain_until(lone, lambda: lone.transport.end_reason == "completed")
    studio = make_studio(small)
    studio.train()
    studio.rates.search()
    drain_until(studio, lambda: studio.transport.end_reason == "completed" and studio.rates.state == "done")
    assert studio.rates.trials == list(try_rates(small))
    np.testing.assert_array_equal(studio.curves.steps_loss, lone.curves.steps_loss)


def test_applied_while_training_runs_it_acts_at_once(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.rates.search()
    drain_until(studio, lambda: studio.rates.state == "done")
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 3)
    studio.rates.choose(0.0021)
    assert studio.rates.apply() == ""
    drain_until(studio, lambda: studio.transport.learning_rate == 0.0021)
    studio.stop()
    drain_until(studio, lambda: not studio.transport.running)
    assert [flag.text for flag in studio.curves.flags if "0.0021" in flag.text]


def test_leaving_does_not_wait_for_a_long_search(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(*_: object, stop: Callable[[], bool], **__: object) -> Any:
        while not stop():
            begun.set()
            yield RateTrial(1e-6, 2.0)

    monkeypatch.setattr("app.view_models.rate_finder.try_rates", endless)
    studio.rates.search()
    assert begun.wait(5)
    studio.finish()
    assert studio.trials.isFinished()
    assert studio.rates.state == "cancelled"
