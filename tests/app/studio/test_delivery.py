from __future__ import annotations

import time

import numpy as np

from app.studio import Studio
from app.view_models.histogram_series import common_range
from app.workers.news import RunCreated
from nn_engine import Experiment
from nn_engine.experiments import assemble
from nn_engine.inspection.histogram import histogram_slice
from nn_engine.optimizers import SGD
from nn_engine.training import EpochEnd
from tests.app.conftest import MakeStudio, drain_until
from tests.app.studio.helpers import ready, told, weights


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
    drain_until(studio, lambda: studio.questions.all_answered)
    shown = studio.histograms.shown()
    assert [each.step for each in shown] == [0, 10, 20, 30, 40]
    for found, expected in zip(shown, wanted, strict=True):
        for layer, other in zip(found.layers, expected.layers, strict=True):
            assert (layer.minimum, layer.maximum) == (other.minimum, other.maximum)
            bins = common_range([layer, other])
            assert np.array_equal(layer.in_bins(bins), other.in_bins(bins))


def test_a_folder_that_is_told_of_late_is_not_that_of_the_training_after(studio: Studio) -> None:
    """Train, then Rewind before anything was delivered: the first run has its folder, the present one has none."""
    studio.train()
    limit = time.monotonic() + 10
    while not any(isinstance(item, RunCreated) for item in tuple(studio.worker.news)):
        assert time.monotonic() < limit
        time.sleep(0.002)
    studio.rewind()
    ready(studio)
    folder = studio.run_folder
    assert folder is None
    (made,) = studio.preferences.recent_files
    studio.step()
    drain_until(studio, lambda: studio.transport.step == 1)
    assert studio.run_folder is not None
    assert str(studio.run_folder) != made


def test_after_divergence_the_ridges_are_those_of_the_weights_gone_back_to(
    make_studio: MakeStudio, small: Experiment
) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1000.0), epochs=50))
    train_and_ask(studio)
    assert studio.transport.end_reason == "diverged"
    studio.ask_for("histograms.weights")
    drain_until(studio, lambda: studio.questions.all_answered)
    front = studio.histograms.shown()[-1]
    assert front.step == studio.transport.step == 0
    assert front.ranges == histogram_slice(assemble(small).trainer.network, "weights").ranges  # not as wide as it went


def test_divergence_is_told_and_the_last_good_weights_stay(make_studio: MakeStudio, small: Experiment) -> None:
    studio = make_studio(small.replace(optimizer=SGD(learning_rate=1_000_000.0, momentum=0.9), epochs=5))
    heard = told(studio)
    studio.train()
    drain_until(studio, lambda: studio.transport.end_reason)
    assert studio.transport.end_reason == "diverged"
    assert [kind for kind, _ in heard] == ["error"]
    drain_until(studio, lambda: not studio.transport.running)
    assert np.isfinite(weights(studio)).all()
