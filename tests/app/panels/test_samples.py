from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.panels.samples import SamplesPanel
from app.view_models.document import ExperimentDocument
from app.view_models.samples import SamplesModel
from app.widgets.panel_frame import PanelFrame
from nn_engine import Rotation, Scaling, Translation, preset, registered
from nn_engine.data.dataset import ArrayDataset

LEFT = Qt.MouseButton.LeftButton


_frames: list[PanelFrame] = []
"""Kept alive while a test runs; the panels belong to them."""


@pytest.fixture(autouse=True)
def _forget_frames() -> Iterator[None]:
    yield
    _frames.clear()


@pytest.fixture
def document() -> ExperimentDocument:
    augmentation = (Rotation(degrees=10), Translation(pixels=2), Scaling(percent=10))
    return ExperimentDocument(preset("mnist-300").replace(augmentation=augmentation))


@pytest.fixture
def model(document: ExperimentDocument) -> SamplesModel:
    rng = np.random.default_rng(0)
    images = np.zeros((200, 28, 28), np.uint8)
    images[:, 8:20, 10:18] = rng.integers(100, 256, (200, 12, 8))
    made = SamplesModel(document)
    made.use_data(ArrayDataset(images, np.arange(200) % 10))
    return made


@pytest.fixture
def panel(qtbot: QtBot, model: SamplesModel) -> SamplesPanel:
    return _shown(qtbot, model)


def _shown(qtbot: QtBot, model: SamplesModel) -> SamplesPanel:
    panel = SamplesPanel(model)
    frame = PanelFrame(panel.title, panel.subtitle)
    qtbot.addWidget(frame)
    _frames.append(frame)
    for widget in panel.header_widgets():
        frame.add_header_widget(widget)
    frame.set_content(panel)
    frame.resize(416, 342)
    frame.show()
    panel.refresh()
    return panel


def test_everything_has_its_place(panel: SamplesPanel) -> None:
    assert panel.original.geometry().getRect() == (16, 0, 114, 114)
    assert panel.nine.size().toTuple() == (258, 258)
    assert panel.nine.geometry().right() + 1 == 416 - 16
    assert panel.thumbnails.geometry().bottom() < panel.height()
    assert panel.thumbnails.width() == 384


@pytest.mark.parametrize(("width", "height"), [(286, 252), (336, 292), (656, 432), (1000, 400), (336, 700), (240, 200)])
def test_nothing_overlaps_at_any_size(panel: SamplesPanel, width: int, height: int) -> None:
    panel.window().resize(width, height)
    QApplication.processEvents()
    parts = [panel.original.geometry(), panel.nine.geometry(), panel.thumbnails.geometry()]
    for index, part in enumerate(parts):
        assert panel.rect().contains(part)
        assert not any(part.intersects(other) for other in parts[index + 1 :])
    assert not panel._words_rect().intersects(panel.nine.geometry())


def test_a_click_on_a_draw_tells_what_was_drawn(panel: SamplesPanel, model: SamplesModel) -> None:
    before = panel.grab().toImage()
    QTest.mouseClick(panel.nine, LEFT, pos=panel.nine.cell(0).center().toPoint())
    assert model.chosen_draw == 0
    assert panel._words == model.drawn(0)
    assert panel.grab().toImage() != before
    assert model.told(0) in panel.accessibleDescription()


def test_a_click_on_a_thumbnail_shows_that_sample(panel: SamplesPanel, model: SamplesModel) -> None:
    QTest.mouseClick(panel.thumbnails, LEFT, pos=panel.thumbnails.cell(7).center().toPoint())
    assert model.chosen == 7
    assert panel.original.picture().pixelIndex(12, 12) == model.original[0, 12, 12]
    QTest.keyClick(panel.thumbnails, Qt.Key.Key_Left)
    assert model.chosen == 6


