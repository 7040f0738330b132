from __future__ import annotations

import errno
import gzip
import json
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread

from app.studio import SETTLE_MS, Studio
from app.view_models.histogram_series import common_range
from app.view_models.preferences import Preferences
from app.view_models.standing import standing
from nn_engine import Experiment
from nn_engine.data import MNIST, LoadedData
from nn_engine.experiments import assemble
from nn_engine.inspection.histogram import histogram_slice
from nn_engine.io.experiment_file import load_experiment
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.safetensors_files import load_safetensors
from nn_engine.optimizers import SGD
from nn_engine.training import EarlyStopping, EpochEnd
from nn_engine.types import Array, Floats
from tests.app.conftest import MakeStudio, drain_until, train_to_end


def weights(studio: Studio) -> Floats:
    """The weights as they are while nothing runs."""
    session = studio.session
    assert session is not None
    return np.array(session.trainer.snapshot().weights)


def run_id(studio: Studio) -> str:
    assert studio.session is not None
    return studio.session.trainer.run_id


def probabilities(studio: Studio) -> Floats:
    found = studio.pad.probabilities
    assert found is not None
    return np.array(found)


def ready(studio: Studio) -> None:
    drain_until(studio, lambda: studio.session is not None and studio.transport.worker_state == "paused")


def told(studio: Studio) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    studio.told.connect(lambda kind, text: heard.append((kind, text)))
    return heard


# -- training ---------------------------------------------------------------------------------------------------------


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


def test_one_step_and_one_epoch(studio: Studio) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    studio.epoch()
    drain_until(studio, lambda: studio.transport.epochs_done == 1 and not studio.transport.running)
    assert studio.transport.step == 10


def test_stop_lets_the_best_weights_answer(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.epochs_done > 1)
    studio.stop()
    drain_until(studio, lambda: studio.transport.end_reason == "stopped")
    drain_until(studio, lambda: "end" not in studio._asked)
    assert studio.session is not None
    best = studio.session.trainer.best
    assert best is not None
    check = assemble(studio.session.experiment, data=studio.session.data)
    check.network.state[...] = best.weights
    studio.pad.put_test_image(0)
    shown = probabilities(studio)
    studio.pad.use_network(check.network, check.trainer.preprocessing, check.trainer.task, "best, made anew")
    assert probabilities(studio).tobytes() == shown.tobytes()
    assert studio._on_pad == run_id(studio)


def test_the_pad_answers_live_and_then_with_the_best(
    make_studio: MakeStudio, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = make_studio(small.replace(epochs=500))
    labels: list[str] = []
    update = studio.pad.update_weights

    def note(vector: Floats, label: str) -> bool:
        labels.append(label)
        return update(vector, label)

    monkeypatch.setattr(studio.pad, "update_weights", note)
    studio.pad.put_test_image(0)
    before = probabilities(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    studio.ask_for("snapshot")
    drain_until(studio, lambda: labels)
    assert labels[0].startswith("live, epoch ")
    assert not np.array_equal(probabilities(studio), before)
    drain_until(studio, lambda: studio.transport.epochs_done > 0)
    studio.stop()
    drain_until(studio, lambda: labels[-1].startswith("best, epoch "))


def test_a_snapshot_is_asked_for_ten_times_a_second_at_most(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(studio, "ask", lambda name, question: asked.append(name))
    studio.ask_for("snapshot")
    assert asked == [], "nothing changes while nothing runs"
    studio.transport.set_worker_state("running")
    for _ in range(20):
        studio.ask_for("snapshot")
    assert asked == ["snapshot"]
    studio.transport.set_worker_state("paused")


def test_a_question_that_fails_can_be_asked_again(studio: Studio) -> None:
    heard = told(studio)
    studio.ask("odd", lambda trainer: 1 / 0)
    drain_until(studio, lambda: len(heard) == 1)
    studio.ask("odd", lambda trainer: 1 / 0)
    drain_until(studio, lambda: len(heard) == 2)
    assert not studio.transport.running


def train_and_ask(studio: Studio) -> None:
    """Train to the end, and ask for histograms as a panel does, in the middle of epochs too."""

    def ended() -> bool:
        studio.ask_for("histograms.weights")
        return bool(studio.transport.end_reason)

    studio.train()
    drain_until(studio, ended)


def test_ridges_are_the_weights_at_the_end_of_their_epochs(make_studio: MakeStudio, small: Experiment) -> None:
    experiment = small.replace(epochs=4)
    trainer = assemble(experiment).trainer
    wanted = [histogram_slice(trainer.network, "weights")]
    wanted += [histogram_slice(trainer.network, "weights") for event in trainer.fit() if isinstance(event, EpochEnd)]

    studio = make_studio(experiment)
    train_and_ask(studio)
    drain_until(studio, lambda: not studio._asked)
    shown = studio.histograms.shown()
    assert [each.step for each in shown] == [0, 10, 20, 30, 40]
    for found, expected in zip(shown, wanted, strict=True):
        for layer, other in zip(found.layers, expected.layers, strict=True):
            assert (layer.minimum, layer.maximum) == (other.minimum, other.maximum)
            bins = common_range([layer, other])
            assert np.array_equal(layer.in_bins(bins), other.in_bins(bins))


def test_after_divergence_the_ridges_are_those_of_the_weights_gone_back_to(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1000.0), epochs=50))
    train_and_ask(studio)
    assert studio.transport.end_reason == "diverged"
    studio.ask_for("histograms.weights")
    drain_until(studio, lambda: not studio._asked)
    front = studio.histograms.shown()[-1]
    assert front.step == studio.transport.step == 0
    assert front.ranges == histogram_slice(assemble(small).trainer.network, "weights").ranges  # not as wide as it went


def test_a_training_that_diverged_at_once_leaves_the_untrained_network_on_the_pad(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1000.0), epochs=50))
    untrained = weights(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason == "diverged" and not studio._asked)
    assert studio.transport.best_value is None
    assert np.array_equal(weights(studio), untrained)
    assert studio.pad.label == "untrained"


