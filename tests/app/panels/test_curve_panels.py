from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from app.panels.accuracy import AccuracyPanel, wording_of
from app.panels.loss import LossPanel
from app.panels.parts.curve_preview import events, made_up
from app.view_models.curves import ACCURACY, Curves
from app.widgets.charts.content import TRAINING, VALIDATION
from app.widgets.charts.scale import Axis
from nn_engine.training.events import EpochEnd, Event, StepEnd, TrainBegin

P = TypeVar("P", LossPanel, AccuracyPanel)


@pytest.fixture
def curves() -> Curves:
    return made_up(1000)


@pytest.fixture
def loss(qtbot: QtBot, curves: Curves) -> LossPanel:
    return _shown(qtbot, LossPanel(curves))


@pytest.fixture
def accuracy(qtbot: QtBot, curves: Curves) -> AccuracyPanel:
    return _shown(qtbot, AccuracyPanel(curves))


def _shown(qtbot: QtBot, panel: P) -> P:
    qtbot.addWidget(panel)
    for widget in panel.header_widgets():
        qtbot.addWidget(widget)
        widget.show()
    panel.resize(415, 301)
    panel.show()
    panel.refresh()
    panel.text_refresh()
    return panel


def _point(panel: LossPanel | AccuracyPanel, place: QPointF) -> None:
    none = Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, panel.chart.mapToGlobal(place), button, button, none)
    QApplication.sendEvent(panel.chart, event)


def test_the_legend_carries_the_present_values(loss: LossPanel, accuracy: AccuracyPanel, curves: Curves) -> None:
    assert loss.legend.entries[TRAINING].value == f"{curves.smoothed('loss')[-1]:.3f}"
    assert loss.legend.entries[VALIDATION].value == f"{curves.points[-1, 2]:.3f}"
    assert accuracy.legend.entries[VALIDATION].value == f"{100 * curves.points[-1, 4]:.1f} %"


def test_the_crosshair_reads_every_curve_in_both_legends(
    loss: LossPanel, accuracy: AccuracyPanel, curves: Curves
) -> None:
    place = QPointF(250, 100)
    _point(loss, place)
    step = round(loss.chart.frame.step_at(place.x()))
    index = curves.nearest(step)
    assert loss.legend.place == accuracy.legend.place == f"at {step / 391:.1f}"
    assert loss.legend.entries[TRAINING].value == f"{curves.smoothed('loss')[index]:.3f}"
    assert accuracy.legend.entries[TRAINING].value == f"{100 * curves.smoothed('metric')[index]:.1f} %"
    ended = curves.points[curves.points[:, 0] <= step]
    assert loss.legend.entries[VALIDATION].value == f"{ended[-1, 2]:.3f}"
    QApplication.sendEvent(loss.chart, QEvent(QEvent.Type.Leave))
    assert accuracy.legend.place == ""
    assert loss.legend.entries[TRAINING].value == f"{curves.smoothed('loss')[-1]:.3f}"


def test_the_crosshair_counts_steps_if_the_axis_does(loss: LossPanel, curves: Curves) -> None:
    curves.options.set_x_unit("step")
    _point(loss, QPointF(250, 100))
    assert loss.legend.place == f"at {round(loss.chart.frame.step_at(250)):,}"


def test_a_view_chosen_in_one_chart_holds_in_both(
    qtbot: QtBot, loss: LossPanel, accuracy: AccuracyPanel, curves: Curves
) -> None:
    loss.chart.setFocus()
    QTest.keyClick(loss.chart, Qt.Key.Key_Plus)
    shown = loss.chart.frame.x
    assert accuracy.chart.frame.x == shown
    curves.ingest(list(events(1600))[1004:])
    loss.refresh()
    accuracy.refresh()
    assert loss.chart.frame.x == accuracy.chart.frame.x == shown
    assert accuracy.chart.follow_button.isVisible()
    QTest.mouseClick(accuracy.chart.follow_button, Qt.MouseButton.LeftButton)
    assert loss.chart.following
    assert accuracy.chart.following
    assert loss.chart.frame.x == accuracy.chart.frame.x
    assert loss.chart.frame.x.high >= 1600


def test_the_legend_switches_curves(qtbot: QtBot, loss: LossPanel) -> None:
    QTest.mouseClick(loss.legend.entries[TRAINING], Qt.MouseButton.LeftButton)
    assert loss.chart.hidden == {TRAINING}
    loss.legend.entries[TRAINING].setFocus()
    QTest.keyClick(loss.legend.entries[TRAINING], Qt.Key.Key_Space)
    assert not loss.chart.hidden


