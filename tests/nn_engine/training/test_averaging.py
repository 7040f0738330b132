"""The running mean of all parameters: what it is, that it is what is judged and kept, and that it survives a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import SGD, Constant, EarlyStopping, evaluate
from nn_engine.io.checkpoint import load_answering, load_checkpoint, save_checkpoint, save_snapshot
from nn_engine.training import EpochEnd, StepEnd
from nn_engine.training.averaging import follow
from nn_engine.workspace import Workspace
from tests.nn_engine.training.small import blobs, drain, small_trainer
from tests.nn_engine.training.test_resume import assert_same


def test_it_follows_slowly_and_at_first_quickly() -> None:
    average, state = np.zeros(3), np.array([1.0, -2.0, 0.0])
    follow(average, state, 0.99, step=0, workspace=Workspace())
    np.testing.assert_allclose(average, 0.9 * state)
    average[...] = 0
    follow(average, state, 0.99, step=10**6, workspace=Workspace())
    np.testing.assert_allclose(average, 0.01 * state)


def test_it_is_the_mean_of_the_steps() -> None:
    trainer = small_trainer(averaging=0.5, optimizer=SGD(learning_rate=0.1))
    expected = trainer.network.state.astype(np.float64)
    for event in trainer.fit():
        if isinstance(event, StepEnd):
            decay = min(0.5, event.step / (9 + event.step))
            expected = decay * expected + (1 - decay) * trainer.network.state
            average = trainer.state().average
            assert average is not None
            np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-6)


def test_it_is_judged_and_becomes_the_best() -> None:
    trainer = small_trainer(averaging=0.9, validation=200)
    for event in trainer.fit():
        if isinstance(event, EpochEnd) and event.improved:
            average = trainer.state().average
            assert average is not None
            assert trainer.best is not None
            np.testing.assert_array_equal(trainer.best.weights, average)
            assert not np.array_equal(average, trainer.network.state)
            metrics = event.metrics
    found = evaluate(trainer.network, blobs(200, seed=1), trainer.preprocessing, trainer.plan.loss)
    assert found["loss"] == pytest.approx(metrics["val_loss"], rel=1e-5)


@pytest.mark.parametrize("step", [7, 10])
def test_resumed_it_is_the_undisturbed_one(step: int, tmp_path: Path) -> None:
    undisturbed = small_trainer(averaging=0.9)
    drain(undisturbed)
    first = small_trainer(averaging=0.9)
    for event in first.fit():
        if isinstance(event, StepEnd) and event.step == step:
            first.request_stop()
    save_checkpoint(tmp_path / "last.npz", first)
    state = load_checkpoint(tmp_path / "last.npz").state
    assert state is not None
    second = small_trainer()  # the plan comes with the state
    second.restore(state)
    drain(second)
    assert_same(second.state(), undisturbed.state())
    average, expected = second.state().average, undisturbed.state().average
    assert average is not None
    assert expected is not None
    np.testing.assert_array_equal(average, expected)


def test_what_is_judged_is_what_answers_and_what_is_saved(tmp_path: Path) -> None:
    trainer = small_trainer(averaging=0.9, validation=200)
    for event in trainer.fit():
        if isinstance(event, EpochEnd):
            judged = trainer.judged_snapshot()
            np.testing.assert_array_equal(judged.weights, trainer.state().average)
            np.testing.assert_array_equal(trainer.answering_snapshot().weights, judged.weights)
            np.testing.assert_array_equal(trainer.answering_network().state, judged.weights)
            assert not np.array_equal(trainer.snapshot().weights, judged.weights)
            assert (judged.epoch, judged.step, judged.metrics) == (event.epoch + 1, event.step, event.metrics)
            found = evaluate(trainer.answering_network(), blobs(200, seed=1), trainer.preprocessing, trainer.plan.loss)
            assert found["loss"] == pytest.approx(event.metrics["val_loss"], rel=1e-5)
            save_snapshot(tmp_path / "epoch.npz", trainer)
            save_checkpoint(tmp_path / "last.npz", trainer)
            for path in (tmp_path / "epoch.npz", tmp_path / "last.npz"):
                np.testing.assert_array_equal(load_answering(path).network.state, judged.weights)


def test_it_stays_where_the_best_weights_are_not_restored(tmp_path: Path) -> None:
    keeping = EarlyStopping(monitor="val_loss", patience=1, restore=False)
    undisturbed = small_trainer(averaging=0.9, callbacks=(keeping,))
    drain(undisturbed)
    average = undisturbed.state().average
    np.testing.assert_array_equal(undisturbed.network.state, average)
    save_checkpoint(tmp_path / "last.npz", undisturbed)
    np.testing.assert_array_equal(load_answering(tmp_path / "last.npz").network.state, average)


def test_after_an_end_steps_go_on_from_the_weights_and_not_from_their_mean() -> None:
    settings: dict[str, Any] = {"averaging": 0.9, "schedule": Constant(), "callbacks": (EarlyStopping(restore=False),)}
    undisturbed, ended = small_trainer(epochs=4, **settings), small_trainer(epochs=2, **settings)
    drain(undisturbed)
    drain(ended)
    assert not np.array_equal(ended.network.state, ended.snapshot().weights)
    ended.change("epochs", 4)
    drain(ended)
    assert_same(ended.state(), undisturbed.state())
    np.testing.assert_array_equal(ended.network.state, undisturbed.network.state)


def test_without_it_nothing_is_kept() -> None:
    trainer = small_trainer()
    drain(trainer)
    assert trainer.state().average is None
