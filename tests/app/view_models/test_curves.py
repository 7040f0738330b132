from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from app.panels.parts.curve_preview import events
from app.view_models.chart_options import ChartOptions
from app.view_models.curves import Curves
from app.view_models.flags import flag_text
from nn_engine.io import metric_files
from nn_engine.training.events import EpochEnd, SettingChanged, StepEnd, TrainBegin


def step(number: int, loss: float = 1.0, run: str = "a") -> StepEnd:
    return StepEnd(run, 0, number, loss, {"accuracy": 0.5}, 0.1, 32, 0.0)


def epoch(number: int, at: int, improved: bool, **metrics: float) -> EpochEnd:
    return EpochEnd("a", number, at, metrics, 0.1, 1.0, improved)


def test_steps_points_flags_and_best() -> None:
    curves = Curves()
    curves.ingest([TrainBegin("a", 0, 0, 4, 2), step(1, 3.0), step(2, 1.0)])
    curves.ingest([epoch(0, 2, True, loss=2.0, accuracy=0.5, val_loss=0.9, val_accuracy=0.7), step(3)])
    curves.ingest([SettingChanged("a", 1, 3, "optimizer.learning_rate", "0.1", "0.05")])
    assert curves.steps.tolist() == [1, 2, 3]
    assert curves.steps_loss.tolist() == [3, 1, 1]
    assert curves.steps_rate.tolist() == [0.1] * 3
    assert curves.points.tolist() == [[2, 2.0, 0.9, 0.5, 0.7]]
    assert [(flag.step, flag.text) for flag in curves.flags] == [(3, "rate 0.1 → 0.05")]
    assert curves.best is not None
    assert (curves.best.epoch, curves.best.step, curves.best.value, curves.best.monitor) == (0, 2, 0.7, "val_accuracy")


def test_best_is_the_last_epoch_that_improved() -> None:
    curves = Curves()
    curves.ingest([epoch(0, 2, True, val_loss=0.4), epoch(1, 4, True, val_loss=0.2), epoch(2, 6, False, val_loss=0.3)])
    assert curves.best is not None
    assert (curves.best.epoch, curves.best.value, curves.best.monitor) == (1, 0.2, "val_loss")


def test_version_grows_with_each_change_and_generation_only_if_the_past_changes() -> None:
    curves = Curves()
    curves.ingest([TrainBegin("a", 0, 0, 4, 2), step(1)])
    version, generation = curves.version, curves.generation
    curves.ingest([])
    assert curves.version == version
    curves.ingest([step(2)])
    assert curves.version > version
    assert curves.generation == generation
    curves.options.set_smoothing(0.5)
    assert curves.generation > generation


def test_going_on_from_an_earlier_step_drops_what_came_later() -> None:
    curves = Curves()
    curves.ingest([TrainBegin("a", 0, 0, 4, 2), *map(step, range(1, 6))])
    curves.ingest([epoch(0, 2, True, val_accuracy=0.5), epoch(1, 4, True, val_accuracy=0.6)])
    held = curves.steps
    curves.ingest([TrainBegin("a", 1, 3, 4, 2), step(4, 9.0)])
    assert curves.steps.tolist() == [1, 2, 3, 4]
    assert curves.steps_loss[-1] == 9
    assert curves.points[:, 0].tolist() == [2]
    assert curves.best is not None
    assert curves.best.epoch == 0
    assert held.tolist() == [1, 2, 3, 4, 5]


def test_more_epochs_are_planned_while_it_trains() -> None:
    curves = Curves()
    curves.ingest([TrainBegin("a", 2, 4, 2, 2), SettingChanged("a", 2, 4, "epochs", "2", "4"), step(5)])
    assert curves.epochs == 4


def test_a_new_training_begins_with_empty_curves_and_follows() -> None:
    curves = Curves()
    curves.ingest([TrainBegin("a", 0, 0, 4, 2), step(1)])
    curves.view.look_at(1, 2)
    curves.ingest([TrainBegin("b", 0, 0, 5, 3), step(1, run="a"), step(1, 7.0, run="b")])
    assert curves.steps_loss.tolist() == [7.0]
    assert (curves.epochs, curves.steps_per_epoch) == (5, 3)
    assert curves.view.following