def test_divergence_is_told_and_the_last_good_weights_stay(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1_000_000.0, momentum=0.9), epochs=5))
    heard = told(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason)
    assert studio.transport.end_reason == "diverged"
    assert [kind for kind, _ in heard] == ["error"]
    drain_until(studio, lambda: not studio.transport.running)
    assert np.isfinite(weights(studio)).all()


def ready_after_edit(studio: Studio) -> None:
    """An edit before training builds the network anew after a moment; tests need not wait for the moment."""
    assert studio._settle.isActive()
    assert studio._settle.interval() == SETTLE_MS
    studio._prepare()
    ready(studio)


# -- data that cannot be read -----------------------------------------------------------------------------------------

LOAD = MNIST.load  # before the tests' digits take its place
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def write_idx(path: Path, array: Array) -> None:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def write_digits(folder: Path, digits: LoadedData) -> None:
    """The four files, with few digits."""
    folder.mkdir()
    for part, data in (("train", digits.train), ("t10k", digits.test)):
        numbers = np.arange(200)
        read = data.read(numbers, np.empty((200, 28, 28), np.uint8))
        write_idx(folder / f"{part}-images-idx3-ubyte", read)
        write_idx(folder / f"{part}-labels-idx1-ubyte", np.asarray(data.targets[numbers], np.uint8))


def break_reading(folder: Path) -> None:
    (folder / IMAGES).unlink()
    (folder / IMAGES).symlink_to("/proc/self/mem")  # it opens, and cannot be read