def test_another_handful_shows_other_samples(panel: SamplesPanel, model: SamplesModel) -> None:
    numbers, before = list(model.numbers), panel.thumbnails.grab().toImage()
    QTest.mouseClick(panel.again, LEFT)
    assert model.numbers != numbers
    assert panel.thumbnails.grab().toImage() != before


def test_it_follows_a_range_that_is_dragged(panel: SamplesPanel, document: ExperimentDocument) -> None:
    before, original = panel.nine.grab().toImage(), panel.original.grab().toImage()
    document.set("augmentation.0.degrees", "45", dragging=True)
    panel.refresh()
    assert panel.nine.grab().toImage() != before
    assert panel.original.grab().toImage() == original


def test_augmentation_that_is_off_is_said(panel: SamplesPanel, document: ExperimentDocument) -> None:
    document.set("augmentation", "[]")
    panel.refresh()
    assert panel._words == []
    assert not panel.grab().isNull()
    document.set("augmentation", '[{"type": "rotation", "degrees": 20}]')
    panel.refresh()
    assert [each.name for each in panel._words] == ["Rotation"]


def test_data_without_pictures_is_explained(qtbot: QtBot, document: ExperimentDocument) -> None:
    model = SamplesModel(document)
    panel = _shown(qtbot, model)
    assert not panel.nine.isVisible()
    assert not panel.again.isEnabled()
    model.use_data(ArrayDataset(np.zeros((20, 2), np.float32), np.arange(20) % 2))
    panel.refresh()
    assert not panel.nine.isVisible()
    menu = panel.more.menu()
    menu.aboutToShow.emit()
    assert all(not action.isEnabled() for action in menu.actions())


def test_pictures_appear_with_the_data(qtbot: QtBot, document: ExperimentDocument) -> None:
    model = SamplesModel(document)
    panel = _shown(qtbot, model)
    rng = np.random.default_rng(0)
    model.use_data(ArrayDataset(rng.integers(0, 256, (40, 8, 8)).astype(np.uint8), np.arange(40) % 4))
    panel.refresh()
    assert panel.nine.isVisible()
    assert panel.thumbnails.count == 4
    assert panel.nine.width() > 100


def test_pictures_and_numbers_are_saved(panel: SamplesPanel, model: SamplesModel, tmp_path: Path) -> None:
    for kind in ("png", "svg", "csv"):
        panel.saving.save(tmp_path / f"samples.{kind}", kind)
    picture = QImage(str(tmp_path / "samples.png"))
    assert picture.width() == 2 * panel.width()
    ratio, corner = 2, panel.nine.geometry().center()
    assert picture.pixel(corner.x() * ratio, (corner.y() + 32) * ratio) == panel.grab().toImage().pixel(corner)
    assert (tmp_path / "samples.svg").stat().st_size > 1000
    rows = list(csv.DictReader(io.StringIO((tmp_path / "samples.csv").read_text())))
    assert len(rows) == 9
    assert rows[4]["Rotation"] == model.drawn(4)[0].text


@pytest.mark.parametrize(("width", "height"), [(416, 342), (334, 300), (660, 460)])
def test_many_drawn_values_are_all_there_to_be_read(
    panel: SamplesPanel, document: ExperimentDocument, width: int, height: int
) -> None:
    names = list(registered("augmentation"))
    document.set("augmentation", json.dumps([{"type": name} for name in names]))
    panel.resize(width, height)
    painted: list[str] = []
    panel._paint_drawn = lambda painter, box, drawn: painted.append(drawn.name)  # type: ignore[method-assign]
    panel.refresh()
    panel.grab()
    told = [each.name for each in panel._words]
    assert len(told) >= len(names)
    assert painted == told[: len(painted)]
    assert len(painted) >= (len(told) if height > 320 else 12)
    assert all(f"{each.name} {each.text}" in panel.toolTip().splitlines() for each in panel._words)
    assert panel.nine.size_for(2).width() <= panel.nine.width()
