"""The Try column, end to end: drawn with a mouse, read by a network, judged by a click."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.panels.pad import REST_MS, PadPanel
from app.view_models.pad import PadModel
from app.view_models.pretrained import load_pretrained
from app.widgets.canvas import FRAME
from app.widgets.probability_bars import percent, percent_in_words
from nn_engine import DenseLayer, InputLayer, Network
from nn_engine.data import Preprocessing
from nn_engine.data.dataset import Task

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pad(tmp_path: Path) -> PadModel:
    made, loaded = PadModel(tmp_path / "data"), load_pretrained()
    assert loaded is not None
    made.use_network(loaded.network, loaded.preprocessing, loaded.task, loaded.label)
    return made


@pytest.fixture
def panel(qtbot: QtBot, pad: PadModel) -> PadPanel:
    made = PadPanel(pad)
    qtbot.addWidget(made)
    made.resize(312, 724)
    made.show()
    qtbot.waitExposed(made)
    return made


def draw(panel: PadPanel, *places: tuple[int, int]) -> None:
    points = [QPoint(FRAME + x, FRAME + y) for x, y in places]
    QTest.mousePress(panel.canvas, LEFT, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(panel.canvas, point)
    QTest.mouseRelease(panel.canvas, LEFT, pos=points[-1])


def seven(panel: PadPanel) -> None:
    draw(panel, (80, 60), (140, 60), (200, 60), (180, 110), (160, 160), (150, 200), (140, 240))


def one(panel: PadPanel) -> None:
    draw(panel, (150, 40), (148, 100), (146, 160), (144, 240))


def test_an_empty_pad_invites(panel: PadPanel) -> None:
    assert panel.canvas.inviting()
    assert panel.suggestion.isVisible()
    assert not panel.judgement.isVisible()
    assert panel.answer.text().startswith("Your digit as the net will see it")
    assert not panel.clear_button.isEnabled()
    assert not panel.undo_button.isEnabled()
    assert panel.network_label.text() == "pretrained, 99.4 %"


def test_a_drawn_digit_is_read_while_the_pen_moves(panel: PadPanel, pad: PadModel) -> None:
    QTest.mousePress(panel.canvas, LEFT, pos=QPoint(100, 60))
    assert not panel.canvas.inviting()
    shown = panel.bars.values()
    assert shown is not None
    QTest.mouseMove(panel.canvas, QPoint(200, 60))
    assert panel.bars.values() != shown
    QTest.mouseRelease(panel.canvas, LEFT, pos=QPoint(200, 60))
    pad.clear()
    seven(panel)
    assert pad.probabilities is not None
    assert panel.bars.values() == pad.probabilities.tolist()
    assert panel.answer.text().startswith("7 ")
    assert "sure" in panel.answer.text()
    assert "next: " in panel.answer.text()
    assert panel.answer.text().endswith("What the net sees: 28 × 28, centred by mass")
    np.testing.assert_array_equal(panel.digit.pixels(), pad.sample)
    assert panel.judgement.isVisible()


def test_what_is_read_follows_a_moving_pen_less_often_and_is_complete_when_it_rests(
    qtbot: QtBot, panel: PadPanel, pad: PadModel
) -> None:
    words: list[str] = []
    QTest.mousePress(panel.canvas, LEFT, pos=QPoint(80, 60))
    began = time.monotonic()
    for x in range(84, 204, 4):
        QTest.mouseMove(panel.canvas, QPoint(x, 60))
        words.append(panel.answer.text())
        assert pad.probabilities is not None
        assert panel.bars.values() == pad.probabilities.tolist()  # the bars follow each event
    turns = 2 + 1000 * (time.monotonic() - began) / REST_MS
    assert len(set(words)) <= turns
    qtbot.wait(3 * REST_MS)  # the pen stands
    np.testing.assert_array_equal(panel.digit.pixels(), pad.sample)
    assert pad.answer is not None
    assert panel.answer.text().startswith(f"{pad.answer.name} {percent_in_words(pad.answer.probability)} sure")
    assert f"{pad.answer.name}: {percent(pad.answer.probability)}" in panel.bars.accessibleDescription()
    QTest.mouseMove(panel.canvas, QPoint(200, 200))
    QTest.mouseRelease(panel.canvas, LEFT, pos=QPoint(200, 200))
    np.testing.assert_array_equal(panel.digit.pixels(), pad.sample)


def test_eraser_width_undo_and_clear(panel: PadPanel, pad: PadModel) -> None:
    seven(panel)
    ink = pad.ink.copy()
    QTest.mouseClick(panel.tools, LEFT, pos=panel.tools.segment(1).center().toPoint())
    panel.width_slider.setValue(40)
    draw(panel, (60, 60), (220, 60))
    assert (pad.tool, pad.width) == ("eraser", 40)
    assert pad.ink.sum() < ink.sum() * 0.8
    QTest.mouseClick(panel.undo_button, LEFT)
    np.testing.assert_array_equal(pad.ink, ink)
    QTest.mouseClick(panel.clear_button, LEFT)
    assert pad.empty
    assert panel.canvas.inviting()
    QTest.mouseClick(panel.undo_button, LEFT)
    np.testing.assert_array_equal(pad.ink, ink)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert pad.empty
    QTest.keyClick(panel.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(pad.ink, ink)


def test_new_weights_are_shown_in_the_panels_turn(panel: PadPanel, pad: PadModel) -> None:
    seven(panel)
    before = panel.bars.values()
    loaded = load_pretrained()
    assert loaded is not None
    assert pad.update_weights(loaded.network.state * 0.5, "live, epoch 8")
    assert panel.bars.values() == before
    panel.refresh()
    assert panel.bars.values() != before
    assert panel.network_label.text() == "live, epoch 8"


def test_yes_keeps_the_drawing(panel: PadPanel, pad: PadModel) -> None:
    seven(panel)
    assert panel.judgement.text() == "Was it right?"
    QTest.mouseClick(panel.judgement.yes, LEFT)
    assert panel.judgement.text() == "Kept, 1 in all"
    assert not panel.judgement.yes.isVisible()
    assert [record["label"] for record in pad.kept.records()] == ["7"]
    QTest.mouseClick(panel.judgement.back, LEFT)
    assert panel.judgement.text() == "Was it right?"
    assert len(pad.kept) == 0
    pad.clear()
    one(panel)
    assert panel.judgement.yes.isVisible()


def test_no_asks_which_it_is(qtbot: QtBot, panel: PadPanel, pad: PadModel) -> None:
    seven(panel)
    QTest.mouseClick(panel.judgement.no, LEFT)
    qtbot.waitUntil(panel.judgement.menu.isVisible, timeout=1000)
    actions = [action for action in panel.judgement.menu.actions() if not action.isSeparator()]
    assert [action.text() for action in actions] == list("012345689")
    actions[1].trigger()
    panel.judgement.menu.close()
    (record,) = pad.kept.records()
    assert (record["label"], record["answer"], record["right"]) == ("1", "7", False)


def test_a_drawing_that_cannot_be_kept_says_why(panel: PadPanel, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    seven(panel)
    told: list[tuple[str, bool]] = []
    panel.told.connect(lambda text, ok: told.append((text, ok)))
    QTest.mouseClick(panel.judgement.yes, LEFT)
    assert told
    assert not told[0][1]
    assert "could not be kept" in panel.answer.text() == told[0][0]
    assert panel.judgement.yes.isVisible()
    (tmp_path / "data").unlink()
    QTest.mouseClick(panel.judgement.yes, LEFT)
    assert panel.judgement.text() == "Kept, 1 in all"
    assert panel.answer.text().startswith("7 ")


@pytest.mark.parametrize("which", ["suggestion", "test_button"])
def test_a_test_image_instead(panel: PadPanel, pad: PadModel, which: str) -> None:
    QTest.mouseClick(getattr(panel, which), LEFT)
    assert pad.picture is not None
    assert "Test image" in panel.answer.text()
    assert panel.suggestion.text() == "Use another test image"
    assert not panel.judgement.isVisible()


def opened(panel: PadPanel, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    QTest.mouseClick(panel.open_button, LEFT)


def pasted(panel: PadPanel, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtGui import QImage

    QGuiApplication.clipboard().setImage(QImage(str(path)))
    QTest.keyClick(panel.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def dropped(panel: PadPanel, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.canvas.dropped.emit(str(path))


@pytest.mark.parametrize("bring", [opened, pasted, dropped])
def test_an_image_file(
    panel: PadPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bring: Callable[..., None]
) -> None:
    paper = np.full((100, 80), 255, np.uint8)
    paper[20:80, 36:44] = 0
    Image.fromarray(paper).save(tmp_path / "one.png")
    bring(panel, tmp_path / "one.png", monkeypatch)
    assert panel.answer.text().startswith("1 ")
    QGuiApplication.clipboard().clear()


def test_a_file_that_is_no_image_says_so(panel: PadPanel, tmp_path: Path) -> None:
    seven(panel)
    (tmp_path / "no.png").write_text("nothing")
    panel.open_image(str(tmp_path / "no.png"))
    assert "no.png" in panel.answer.text()
    one(panel)
    assert "no.png" not in panel.answer.text()
    QGuiApplication.clipboard().clear()
    panel.paste()
    assert "clipboard" in panel.answer.text()


def test_a_network_that_reads_no_digits_says_so(panel: PadPanel, pad: PadModel) -> None:
    seven(panel)
    points = Network([InputLayer(units=2), DenseLayer(units=2, fn="softmax")])
    pad.use_network(points, Preprocessing(), Task((2,), "classes", ("in", "out")), "live, epoch 1")
    panel.refresh()
    assert "samples of 2" in panel.answer.text()
    assert panel.bars.values() is None
    assert panel.suggestion.isVisible()


@pytest.mark.parametrize(("height", "side", "row"), [(724, 280, 20), (800, 280, 20), (624, 224, 16), (670, 250, 18)])
def test_low_windows_take_from_pad_and_bars(panel: PadPanel, height: int, side: int, row: int) -> None:
    panel.resize(312, height)
    assert abs(panel.canvas.width() - 2 * FRAME - side) <= 8
    assert panel.bars.row_height() == row
    bottom = panel.suggestion.mapTo(panel, QPoint(0, panel.suggestion.height())).y()
    assert bottom <= height - 6
    seven(panel)


class Painting(QObject):
    """Counts what is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_at_rest_nothing_is_painted(qtbot: QtBot, panel: PadPanel) -> None:
    seven(panel)
    qtbot.wait(50)
    painting = Painting()
    for widget in (panel, panel.canvas, panel.bars, panel.answer, panel.digit, panel.judgement):
        widget.installEventFilter(painting)
    for _ in range(10):
        panel.refresh()
    qtbot.wait(50)
    assert painting.count == 0
