from __future__ import annotations

import numpy as np
import pytest

from app.view_models.histogram_series import PERCENTILES
from app.view_models.histograms import MOST_SHOWN, REQUEST, Histograms
from nn_engine.inspection.histogram import WHAT, HistogramSlice, What, histogram_slice
from nn_engine.layers import DenseLayer, InputLayer
from nn_engine.network import Network
from nn_engine.training import Snapshot

STEPS = 10


class Trainer:
    """As much of a trainer as a question about it looks at."""

    steps_per_epoch = STEPS
    ended = False

    def __init__(self) -> None:
        self.network = Network([InputLayer(units=30), DenseLayer(units=40, fn="relu"), DenseLayer(units=3)])
        self.step = 0
        self._rng = np.random.default_rng(0)

    @property
    def epoch(self) -> int:
        return self.step // STEPS

    def go(self, steps: int, spread: float = 0.02) -> None:
        self.step += steps
        self.network.state[...] += spread * self._rng.standard_normal(self.network.state.shape)


@pytest.fixture
def model() -> Histograms:
    return Histograms()


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


def _ask(model: Histograms, trainer: Trainer, what: What = "weights") -> None:
    model.take([model.question(REQUEST + what)(trainer)])


def _train(model: Histograms, trainer: Trainer, epochs: int) -> None:
    _ask(model, trainer)
    for _ in range(epochs * 2):
        trainer.go(STEPS // 2)
        _ask(model, trainer)


def test_every_epoch_adds_a_slice_and_between_epochs_only_the_front_one_changes(
    model: Histograms, trainer: Trainer
) -> None:
    _train(model, trainer, 2)
    assert [each.step for each in model.shown()] == [0, 10, 20]
    before = model.series()
    trainer.go(3, spread=1e-4)
    _ask(model, trainer)
    assert [each.step for each in model.shown()] == [0, 10, 20, 23]
    behind = model.series()
    assert behind[0].generation != before[0].generation
    trainer.go(3, spread=1e-4)
    _ask(model, trainer)
    assert [each.step for each in model.shown()] == [0, 10, 20, 26]
    assert model.series()[0].older is behind[0].older
    assert [model.moment(each) for each in model.shown()] == [0, 1, 2, 2.6]


def test_shows_at_most_so_many_thinned_evenly(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 60)
    trainer.go(1)
    _ask(model, trainer)
    epochs = [each.epoch for each in model.shown()]
    assert len(epochs) <= MOST_SHOWN
    assert epochs == [*range(0, 61, 5), 60]


def test_shown_bins_are_the_counts_exactly(model: Histograms, trainer: Trainer) -> None:
    model.choose_whole(True)
    _train(model, trainer, 3)
    weights = trainer.network.named_parameters()
    for each in model.series():
        edges = each.low + np.arange(len(each.front) + 1) * each.width
        assert np.array_equal(each.front, np.histogram(weights[f"{each.name}.weights"], edges)[0])
        assert each.front.sum() == each.count
        assert (each.older.sum(axis=1) == each.count).all()


def test_what_lies_beyond_the_axis_is_told(model: Histograms) -> None:
    network = Network([InputLayer(units=300), DenseLayer(units=40)])
    weights = network.named_parameters()["layers.1.weights"]
    weights[...] = np.linspace(-0.1, 0.1, weights.size).reshape(weights.shape)
    weights.flat[[0, 1, -1]] = [-9.0, -8.0, 7.0]
    model.show_network(network)
    (one,) = model.series()
    assert (one.below, one.above) == (2, 1)
    assert one.front.sum() + 3 == one.count
    model.choose_whole(True)
    (one,) = model.series()
    assert (one.below, one.above, one.front.sum()) == (0, 0, one.count)


def test_a_range_that_is_outgrown_is_doubled_for_all_slices(model: Histograms, trainer: Trainer) -> None:
    model.choose_whole(True)
    _train(model, trainer, 1)
    trainer.go(5)
    trainer.network.state[...] *= 20
    _ask(model, trainer)
    for each in model.series():
        assert each.front.sum() == each.count
        assert (each.older.sum(axis=1) == each.count).all()


def test_biases_that_start_equal_do_not_fix_the_bins(model: Histograms, trainer: Trainer) -> None:
    model.choose("biases")
    _ask(model, trainer, "biases")
    trainer.go(STEPS, spread=1e-3)
    _ask(model, trainer, "biases")
    first = model.series()[0]
    assert first.width < 1e-3
    assert first.older.sum() == first.front.sum() == 40


def test_only_the_end_of_an_epoch_is_kept_whenever_it_comes(model: Histograms, trainer: Trainer) -> None:
    at_epochs = model.questions_at_epochs()["histograms.epoch.weights"]
    model.take([at_epochs(trainer)])
    trainer.go(STEPS)
    exact = at_epochs(trainer)
    trainer.go(1)
    _ask(model, trainer)  # asked right after the epoch's end, and yet of other weights
    assert [each.step for each in model.shown()] == [0, 11]
    model.take([exact])
    assert [each.step for each in model.shown()] == [0, 10, 11]
    trainer.go(STEPS)
    _ask(model, trainer)
    assert [each.step for each in model.shown()] == [0, 10, 21]


def test_all_kinds_are_asked_for_at_epochs_and_between_them_the_one_shown(model: Histograms, trainer: Trainer) -> None:
    model.take([question(trainer) for question in model.questions_at_epochs().values()])
    for what in WHAT:
        model.choose(what)
        assert model.wants() == {f"histograms.{what}"}
        assert [each.step for each in model.shown()] == [0]


def test_after_the_end_the_last_moment_is_shown_and_not_the_best_weights(model: Histograms) -> None:
    network = Network([InputLayer(units=30), DenseLayer(units=3)])
    last = network.state.copy()
    last[...] = 0.25

    class Ended:
        """A trainer after its end: the network holds other weights than the last."""

        steps_per_epoch, epoch, step, ended = STEPS, 2, 2 * STEPS, True

        def __init__(self) -> None:
            self.network = network

        def snapshot(self) -> Snapshot:
            return Snapshot("run", last, 2, 2 * STEPS, {})

    model.take([model.question(REQUEST + "weights")(Ended()), model.question(REQUEST + "gradients")(Ended())])
    (layer,) = model.shown()[-1].layers
    assert (layer.minimum, layer.maximum) == (0.25, 0.25)
    model.choose("gradients")
    assert model.empty


def test_the_version_grows_with_news_and_only_then(model: Histograms, trainer: Trainer) -> None:
    _ask(model, trainer)
    version = model.version
    _ask(model, trainer)
    assert model.version == version
    trainer.network.state[...] *= 0.5  # the best weights come back at the end, at the same step
    _ask(model, trainer)
    assert model.version > version


def test_the_same_moment_in_broader_bins_is_no_news(model: Histograms, trainer: Trainer) -> None:
    _ask(model, trainer)
    version, front = model.version, model.shown()[-1]
    ranges = {name: bins.doubled().doubled() for name, bins in front.ranges.items()}  # as if asked before going back
    model.take([histogram_slice(trainer.network, "weights", ranges, epoch=0, step=0)])
    assert model.version == version
    assert model.shown()[-1] is front


def test_answers_about_an_earlier_run_are_dropped(model: Histograms, trainer: Trainer) -> None:
    trainer.go(500)
    late = model.question("histograms.weights")(trainer)
    model.begin()
    model.take([late])
    assert model.empty
    _ask(model, Trainer())
    assert model.untrained


def test_going_back_forgets_what_came_after(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 4)
    model.cut(20)
    assert [each.step for each in model.shown()] == [0, 10, 20]


def test_what_was_asked_while_it_diverged_does_not_leave_broad_bins_behind(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 4)
    sound, step, widths = trainer.network.state.copy(), trainer.step, [each.width for each in model.series()]
    for _ in range(2):
        trainer.go(2, spread=1000.0)
        _ask(model, trainer)
        late = model.question(REQUEST + "weights")  # answered only when training has gone back and on
        trainer.network.state[...], trainer.step = sound, step
        model.cut(step)
        trainer.go(1, spread=0.0001)
        model.take([late(trainer)])
        assert [each.width for each in model.series()] == widths


def test_bins_get_fine_again_within_an_epoch(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 4)
    sound, widths = trainer.network.state.copy(), [each.width for each in model.series()]
    trainer.go(1, spread=1000.0)
    _ask(model, trainer)
    assert min(each.width for each in model.series()) > 10 * max(widths)
    trainer.network.state[...] = sound
    trainer.go(1, spread=0.0001)
    _ask(model, trainer)
    assert [each.width for each in model.series()] == widths


def test_a_network_of_another_shape_begins_anew(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 2)
    other = Network([InputLayer(units=5), DenseLayer(units=2)])
    model.take([histogram_slice(other, "weights", step=99, epoch=9)])
    assert len(model.shown()) == 1


def test_bands_are_percentiles_within_a_bin(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 3)
    bands = model.bands()
    assert bands[0].moments.tolist() == [0, 1, 2, 3]
    weights = trainer.network.named_parameters()["layers.1.weights"]
    wanted = np.percentile(weights, PERCENTILES)
    width = model.shown()[-1].layers[0].bins.width
    assert np.abs(bands[0].values[-1] - wanted).max() < 2 * width + 1e-3
    assert (bands[0].values[-1][[0, -1]] == [weights.min(), weights.max()]).all()


def test_values_that_are_no_numbers_are_told(model: Histograms, trainer: Trainer) -> None:
    _ask(model, trainer)
    trainer.go(4)
    trainer.network.state[:7] = np.nan
    _ask(model, trainer)
    assert sum(each.not_finite for each in model.series()) == 7
    assert np.isfinite(model.bands()[0].values).all()


def test_a_network_of_nothing_but_nan_is_shown(model: Histograms, trainer: Trainer) -> None:
    _ask(model, trainer)
    trainer.go(4)
    trainer.network.state[...] = np.nan
    _ask(model, trainer)
    assert all(each.front.sum() == 0 and each.not_finite == each.count for each in model.series())
    assert np.isnan(model.bands()[0].values[-1]).all()


def test_the_table_has_every_filled_bin(model: Histograms, trainer: Trainer) -> None:
    _train(model, trainer, 1)
    rows = model.table()
    assert sum(row[5] for row in rows) == 2 * (30 * 40 + 40 * 3)
    assert {row[0] for row in rows} == {"Dense 40", "Dense 3"}
    assert all(row[3] < row[4] and row[5] > 0 for row in rows)


def test_many_epochs_take_bounded_memory(model: Histograms, trainer: Trainer) -> None:
    first: HistogramSlice = histogram_slice(trainer.network, "biases")
    model.choose("biases")
    for epoch in range(3000):
        model.take([HistogramSlice("biases", epoch, epoch * STEPS, first.layers)])
    assert len(model.bands()[0].moments) <= 1025
    assert len(model.shown()) <= MOST_SHOWN