def test_an_unchanged_version_does_nothing(loss: LossPanel) -> None:
    drawn = loss.chart.redraws, loss.chart.strips
    for _ in range(5):
        loss.refresh()
    assert (loss.chart.redraws, loss.chart.strips) == drawn


def test_the_best_stands_in_the_chart_of_its_metric(loss: LossPanel, accuracy: AccuracyPanel) -> None:
    assert loss.chart.content.best is None
    assert accuracy.chart.content.best is not None
    assert accuracy.chart.content.best.text.startswith("best 9")
    assert accuracy.chart.content.best.text.endswith("%, epoch 2")


def test_options_reach_the_chart(loss: LossPanel, curves: Curves) -> None:
    before = loss.chart.content.smooth[-1]
    curves.options.set_smoothing(0)
    loss.refresh()
    assert loss.chart.content.smooth[-1] == curves.steps_loss[-1] != before
    curves.options.set_log_loss(False)
    assert not loss.chart.frame.y.log


def test_the_menu_does_what_it_says(qtbot: QtBot, loss: LossPanel, accuracy: AccuracyPanel, curves: Curves) -> None:
    def act(panel: LossPanel | AccuracyPanel, text: str) -> None:
        panel.more.menu().aboutToShow.emit()
        menus = [panel.more.menu(), *panel.more.menu().findChildren(QMenu)]
        found = [action for menu in menus for action in menu.actions() if action.text().split("\t")[0] == text]
        found[0].trigger()

    act(loss, "Logarithmic axis")
    assert not curves.options.log_loss
    act(loss, "By step")
    assert loss.chart.x_unit == accuracy.chart.x_unit == "step"
    act(loss, "0.9")
    assert curves.options.smoothing == 0.9
    act(accuracy, "Moving average")
    assert curves.options.moving_average
    act(accuracy, "Show all")
    assert not loss.chart.following
    with qtbot.waitSignal(loss.told):
        act(loss, "Copy picture")
    copied = QApplication.clipboard().image()
    assert copied.width() == 2 * loss.chart.width()
    assert not [action for action in accuracy.more.menu().actions() if action.text() == "Logarithmic axis"]


def test_nothing_to_save_while_empty(qtbot: QtBot) -> None:
    panel = _shown(qtbot, LossPanel(Curves()))
    panel.more.menu().aboutToShow.emit()
    saving = [action for action in panel.more.menu().actions() if action.text().startswith("Save")]
    assert len(saving) == 3
    assert not any(action.isEnabled() for action in saving)
    assert not panel.legend.isVisible()


def test_png_at_twice_the_size(qtbot: QtBot, loss: LossPanel, tmp_path: Path) -> None:
    path = tmp_path / "loss.png"
    with qtbot.waitSignal(loss.told) as told:
        loss.saving.save(path, "png")
    assert told.args == ["loss.png saved.", True]
    image = QImage(str(path))
    assert (image.width(), image.height()) == (830, 2 * (loss.chart.height() + 32))
    colors = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colors) > 20


def test_svg_is_valid_and_has_the_curves_and_words(loss: LossPanel) -> None:
    data = loss.saving.data("svg")
    root = ElementTree.fromstring(data)
    texts = " ".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    for word in ("Loss", "training", "validation", "epoch", "0.2"):
        assert word in texts
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    assert max(len(line.attrib["points"].split()) for line in lines) > 300
    assert QSvgRenderer(data).isValid()


def test_csv_has_all_raw_data(loss: LossPanel, curves: Curves) -> None:
    rows = list(csv.DictReader(io.StringIO(loss.saving.data("csv").decode())))
    assert [float(row["loss"]) for row in rows] == curves.steps_loss.tolist()
    assert [float(row["accuracy"]) for row in rows] == curves.steps_metric.tolist()
    assert [int(row["step"]) for row in rows] == list(range(1, 1001))
    ended = [(int(row["step"]), float(row["val_accuracy"])) for row in rows if row["val_accuracy"]]
    np.testing.assert_array_equal(ended, curves.points[:, [0, 4]])