def test_smoothed_is_the_same_in_pieces_and_at_once() -> None:
    told = list(events(900))
    whole, pieces = Curves(), Curves()
    whole.ingest(told)
    for at in range(0, len(told), 17):
        pieces.ingest(told[at : at + 17])
        pieces.smoothed("loss")
    np.testing.assert_allclose(whole.smoothed("loss"), pieces.smoothed("loss"), rtol=1e-12)


def test_values_at_a_step() -> None:
    curves = Curves(ChartOptions())
    curves.options.set_smoothing(0)
    curves.ingest([TrainBegin("a", 0, 0, 4, 2), step(1, 3.0), step(2, 1.0)])
    curves.ingest([epoch(0, 2, True, val_loss=0.9, val_accuracy=0.7), step(3, 5.0)])
    assert math.isnan(curves.values_at(1).val_loss)
    found = curves.values_at(2.9)
    assert (found.step, found.epoch, found.loss, found.val_loss, found.val_metric) == (3, 1.5, 5.0, 0.9, 0.7)
    assert curves.values_at(-5).step == 1
    assert math.isnan(Curves().latest().loss)


def test_table_has_every_raw_value() -> None:
    curves = Curves()
    curves.ingest(list(events(800)))
    table = curves.table()
    assert {len(column) for column in table.values()} == {800}
    rows = np.flatnonzero(np.isfinite(table["val_loss"]))
    assert table["step"][rows].tolist() == [391, 782]
    np.testing.assert_array_equal(table["loss"], curves.steps_loss)


def test_loading_a_run_from_its_files(tmp_path: Path) -> None:
    path = tmp_path / "steps.bin"
    path.write_bytes(
        metric_files.steps_header([("step", "<u8"), ("loss", "<f4"), ("learning_rate", "<f4"), ("accuracy", "<f4")])
    )
    metric_files.append_steps(path, [(1, 2.0, 0.1, 0.25), (2, 1.0, 0.1, 0.5), (3, 0.5, 0.1, 0.5), (4, 0.5, 0.1, 1)])
    rows = [
        {"epoch": "1", "step": "2", "loss": "1.5", "accuracy": "0.4", "val_loss": "0.7", "val_accuracy": "0.9"},
        {"epoch": "2", "step": "4", "loss": "0.5", "accuracy": "0.7", "val_loss": "0.8", "val_accuracy": "0.8"},
    ]
    change = {"step": 3, "path": "optimizer.momentum", "old": "0.9", "new": "0.5"}
    curves = Curves()
    curves.load(metric_files.read_steps(path), rows, [change], planned_epochs=20)
    assert curves.steps_metric.tolist() == [0.25, 0.5, 0.5, 1]
    assert (curves.steps_per_epoch, curves.epochs) == (2, 20)
    assert curves.best is not None
    assert (curves.best.epoch, curves.best.value) == (0, 0.9)
    assert curves.flags[0].text == "momentum 0.9 → 0.5"
    curves.ingest([TrainBegin("x", 2, 4, 20, 2), step(5, run="x")])
    assert curves.steps.tolist() == [1, 2, 3, 4, 5]


def test_a_run_interrupted_in_its_first_epoch_shows_the_metrics_of_its_steps() -> None:
    """Which is shown is known only later, from its data: no epoch has told of any."""
    fields = [("step", "<u8"), ("loss", "<f4"), ("learning_rate", "<f4"), ("mean_absolute_error", "<f4")]
    values = np.array([(1, 2.0, 0.1, 0.5), (2, 1.0, 0.1, 0.25)], fields)
    curves = Curves()
    curves.load(values, [], steps_per_epoch=100, planned_epochs=3)
    assert curves.metric == "mean_absolute_error"
    assert curves.steps_metric.tolist() == [0.5, 0.25]
    curves.judge_by(("mean_absolute_error", "r_squared"), "val_r_squared")
    assert curves.metric == "r_squared"
    assert np.isnan(curves.steps_metric).all()
    assert np.isnan(curves.smoothed("metric")).all(), "no other metric's values under this name"
    curves.judge_by(("mean_absolute_error", "r_squared"), "val_mean_absolute_error")
    assert curves.steps_metric.tolist() == [0.5, 0.25]
    curves.ingest([TrainBegin("x", 0, 1, 3, 100), step(2, run="x"), step(3, run="x")])
    assert curves.steps.tolist() == [1, 2, 3]
    assert curves.steps_metric[0] == 0.5
    assert len(curves.steps_metric) == 3
    curves.clear()
    curves.judge_by(("accuracy",), "val_accuracy")
    assert not len(curves.steps_metric)