def break_packing(folder: Path) -> None:
    packed = gzip.compress((folder / IMAGES).read_bytes())
    (folder / f"{IMAGES}.gz").write_bytes(packed[: len(packed) // 2])


def take_away(folder: Path) -> None:
    (folder / LABELS).unlink()


@pytest.mark.parametrize(
    ("spoil", "file", "fault"),
    [
        (break_reading, IMAGES, "Input/output error. Mend it, or choose another folder under Data."),
        (break_packing, f"{IMAGES}.gz", "the gzip packing is damaged or cut short"),
        (take_away, LABELS, "it is not there. Mend it, or choose another folder under Data."),
    ],
)
def test_data_that_cannot_be_read_is_named_with_its_fault_and_read_again_by_train(
    studio: Studio,
    home: Path,
    digits: LoadedData,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    file: str,
    fault: str,
) -> None:
    monkeypatch.setattr(MNIST, "load", LOAD)
    folder = home / "digits"
    write_digits(folder, digits)
    spoil(folder)
    heard = told(studio)
    studio.document.set("data.folder", str(folder))
    drain_until(studio, lambda: studio._settle.isActive())
    studio._prepare()
    drain_until(studio, lambda: heard)
    ((kind, sentence),) = heard
    assert kind == "error"
    assert file in sentence
    assert fault in sentence
    assert "make room" not in sentence
    assert studio.document.data_error == sentence
    assert (studio.transport.failure, studio.transport.failure_reason) == ("The data could not be read", sentence)
    assert studio.transport.actions.train == "", "Train tries again"
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    write_digits(folder, digits)
    train_to_end(studio)
    assert studio.transport.end_reason == "completed"
    assert studio.document.data_error == ""


def test_of_two_sessions_asked_for_only_the_last_is_shown(
    studio: Studio, home: Path, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MNIST, "load", LOAD)
    studio.document.start(small.replace(batch_size=64, name="first"))
    studio._opened()  # its data is at hand
    studio.document.start(small.replace(data=MNIST(folder=str(home / "nowhere")), name="second"))
    studio._opened()
    drain_until(studio, lambda: studio.transport.failure)
    assert studio.session is None
    assert standing(studio.transport, studio.document) == (
        "The data could not be read",
        f"Train tries again. {studio.transport.failure_reason}",
    )


# -- edits ------------------------------------------------------------------------------------------------------------


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
    assert not studio._settle.isActive()


def test_a_change_of_structure_after_training_began_waits_for_a_new_training(studio: Studio) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    first = run_id(studio)
    studio.document.set("layers.1.units", "20")
    assert studio.starts_anew
    assert not studio._settle.isActive()
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
    studio.document.set("layers.1.units", "20")
    assert studio._settle.isActive()
    studio.document.undo()
    assert not studio._settle.isActive()
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
    assert not studio._settle.isActive()
    drain_until(studio, lambda: studio.transport.end_reason == "completed")
    assert run_id(studio) == run
    assert studio.transport.learning_rate == 0.02


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


def test_an_edit_before_the_first_step_is_done_does_not_end_the_training(studio: Studio) -> None:
    """At a full batch the first step takes a while."""
    studio.transport.set_worker_state("running")
    assert not studio.transport.begun
    studio.document.set("layers.1.units", "20")
    assert not studio._settle.isActive()
    studio.transport.set_worker_state("paused")


def test_a_live_change_reaches_the_running_training(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    assert studio.document.set("optimizer.learning_rate", "0.02") == ""
    drain_until(studio, lambda: studio.transport.learning_rate == 0.02)
    assert not studio.starts_anew


def test_what_does_not_fit_is_told_and_not_trained(studio: Studio) -> None:
    heard = told(studio)
    studio.document.set("layers.2.units", "9")
    studio._prepare()
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


# -- files ------------------------------------------------------------------------------------------------------------


def test_an_experiment_is_saved_and_opened(studio: Studio, home: Path) -> None:
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.document.set("layers.1.units", "20")
    assert studio.save_experiment(home / "mine.json") == ""
    assert saved == [home / "mine.json"]
    assert not studio.document.modified
    expected = studio.document.experiment
    studio.new_experiment("mnist-300")
    assert not studio.document.path
    assert studio.open_file(home / "mine.json") == ""
    assert studio.document.experiment == expected
    assert str(studio.document.path) == str(home / "mine.json")
    assert studio.preferences.recent_files == [str(home / "mine.json")]
    ready(studio)


def test_an_experiment_that_cannot_be_saved_gives_a_sentence(studio: Studio, home: Path) -> None:
    studio.document.set("layers.1.units", "20")
    (home / "file").touch()
    fault = studio.save_experiment(home / "file" / "mine.json")
    assert "Choose another place" in fault
    assert studio.document.modified


def saved_checkpoint(studio: Studio, path: Path) -> None:
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.save_checkpoint(path)
    drain_until(studio, lambda: saved)
    assert saved == [path]


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


@pytest.mark.parametrize("restore", [True, False])
def test_the_last_weights_are_called_so_where_they_are_kept(
    make_studio: MakeStudio, small: Experiment, restore: bool
) -> None:
    keeping = EarlyStopping(monitor="val_loss", patience=1, restore=restore)
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=0.6), epochs=500, callbacks=(keeping,)))
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason and "end" not in studio._asked)
    assert studio.transport.end_reason == "early_stopping"
    assert studio.best_answers == restore
    assert studio.pad.label.startswith("best, epoch ") == restore


