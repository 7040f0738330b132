from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.studio import Studio
from nn_engine import Experiment
from nn_engine.data import LoadedData
from nn_engine.experiments import assemble
from nn_engine.io.run_folder import RunFolder
from nn_engine.layers import DenseLayer
from nn_engine.losses import Hinge
from nn_engine.optimizers import SGD, AdamW
from nn_engine.regularizers import L2
from nn_engine.training import EpochEnd, Trainer
from tests.app.conftest import MakeStudio, drain_until, train_to_end
from tests.app.studio.helpers import probabilities, ready, run_id, saved_checkpoint, told, weights


def ready_after_edit(studio: Studio) -> None:
    """An edit before training builds the network anew after a moment; tests need not wait for the moment."""
    assert studio.training.settling
    studio.training.prepare()
    ready(studio)


def test_a_change_of_structure_before_training_builds_the_network_anew(studio: Studio) -> None:
    before = len(weights(studio))
    assert studio.document.set("layers.1.units", "20") == ""
    ready_after_edit(studio)
    assert len(weights(studio)) > before
    assert not studio.starts_anew


def test_an_edit_just_before_train_is_trained(studio: Studio) -> None:
    studio.document.set("layers.1.units", "20")
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason)
    assert studio.session is not None
    assert studio.session.network.layers[1].units == 20  # type: ignore[attr-defined]
    assert not studio.training.settling


def test_a_change_of_structure_after_training_began_waits_for_a_new_training(studio: Studio) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    first = run_id(studio)
    studio.document.set("layers.1.units", "20")
    assert studio.starts_anew
    assert not studio.training.settling
    assert studio.transport.step == 1
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and studio.session is not None)
    assert run_id(studio) != first
    assert not studio.starts_anew


def test_a_change_of_structure_that_is_taken_back_leaves_the_kept_network(studio: Studio) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    run, document = run_id(studio), studio.document
    anew: list[bool] = []
    edits: tuple[Callable[[], object], ...] = (
        lambda: document.set("layers.1.units", "20"),
        document.undo,
        document.redo,
        lambda: document.set("optimizer.learning_rate", "0.02"),
        lambda: document.set("layers.1.units", "12"),  # back by hand, with another rate than before
    )
    for edit in edits:
        edit()
        anew.append(studio.starts_anew)
    assert anew == [True, False, True, True, False]
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 2 and not studio.transport.running)
    assert run_id(studio) == run
    assert studio.transport.learning_rate == 0.02


def test_an_edit_taken_back_before_training_builds_nothing_anew(studio: Studio) -> None:
    run = run_id(studio)
    settling: list[bool] = []
    for edit in (lambda: studio.document.set("layers.1.units", "20"), studio.document.undo):
        edit()
        settling.append(studio.training.settling)
    assert settling == [True, False]
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    assert run_id(studio) == run


