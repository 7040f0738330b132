from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage, QMouseEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.panels.histograms import HistogramsPanel
from app.panels.parts.histogram_preview import STEPS, MadeUp, trained
from app.view_models.histograms import Histograms
from app.widgets.panel_frame import PanelFrame

LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


_frames: list[PanelFrame] = []
"""Kept alive while a test runs; the panels belong to them."""


@pytest.fixture(autouse=True)
def _forget_frames() -> Iterator[None]:
    yield
    _frames.clear()


@pytest.fixture
def made() -> MadeUp:
    return trained(3.5)


@pytest.fixture
def panel(qtbot: QtBot, made: MadeUp) -> HistogramsPanel:
    return _shown(qtbot, made.histograms)


def _shown(qtbot: QtBot, histograms: Histograms, width: int = 415) -> HistogramsPanel:
    panel = HistogramsPanel(histograms)
    frame = PanelFrame(panel.title)
    qtbot.addWidget(frame)
    _frames.append(frame)
    for widget in panel.header_widgets():
        frame.add_header_widget(widget)
    frame.set_content(panel)
    frame.resize(width, 342)
    frame.show()
    _tick(panel)
    return panel


def _tick(panel: HistogramsPanel) -> None:
    panel.refresh()
    panel.text_refresh()
    QApplication.processEvents()


def _point(panel: HistogramsPanel, place: QPointF) -> None:
    line, none = panel.ridgeline, Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, line.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(line, event)


def _action(panel: HistogramsPanel, words: str) -> QAction:
    menu = panel.more.menu()
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if action.text() == words)


def test_a_tick_draws_only_the_front_slice(panel: HistogramsPanel, made: MadeUp) -> None:
    made.go(1)
    made.tell()
    _tick(panel)
    drawn, before = panel.ridgeline.redraws, panel.ridgeline.grab().toImage()
    for _ in range(5):
        made.go(1)
        made.tell()
        _tick(panel)
    assert panel.ridgeline.redraws == drawn
    after = panel.ridgeline.grab().toImage()
    assert after != before
    place = panel.ridgeline.places()[0]
    marks = [image.copy(int(place.end) + 4, 0, 24, 270) for image in (before, after)]
    assert marks[0] == marks[1]


def test_what_is_painted_by_ticks_is_what_a_redraw_paints(panel: HistogramsPanel, made: MadeUp) -> None:
    for _ in range(3):
        made.go(2)
        made.tell()
        _tick(panel)
    before = panel.ridgeline.grab().toImage()
    panel.ridgeline.redraw()
    assert panel.ridgeline.grab().toImage() == before


def test_the_front_slice_hides_the_past_and_is_blue(panel: HistogramsPanel) -> None:
    image, place = panel.ridgeline.grab().toImage(), panel.ridgeline.places()[0]
    inside = image.pixelColor(QPoint(round((place.start + place.end) / 2), round(place.base - 12)))
    assert inside.blue() > inside.red() + 20


def test_hover_reads_epoch_bin_and_count(panel: HistogramsPanel) -> None:
    place = panel.ridgeline.places()[1]
    point = QPointF((place.start + place.end) / 2 + 1, place.base - 5)
    _point(panel, point)
    at = panel.ridgeline.reading_at(point)
    assert at is not None
    layer = panel._model.series()[1]
    text = panel.ridgeline.describe(at)
    assert text.startswith("Dense 10, epoch 3.5: ")
    assert f"{layer.front[at.bin]:,} values from " in text
    QApplication.sendEvent(panel.ridgeline, QEvent(QEvent.Type.Leave))
    assert panel.ridgeline._reading is None


def test_the_foremost_slice_under_the_pointer_is_read(panel: HistogramsPanel) -> None:
    place = panel.ridgeline.places()[0]
    for index in range(place.slices):
        at = panel.ridgeline.reading_at(QPointF(place.start + 2, place.base_of(index)))
        assert at is not None
        assert at.index == index


def test_keys_read_too(panel: HistogramsPanel) -> None:
    line = panel.ridgeline
    line.setFocus()
    QTest.keyClick(line, KEY.Key_Right)
    first = line._reading
    assert first is not None
    assert (first.layer, first.index) == (0, len(panel._model.shown()) - 1)
    QTest.keyClick(line, KEY.Key_Up)
    QTest.keyClick(line, KEY.Key_Left)
    second = line._reading
    assert second is not None
    assert (second.index, second.bin) == (first.index - 1, first.bin - 1)
    QTest.keyClick(line, KEY.Key_Escape)
    assert line._reading is None