def test_what_is_saved_answers_as_it_did_when_it_was_saved(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    """Paused, the present weights, though there are best ones; after the end, the best."""
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=0.6, momentum=0.9), epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.epochs_done > studio.transport.best_epoch)
    studio.toggle()
    drain_until(studio, lambda: studio.transport.worker_state == "paused" and "paused" not in studio._asked)
    studio.pad.put_test_image(3)
    live, present = probabilities(studio), studio.pad.label.removeprefix("live, ")
    assert present == f"epoch {studio.transport.epoch + 1}"  # as the transport says
    saved_checkpoint(studio, home / "paused.npz")
    studio.stop()
    drain_until(studio, lambda: studio.transport.end_reason and "end" not in studio._asked)
    best = probabilities(studio)
    assert best.tobytes() != live.tobytes(), "the last weights are the best, so this test shows nothing"
    saved_checkpoint(studio, home / "ended.npz")
    for name, expected, label in (
        ("paused", live, f"loaded, {present}"),
        ("ended", best, f"loaded, best, epoch {studio.transport.best_epoch}"),
    ):
        other = make_studio(small.replace(name="other"))
        assert other.open_file(home / f"{name}.npz") == ""
        ready(other)
        other.pad.put_test_image(3)
        assert probabilities(other).tobytes() == expected.tobytes()
        assert other.pad.label == label
        saved_checkpoint(other, home / "again.npz")  # once more, without having trained
        assert (home / "again.npz").read_bytes() == (home / f"{name}.npz").read_bytes()


def test_after_divergence_in_the_first_epoch_the_initial_weights_answer(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1_000_000.0, momentum=0.9), epochs=5))
    initial = weights(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 0)
    studio.ask_for("snapshot")
    drain_until(studio, lambda: studio.transport.end_reason and "end" not in studio._asked)
    assert studio.pad.label == "untrained"
    assert studio.pad._network is not None
    assert studio.pad._network.state.tobytes() == initial.tobytes()


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


def test_best_weights_open_on_the_pad(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio()
    train_to_end(studio)
    assert studio.run_folder is not None
    other = make_studio(small.replace(name="other"))
    assert other.open_file(studio.run_folder / "checkpoints" / "best.npz") == ""
    ready(other)
    for each in (studio, other):
        each.pad.put_test_image(3)
    assert probabilities(other).tobytes() == probabilities(studio).tobytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.json", b""),
        ("cut.json", b'{"format": "backprop-studio-exp'),
        ("other.json", json.dumps({"format": "something", "version": 1}).encode()),
        ("binary.json", bytes(range(256))),
        ("empty.npz", b""),
        ("cut.npz", b"PK\x03\x04 and no more"),
        ("text.npz", b"hello"),
    ],
)
def test_a_broken_file_gives_a_sentence_and_nothing_is_lost(
    studio: Studio, home: Path, name: str, content: bytes
) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and not studio.transport.running)
    before, experiment, run = weights(studio), studio.document.experiment, run_id(studio)
    (home / name).write_bytes(content)
    fault = studio.open_file(home / name)
    assert name in fault
    assert fault.endswith((".", ")"))
    assert studio.document.experiment is experiment
    assert run_id(studio) == run
    assert np.array_equal(weights(studio), before)
    assert studio.transport.step == 1
    assert studio.preferences.recent_files == []


def test_a_missing_file_and_a_folder_that_is_no_run_give_sentences(studio: Studio, home: Path) -> None:
    assert "there is no such file" in studio.open_file(home / "gone.json")
    assert "there is no run here" in studio.open_file(home)