@pytest.mark.parametrize(
    ("path", "old", "new", "text"),
    [
        ("optimizer.learning_rate", "0.1", "0.05", "rate 0.1 → 0.05"),
        ("optimizer.momentum", "0.9", "0.5", "momentum 0.9 → 0.5"),
        ("augmentation.0.degrees", "10.0", "15.0", "rotation ±15°"),
        ("augmentation.rotation.degrees", "10.0", "15.0", "rotation ±15°"),
        ("augmentation.0.percent", "10.0", "15.0", "scale ±15 %"),
        ("augmentation.0.pixels", "1.0", "2.0", "shift ±2 px"),
        ("augmentation.0.strength", "1.0", "2.0", "elastic 2 px"),
        ("layers.dropout.rate", "0.5", "0.2", "dropout rate 0.5 → 0.2"),
        # Dropout and spatial dropout both have one.
        ("layers.2.rate", "0.5", "0.2", "layer rate 0.5 → 0.2"),
        ("optimizer.nesterov", "false", "true", "nesterov off → on"),
        ("schedule", '{"type": "constant"}', '{"type": "one_cycle", "peak": 3}', "schedule constant → one cycle"),
        ("augmentation.rotation.probability", "1.0", "0.5", "rotation probability 1 → 0.5"),
        ("augmentation.0.probability", "1.0", "0.5", "augmentation probability 1 → 0.5"),
        ("augmentation", "[]", '[{"type": "rotation"}]', "rotation added"),
        ("augmentation", "[]", '[{"type": "rotation"}, {"type": "shear"}]', "augmentation on"),
        ("augmentation", '[{"type": "rotation"}, {"type": "shear"}]', "[]", "augmentation off"),
        ("augmentation", '[{"type": "rotation"}]', '[{"type": "rotation"}, {"type": "mix_up"}]', "MixUp added"),
        (
            "augmentation",
            '[{"type": "rotation"}, {"type": "flip"}]',
            '[{"type": "rotation"}, {"type": "cut_out"}]',
            "cut-out added, flip removed",
        ),
        (
            "augmentation",
            '[{"type": "rotation", "degrees": 10, "fill": "edge"}]',
            '[{"type": "rotation", "degrees": 15, "fill": "edge"}]',
            "rotation ±15°",
        ),
        (
            "augmentation",
            '[{"type": "rotation"}, {"type": "flip"}]',
            '[{"type": "cut_out"}, {"type": "shear"}]',
            "augmentation changed",
        ),
    ],
)
def test_words_on_flags(path: str, old: str, new: str, text: str) -> None:
    assert flag_text(path, old, new) == text


@pytest.mark.parametrize(
    "text",
    ["[" * 990 + "]" * 990, "[" * 100_000, "9" * 400, "9" * 10_000, '[{"type": ["a"]}]', '{"type": 3}', "NaN", "1e999"],
)
def test_whatever_a_file_says_has_changed_is_told_in_a_few_words(text: str) -> None:
    for path in ("layers", "batch_size", "augmentation"):
        assert len(flag_text(path, "[]", text)) < 60
        assert len(flag_text(path, text, "3")) < 60


def test_options_tell_once_of_a_real_change() -> None:
    options, told = ChartOptions(), []
    options.changed.connect(lambda: told.append(1))
    options.set_smoothing(2)
    options.set_smoothing(0.999)
    options.set_x_unit("step")
    options.set_log_loss(True)
    options.set_moving_average(True)
    assert len(told) == 3
    with pytest.raises(ValueError, match="expected epoch or step"):
        options.set_x_unit("hour")
