from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread

from app.studio import Studio
from app.studio.studio import new_run_path
from nn_engine import Experiment
from nn_engine.experiments import assemble
from nn_engine.io.run_folder import RunFolder
from tests.app.conftest import MakeStudio, drain_until, train_to_end
from tests.app.studio.helpers import ready, run_id, told, weights


def test_training_reaches_curves_and_transport(studio: Studio) -> None:
    ended: list[str] = []
    studio.ended.connect(ended.append)
    train_to_end(studio)
    assert len(studio.curves.steps_loss) == 20
    assert len(studio.curves.points) == 2
    assert (studio.transport.step, studio.transport.epochs_done) == (20, 2)
    assert studio.transport.finished
    assert studio.transport.end_reason == "completed"
    assert len(ended) == 1
    assert studio.run_folder is not None
    assert RunFolder.open(studio.run_folder)[1].run_id == run_id(studio)


def test_train_pauses_and_goes_on_by_one_key(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.toggle()
    drain_until(studio, lambda: studio.transport.step > 2)
    studio.toggle()
    drain_until(studio, lambda: studio.transport.worker_state == "paused")
    studio.drain()
    stood = studio.transport.step
    studio.toggle()
    drain_until(studio, lambda: studio.transport.step > stood)


@pytest.mark.parametrize(("end", "wish"), [(Studio.stop, "stop"), (Studio.toggle, "pause")])
def test_the_building_of_a_network_is_seen_and_can_be_given_up(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, end: Callable[[Studio], None], wish: str
) -> None:
    hold, begun = threading.Event(), threading.Event()

    def slowly(*arguments: object, **options: object) -> object:
        begun.set()
        assert hold.wait(10)
        return assemble(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("app.workers.training_worker.assemble", slowly)
    studio.document.set("layers.1.units", "20")
    studio.train()
    assert studio.transport.starting, "at once, not when the worker tells"
    assert begun.wait(10)
    drain_until(studio, lambda: studio.transport.busy == "The network is being built.")
    assert studio.transport.actions.stop == ""
    end(studio)
    assert studio.transport.wish == wish
    hold.set()
    drain_until(studio, lambda: studio.transport.worker_state == "paused" and not studio.transport.wish)
    studio.worker.request("nothing more to do", lambda trainer: None)
    drain_until(studio, lambda: not studio.worker.news)
    assert (studio.transport.step, studio.run_folder) == (0, None)
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1)
    assert not studio.transport.starting


def test_a_training_that_cannot_begin_is_not_waited_for(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = told(studio)
    monkeypatch.setattr(RunFolder, "create", lambda *_: 1 / 0)
    studio.train()
    drain_until(studio, lambda: heard)
    assert not studio.transport.starting
    assert studio.transport.actions.train == ""


def test_train_that_fails_can_be_asked_for_again(studio: Studio, home: Path) -> None:
    runs = studio.preferences.runs_folder
    runs.parent.mkdir(parents=True, exist_ok=True)
    runs.touch()
    asked: list[bool] = []
    for _ in range(2):
        studio.toggle()
        asked.append(studio.transport.will_run)
        drain_until(studio, lambda: studio.transport.failure)
        asked.append(studio.transport.will_run)
        studio.transport.failure = ""
    assert asked == [True, False, True, False]
    runs.unlink()
    studio.toggle()
    drain_until(studio, lambda: studio.transport.end_reason == "completed")


def test_one_step_and_one_epoch(studio: Studio) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    assert studio.transport.step == 10


def test_what_does_not_fit_is_told_and_not_trained(studio: Studio) -> None:
    heard = told(studio)
    studio.document.set("layers.2.units", "9")
    studio.training.prepare()
    ready_or_refused = studio.document.fits
    assert ready_or_refused
    assert studio.transport.actions.train == ready_or_refused
    studio.train()
    assert ("error", ready_or_refused) in heard


def test_rewind_gives_the_same_weights_and_new_weights_others(studio: Studio) -> None:
    first, run = weights(studio), run_id(studio)
    train_to_end(studio)
    folder = studio.run_folder
    studio.rewind()
    ready(studio)
    assert weights(studio).tobytes() == first.tobytes()
    assert run_id(studio) != run
    assert (studio.transport.step, len(studio.curves.steps_loss)) == (0, 0)
    assert folder is not None
    assert (folder / "checkpoints" / "last.npz").exists(), "the run so far is kept"
    seed = studio.document.experiment.seed
    studio.new_weights()
    ready(studio)
    assert studio.document.experiment.seed == seed + 1
    assert not np.array_equal(weights(studio), first)


def test_two_runs_of_one_second_have_folders_of_their_own(home: Path) -> None:
    runs = home / "runs"
    first = new_run_path(runs, "a name / with: signs")
    first.mkdir(parents=True)
    second = new_run_path(runs, "a name / with: signs")
    assert first != second
    assert first.parent == second.parent == runs
    assert first.name.endswith("-a-name-with-signs")
    assert new_run_path(runs, "...").name.endswith("-run")


def test_finish_leaves_no_thread(make_studio: MakeStudio, small: Experiment) -> None:
    def alive() -> set[threading.Thread]:
        # What Python noted of a QThread that asked for its own name stays noted when that has long ended.
        return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}

    before = alive()
    studio = make_studio(small.replace(epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    began = time.monotonic()
    studio.finish()
    assert time.monotonic() - began < 2
    for thread in (studio.worker, studio.tasks):
        assert isinstance(thread, QThread)
        assert thread.isFinished()
    assert alive() <= before
    assert not studio.training.settling