def test_a_run_with_a_broken_record_of_steps_leaves_what_is_open(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio()
    train_to_end(studio)
    folder = studio.run_folder
    assert folder is not None
    (folder / "steps.bin").write_bytes(b"nonsense")
    studio.new_experiment("mnist-300")
    ready(studio)
    before, run = studio.document.experiment, run_id(studio)
    assert "steps.bin" in studio.open_file(folder)
    assert studio.document.experiment is before
    assert run_id(studio) == run


def test_a_checkpoint_that_cannot_be_saved_is_told_and_training_runs_on(
    make_studio: MakeStudio, small: Experiment, home: Path
) -> None:
    studio = make_studio(small.replace(epochs=500))
    heard = told(studio)
    (home / "file").touch()
    studio.train()
    drain_until(studio, lambda: studio.transport.step > 2)
    studio.save_checkpoint(home / "file" / "deep.npz")
    drain_until(studio, lambda: heard)
    assert heard[0][0] == "error"
    stood = studio.transport.step
    drain_until(studio, lambda: studio.transport.step > stood)


def test_the_experiment_is_kept_for_the_next_start(make_studio: MakeStudio, preferences: Preferences) -> None:
    studio = make_studio()
    studio.document.set("layers.1.units", "33")
    studio.finish()
    kept = load_experiment(preferences.data_folder / "last-experiment.json")
    assert kept == studio.document.experiment
    other = Studio(preferences)
    other.restore_last()
    assert other.document.experiment == kept
    (preferences.data_folder / "last-experiment.json").write_text("broken")
    other.restore_last()
    assert other.document.experiment == kept
    other.finish()


def test_unsaved_edits_outlive_an_end_from_outside_where_nothing_is_kept_by_itself(
    make_studio: MakeStudio, preferences: Preferences
) -> None:
    preferences.set("autosave", "false")
    studio = make_studio()
    studio.document.set("layers.1.units", "33")
    studio.finish(asked=False)
    kept = preferences.data_folder / "unsaved-experiment.json"
    assert load_experiment(kept) == studio.document.experiment
    make_studio().finish()
    assert kept.exists(), "a start that did not bring them back leaves them there"
    other = Studio(preferences)
    other.restore_last()
    assert other.edits_are_back
    assert other.document.experiment == studio.document.experiment
    assert other.document.modified, "they are still unsaved"
    other.start()
    other.finish(asked=False)
    assert kept.exists()
    last = Studio(preferences)
    last.restore_last()
    last.start()
    last.finish()
    assert not kept.exists(), "saved or given up knowingly"


def test_where_nothing_can_be_kept_it_ends_all_the_same(
    make_studio: MakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    studio = make_studio()
    monkeypatch.setattr("app.studio.save_experiment", no_room)
    studio.finish()
    assert studio.worker.isFinished()


def test_two_runs_of_one_second_have_folders_of_their_own(studio: Studio) -> None:
    first = studio._new_run_path("a name / with: signs")
    first.mkdir(parents=True)
    second = studio._new_run_path("a name / with: signs")
    assert first != second
    assert first.parent == second.parent == studio.preferences.runs_folder
    assert first.name.endswith("-a-name-with-signs")
    assert studio._new_run_path("...").name.endswith("-run")


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
    assert not studio._settle.isActive()


# -- networks for other programs --------------------------------------------------------------------------------------


def exported(studio: Studio, path: Path) -> Floats:
    """Export, and give the state that is in the file."""
    saved: list[Path] = []
    studio.saved.connect(saved.append)
    studio.export_network(path)
    drain_until(studio, lambda: saved)
    assert saved == [path]
    return load_safetensors(path).network.state


def test_the_network_that_answers_on_the_pad_is_exported(studio: Studio, home: Path) -> None:
    assert studio.pretrained is not None
    shipped = exported(studio, home / "shipped.safetensors")
    assert shipped.tobytes() == studio.pretrained.network.state.tobytes()
    train_to_end(studio)
    assert studio.session is not None
    best = exported(studio, home / "best.safetensors")
    assert best.tobytes() == studio.session.network.state.tobytes()
    assert best.size != shipped.size


def test_where_the_pad_has_nobody_to_ask_it_is_the_one_in_training(studio: Studio, home: Path) -> None:
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1 and studio.transport.worker_state == "paused")
    studio.pad.no_network("It is none for digits.")
    assert exported(studio, home / "live.safetensors").tobytes() == weights(studio).tobytes()
    assert studio.transport.step == 1


def test_an_export_that_fails_gives_a_sentence(studio: Studio, home: Path) -> None:
    heard = told(studio)
    (home / "file").touch()
    for path, words in (
        (home / "file" / "a.onnx", "Choose another place"),
        (home / "a.txt", "expected a file name that ends in one of .onnx, .safetensors, .py"),
    ):
        heard.clear()
        studio.export_network(path)
        drain_until(studio, lambda: heard)
        ((kind, sentence),) = heard
        assert kind == "error"
        assert str(path) in sentence
        assert words in sentence