def test_asking_where_to_save(qtbot: QtBot, loss: LossPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    loss.more.save_asked.emit("csv")
    assert (tmp_path / "mine.csv").read_text().startswith("step,epoch,loss")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    loss.more.save_asked.emit("png")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_file_that_cannot_be_written_is_told_in_words(qtbot: QtBot, loss: LossPanel, tmp_path: Path) -> None:
    with qtbot.waitSignal(loss.told) as told:
        loss.saving.save(tmp_path / "missing" / "loss.png", "png")
    assert told.args is not None
    assert told.args[1] is False
    assert "loss.png could not be saved" in told.args[0]


def test_a_change_is_named_on_hover_where_a_small_flag_stands(qtbot: QtBot, curves: Curves) -> None:
    curves = made_up(2200)
    panel = _shown(qtbot, AccuracyPanel(curves))
    place = QPointF(panel.chart.frame.px(curves.flags[0].step), 12)
    _point(panel, place)
    assert panel.chart.toolTip() == "rate 0.086 → 0.05"
    assert panel.chart.grab().toImage().pixelColor(QPoint(1, 1)).isValid()


def regression(values: list[float], curves: Curves | None = None) -> Curves:
    """A training on numbers: nothing but the loss is taken at each step, and R² decides."""
    curves = curves or Curves()
    curves.judge_by(("loss", "val_loss", "val_mean_absolute_error", "val_r_squared"), "val_r_squared")
    told: list[Event] = [TrainBegin("r", 0, 0, len(values), 10)]
    for number, value in enumerate(values):
        told += [StepEnd("r", number, 10 * number + step, 3e5 / step, {}, 0.1, 8, 0.0) for step in range(1, 11)]
        metrics = {"loss": 2e5, "val_loss": 1.2e5, "val_mean_absolute_error": 300.0, "val_r_squared": value}
        told.append(EpochEnd("r", number, 10 * number + 10, metrics, 0.1, 0.1, value == max(values[: number + 1])))
    curves.ingest(told)
    return curves


def test_a_task_without_accuracy_shows_the_metric_that_decides(qtbot: QtBot) -> None:
    curves, renamed = Curves(), list[str]()
    panel = _shown(qtbot, AccuracyPanel(curves))
    panel.renamed.connect(renamed.append)
    regression([-512.0, -3.5, 0.25, 0.75], curves)
    panel.refresh()
    panel.text_refresh()
    assert renamed == ["R²"]
    assert panel.chart.accessibleName() == "R² chart"
    assert "R² chart" in panel.more.toolTip() or "r² chart" in panel.more.toolTip()
    assert panel.chart.content.points.tolist() == [-512.0, -3.5, 0.25, 0.75]
    assert {name: entry.value for name, entry in panel.legend.entries.items()} == {TRAINING: "–", VALIDATION: "0.750"}
    assert panel.chart.content.best is not None
    assert panel.chart.content.best.text == "best 0.750, epoch 4"
    assert panel.chart.frame.y.low <= -512
    assert panel.chart.frame.y.high >= 0.75


def test_a_metric_that_is_below_zero_all_along_is_in_sight(qtbot: QtBot) -> None:
    panel = _shown(qtbot, AccuracyPanel(regression([-512.0, -30.0])))
    assert panel.chart.frame.y.low <= -512
    assert panel.chart.frame.y.high >= -30


def test_large_losses_are_told_in_short(qtbot: QtBot) -> None:
    panel = _shown(qtbot, LossPanel(regression([0.5])))
    assert panel.legend.entries[VALIDATION].value == "120k"
    edge = range(0, 2)
    panel.chart.look_at(Axis(0, 10), Axis(123_456.0, 123_462.0))
    image, ground = panel.chart.grab().toImage(), panel.chart.grab().toImage().pixelColor(0, 0)
    height = range(panel.chart.frame.top, panel.chart.frame.top + panel.chart.frame.height)
    assert all(image.pixelColor(x, y) == ground for x in edge for y in height), "no number is cut at the left"


def test_where_the_legend_has_no_room_the_crosshair_itself_says_where_it_is(
    accuracy: AccuracyPanel, curves: Curves
) -> None:
    accuracy.legend.resize(400, 20)
    _point(accuracy, QPointF(250, 100))
    assert accuracy.chart._crosshair is not None
    assert accuracy.chart._crosshair.tag is None
    accuracy.legend.resize(150, 20)
    _point(accuracy, QPointF(395, 100))
    crosshair = accuracy.chart._crosshair
    assert crosshair is not None
    assert crosshair.tag is not None
    assert crosshair.tag.text == accuracy.legend.place.removeprefix("at ")
    assert accuracy.chart.rect().contains(crosshair.tag.rect)
    assert crosshair.rect.contains(crosshair.tag.rect), "it is drawn and taken away with its line"


def test_accuracy_is_explained_for_samples_of_any_kind() -> None:
    note = wording_of(ACCURACY).empty_note
    assert note == "The share of samples whose class it names rightly. It should rise."