def test_a_change_of_structure_while_training_is_told_of(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    heard = told(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    studio.document.set("layers.1.units", "20")
    studio.document.set("layers.1.units", "21")
    assert [kind for kind, _ in heard] == ["info"], "once, not at every key"
    stood = studio.transport.step
    drain_until(studio, lambda: studio.transport.step > stood)


def test_an_edit_right_after_train_does_not_end_the_training(studio: Studio) -> None:
    """The worker has not said yet that it runs."""
    run = run_id(studio)
    studio.train()
    studio.document.set("optimizer.learning_rate", "0.02")
    assert not studio.training.settling
    drain_until(studio, lambda: studio.transport.end_reason == "completed")
    assert run_id(studio) == run
    assert studio.transport.learning_rate == 0.02


def test_an_edit_before_the_first_step_is_done_does_not_end_the_training(studio: Studio) -> None:
    """At a full batch the first step takes a while."""
    studio.transport.set_worker_state("running")
    assert not studio.transport.begun
    studio.document.set("layers.1.units", "20")
    assert not studio.training.settling
    studio.transport.set_worker_state("paused")


def test_a_live_change_reaches_the_running_training(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    assert studio.document.set("optimizer.learning_rate", "0.02") == ""
    drain_until(studio, lambda: studio.transport.learning_rate == 0.02)
    assert not studio.starts_anew


def test_a_checkpoint_opened_in_another_studio_answers_to_the_last_bit(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    studio = make_studio()
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    saved_checkpoint(studio, home / "half.npz")
    other = make_studio(small.replace(name="other"))
    assert other.open_file(home / "half.npz") == ""
    ready(other)
    assert other.document.experiment == studio.document.experiment
    assert run_id(other) == run_id(studio)
    assert weights(other).tobytes() == weights(studio).tobytes()
    assert (other.transport.step, other.transport.epochs_done) == (10, 1)
    assert other.transport.learning_rate == 0.1
    assert len(other.curves.points) == 1
    session = studio.session
    assert session is not None
    studio.pad.use_network(session.network, session.trainer.preprocessing, session.trainer.task, "present")
    for number in (0, 7, 42):
        studio.pad.put_test_image(number)
        other.pad.put_test_image(number)
        assert probabilities(other).tobytes() == probabilities(studio).tobytes()
    # Both go on to the same end.
    for each in (studio, other):
        train_to_end(each)
    assert weights(other).tobytes() == weights(studio).tobytes()


def test_train_right_after_opening_a_checkpoint_goes_on_with_it(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    studio = make_studio()
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    saved_checkpoint(studio, home / "half.npz")
    other = make_studio(small.replace(name="other"))
    assert other.open_file(home / "half.npz") == ""
    other.train()
    drain_until(other, lambda: other.transport.end_reason)
    assert run_id(other) == run_id(studio)
    assert other.transport.step == 20
    assert len(other.curves.steps_loss) == 10, "the first ten steps were not made again"


def test_a_run_folder_goes_on_with_its_curves(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio()
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    folder = studio.run_folder
    assert folder is not None
    studio.new_experiment("mnist-300")
    ready(studio)
    other = make_studio(small.replace(name="other"))
    assert other.open_file(folder) == ""
    ready(other)
    assert len(other.curves.steps_loss) == 10
    train_to_end(other)
    assert len(other.curves.steps_loss) == 20
    assert other.run_folder == folder
    assert RunFolder.open(folder)[1].epochs_done == 2


def test_an_old_run_with_two_decays_goes_on(studio: Studio, small: Experiment, digits: LoadedData, home: Path) -> None:
    asked = small.replace(optimizer=AdamW(), regularization=(L2(),))
    trainer = assemble(asked, data=digits, to_restore=True).trainer
    folder = RunFolder.create(home / "old", trainer)
    trainer.observe(folder.record)
    with folder:
        events = trainer.fit()
        next(event for event in events if isinstance(event, EpochEnd))
    assert studio.open_file(folder.path) == ""
    ready(studio)
    assert studio.transport.step == 10
    train_to_end(studio)
    assert run_id(studio) == trainer.run_id
    assert studio.transport.step == 20


def test_nobody_but_the_worker_asks_the_trainer(
    make_studio: MakeStudio, small: Experiment, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps may already be made when the window hears that a training is ready."""
    studio = make_studio()
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    saved_checkpoint(studio, home / "half.npz")
    gui, askers = threading.get_ident(), set[int]()
    for name in ("state", "snapshot", "judged_snapshot", "answering_snapshot", "answering_network"):
        ask = getattr(Trainer, name)

        def note(trainer: Trainer, ask: Callable[[Trainer], object] = ask) -> object:
            askers.add(threading.get_ident())
            return ask(trainer)

        monkeypatch.setattr(Trainer, name, note)
    other = make_studio(small.replace(name="other"))
    assert other.open_file(home / "half.npz") == ""
    other.train()
    steps: list[int] = []
    other.transport.changed.connect(lambda: steps.append(other.transport.step))
    while len(other.worker.news) < 15:  # it makes steps, and nobody has heard yet that it is ready
        time.sleep(0.002)
    drain_until(other, lambda: other.transport.end_reason and other.questions.all_answered)
    assert 10 in steps, "first of all it is shown where the training was when it was saved"
    assert askers
    assert gui not in askers


# -- what the training refuses ----------------------------------------------------------------------------------------


def hinge(small: Experiment) -> Experiment:
    """A training that cannot mix classes: its loss needs one class a sample."""
    layers = (*small.layers[:-1], DenseLayer(units=10, fn="linear"))
    return small.replace(loss=Hinge(), layers=layers, epochs=500, optimizer=SGD(learning_rate=0.01))


def test_what_the_training_refuses_is_told_and_taken_back(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(hinge(small))
    document, heard = studio.document, told(studio)
    document.set("epochs", "400")
    ready_after_edit(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    accepted = document.experiment
    assert document.set("augmentation.mix_up", "on") == ""
    assert document.set("optimizer.learning_rate", "0.02") == "", "in the meantime"
    drain_until(studio, lambda: heard)
    ((kind, sentence),) = heard
    assert kind == "error"
    assert "hinge needs one class a sample" in sentence
    assert sentence.endswith("The setting is back to what the training uses.")
    assert document.experiment == accepted.replace(optimizer=SGD(learning_rate=0.02))
    drain_until(studio, lambda: studio.transport.learning_rate == 0.02)
    assert not studio.starts_anew
    assert studio.transport.blocked == ""
    assert studio.session is not None
    assert studio.session.trainer.wanted_plan == document.experiment


def test_what_was_taken_back_is_no_edit_to_undo(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(hinge(small))
    document, heard = studio.document, told(studio)
    document.set("epochs", "400")
    ready_after_edit(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    before = document.undo_text
    document.set("augmentation.mix_up", "on")
    drain_until(studio, lambda: heard)
    assert document.undo_text == before
    document.undo()
    assert document.experiment.epochs == 500
    drain_until(studio, lambda: studio.transport.epochs == 500)
    assert len(heard) == 1