def test_a_click_on_bands_shows_bands(panel: HistogramsPanel) -> None:
    ridges = panel.ridgeline.grab().toImage()
    QTest.mouseClick(panel.form, LEFT, pos=panel.form.segment(1).center().toPoint())
    assert panel._model.bands_chosen
    assert panel.ridgeline.grab().toImage() != ridges
    place = panel.ridgeline.places()[0]
    _point(panel, QPointF(place.end - 10, 130))
    assert QToolTip.text().startswith("Epoch 3")
    assert "lie below" in QToolTip.text()
    QToolTip.hideText()


def test_the_combo_chooses_what_is_shown(panel: HistogramsPanel) -> None:
    QTest.keyClick(panel.combo, KEY.Key_Down)
    assert panel._model.what == "biases"
    assert panel.ridgeline._ridges[0].count == 300
    panel._model.choose("gradients")
    assert panel.combo.currentText() == "Gradients"


def test_before_training_it_says_what_will_come(qtbot: QtBot) -> None:
    panel = _shown(qtbot, trained(0).histograms)
    assert panel.ridgeline._words == ("The weights as they are now", "Each epoch of training adds a slice in front.")
    empty = _shown(qtbot, Histograms())
    assert empty.ridgeline._words[0] == "The weights of every layer appear here"
    assert not _action(empty, "Save as PNG…").isEnabled()


def test_more_layers_than_fit_come_in_pages(qtbot: QtBot) -> None:
    panel = _shown(qtbot, trained(1.5, hidden=4).histograms)
    line = panel.ridgeline
    assert (line.count, line.beside, line.pages) == (5, 2, 3)
    assert not line.back.isEnabled()
    QTest.mouseClick(line.forth, LEFT)
    assert list(line.shown()) == [2, 3]
    QTest.keyClick(line, KEY.Key_PageDown)
    assert list(line.shown()) == [3, 4]
    assert not line.forth.isEnabled()
    panel.window().resize(900, 342)
    QApplication.processEvents()
    assert line.pages == 1
    assert not line.forth.isVisible()


def test_in_a_narrow_panel_the_menu_has_the_form(qtbot: QtBot, made: MadeUp) -> None:
    panel = _shown(qtbot, made.histograms, 286)
    assert panel.window().width() == 286
    assert not panel.form.isVisible()
    _action(panel, "Bands").trigger()
    assert made.histograms.bands_chosen


def test_the_axis_can_reach_to_the_last_value(panel: HistogramsPanel) -> None:
    before = panel._model.series()[0]
    assert before.below + before.above > 0
    _action(panel, "Axis to the last value").trigger()
    after = panel._model.series()[0]
    assert after.below + after.above == 0


def test_pictures_and_numbers_are_saved(panel: HistogramsPanel, tmp_path: Path) -> None:
    told: list[tuple[str, bool]] = []
    panel.told.connect(lambda words, well: told.append((words, well)))
    for kind in ("png", "svg", "csv"):
        panel.saving.save(tmp_path / f"weights.{kind}", kind)
    assert told == [(f"weights.{kind} saved.", True) for kind in ("png", "svg", "csv")]
    image = QImage(str(tmp_path / "weights.png"))
    assert image.width() == 2 * panel.ridgeline.width()
    assert QSvgRenderer(str(tmp_path / "weights.svg")).isValid()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "weights.csv").read_text())))
    newest = [row for row in rows if row["step"] == rows[-1]["step"]]
    assert sum(int(row["count"]) for row in newest) == 238_200
    panel.saving.save(tmp_path / "missing" / "weights.png", "png")
    assert told[-1][1] is False


def test_hidden_it_draws_nothing(panel: HistogramsPanel, made: MadeUp) -> None:
    panel.hide()
    drawn = panel.ridgeline.redraws
    made.go(STEPS)
    made.tell()
    panel.refresh()
    assert panel.ridgeline.redraws == drawn
    panel.show()
    QApplication.processEvents()
    assert panel.ridgeline.redraws == drawn + 1


def test_values_that_are_no_numbers_are_shown(panel: HistogramsPanel, made: MadeUp) -> None:
    made.go(1)
    made.network.state[:5] = float("nan")
    made.tell()
    _tick(panel)
    title = panel.ridgeline.grab().toImage().copy(0, 0, 207, 18)
    red = [title.pixelColor(x, y) for x in range(207) for y in range(18)]
    assert any(color.red() > color.blue() + 60 for color in red)
