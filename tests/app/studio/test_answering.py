from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nn_engine import Experiment
from nn_engine.experiments import assemble
from nn_engine.optimizers import SGD
from nn_engine.training import EarlyStopping
from nn_engine.types import Floats
from tests.app.conftest import MakeStudio, drain_until, train_to_end
from tests.app.studio.helpers import probabilities, ready, saved_checkpoint, weights


def test_stop_lets_the_best_weights_answer(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(epochs=500))
    studio.train()
    drain_until(studio, lambda: studio.transport.epochs_done > 1)
    studio.stop()
    drain_until(studio, lambda: studio.transport.end_reason == "stopped")
    drain_until(studio, lambda: not studio.questions.waits_for("end"))
    assert studio.session is not None
    best = studio.session.trainer.best
    assert best is not None
    check = assemble(studio.session.experiment, data=studio.session.data)
    check.network.state[...] = best.weights
    studio.pad.put_test_image(0)
    shown = probabilities(studio)
    studio.pad.use_network(check.network, check.trainer.preprocessing, check.trainer.task, "best, made anew")
    assert probabilities(studio).tobytes() == shown.tobytes()


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


def test_a_training_that_diverged_at_once_leaves_the_untrained_network_on_the_pad(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1000.0), epochs=50))
    untrained = weights(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason == "diverged" and studio.questions.all_answered)
    assert studio.transport.best_value is None
    assert np.array_equal(weights(studio), untrained)
    assert studio.pad.label == "untrained"


def test_after_divergence_in_the_first_epoch_the_initial_weights_answer(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1_000_000.0, momentum=0.9), epochs=5))
    initial = weights(studio)
    studio.train()
    # It may come to its end, and go back to step 0, before anyone looks.
    drain_until(studio, lambda: studio.transport.step > 0 or studio.transport.end_reason)
    studio.ask_for("snapshot")
    drain_until(studio, lambda: studio.transport.end_reason and not studio.questions.waits_for("end"))
    assert studio.pad.label == "untrained"
    assert studio.pad._network is not None
    assert studio.pad._network.state.tobytes() == initial.tobytes()


@pytest.mark.parametrize("restore", [True, False])
def test_the_last_weights_are_called_so_where_they_are_kept(
    make_studio: MakeStudio, small: Experiment, restore: bool
) -> None:
    keeping = EarlyStopping(monitor="val_loss", patience=1, restore=restore)
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=0.6), epochs=500, callbacks=(keeping,)))
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason and not studio.questions.waits_for("end"))
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
    drain_until(studio, lambda: studio.transport.worker_state == "paused" and not studio.questions.waits_for("paused"))
    studio.pad.put_test_image(3)
    live, present = probabilities(studio), studio.pad.label.removeprefix("live, ")
    assert present == f"epoch {studio.transport.epoch + 1}"  # as the transport says
    saved_checkpoint(studio, home / "paused.npz")
    studio.stop()
    drain_until(studio, lambda: studio.transport.end_reason and not studio.questions.waits_for("end"))
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
