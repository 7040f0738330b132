"""The pad's widget: what pointer and keys make it say, and what it paints."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QInputDevice, QKeyEvent, QKeySequence, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import apply_theme, theme
from app.widgets.canvas import FRAME, SMALLEST, Bytes, Canvas, between

LEFT = Qt.MouseButton.LeftButton
Places = list[tuple[float, float, float]]


@pytest.fixture
def ink() -> Bytes:
    return np.zeros((280, 280), np.uint8)


@pytest.fixture
def canvas(qtbot: QtBot, ink: Bytes) -> Canvas:
    made = Canvas(ink)
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def places(canvas: Canvas) -> Places:
    """Where the pen went, in pixels of the ink; a lifted pen is (-1, -1, 0)."""
    told: Places = []
    canvas.began.connect(lambda x, y, pressure: told.append((x, y, pressure)))
    canvas.moved.connect(told.extend)
    canvas.ended.connect(lambda: told.append((-1, -1, 0)))
    return told


def test_a_stroke_with_the_mouse(canvas: Canvas, places: Places) -> None:
    corner = QPoint(FRAME, FRAME)
    QTest.mousePress(canvas, LEFT, pos=corner + QPoint(100, 50))
    QTest.mouseMove(canvas, corner + QPoint(105, 52))
    QTest.mouseRelease(canvas, LEFT, pos=corner + QPoint(105, 52))
    assert places == [(100, 50, 1), (105, 52, 1), (-1, -1, 0)]


def test_other_buttons_and_a_pointer_passing_by_draw_nothing(canvas: Canvas, places: Places) -> None:
    QTest.mouseMove(canvas, QPoint(50, 50))
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    assert places == []


def test_a_smaller_pad_tells_the_same_places(canvas: Canvas, places: Places) -> None:
    canvas.resize(SMALLEST + 2 * FRAME, SMALLEST + 2 * FRAME)
    QTest.mouseClick(canvas, LEFT, pos=QPoint(FRAME + 112, FRAME + 56))
    assert places == [(140, 70, 1), (-1, -1, 0)]


def test_events_far_apart_are_joined_by_a_curve(canvas: Canvas, places: Places) -> None:
    for x, y in ((0, 0), (40, 0), (80, 20)):
        position = QPoint(FRAME + x + 50, FRAME + y + 50)
        if not places:
            QTest.mousePress(canvas, LEFT, pos=position)
        else:
            QTest.mouseMove(canvas, position)
    QTest.mouseRelease(canvas, LEFT, pos=position)
    assert places.pop() == (-1, -1, 0)
    assert places[-1][:2] == (130, 70)
    way = places[1:]  # the first piece has no direction to leave in and is straight
    assert way[0][:2] == (90, 50)
    gaps = [math.dist(first[:2], second[:2]) for first, second in pairwise(way)]
    assert max(gaps) < 11
    assert places[2][1] - 50 < (places[2][0] - 90) / 2, "it leaves in the direction in which it came"


def test_corners_stay_corners() -> None:
    assert between(QPointF(0, 0), QPointF(50, 0), QPointF(50, 50)) == [QPointF(50, 50)]
    assert between(QPointF(0, 0), QPointF(50, 0), QPointF(0, 5)) == [QPointF(0, 5)]
    assert between(QPointF(0, 0), QPointF(0, 0), QPointF(99, 0)) == [QPointF(99, 0)]


def tablet(canvas: Canvas, kind: QEvent.Type, x: float, y: float, pressure: float) -> bool:
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    place = QPointF(x + FRAME, y + FRAME)
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else LEFT
    none = Qt.KeyboardModifier.NoModifier
    event = QTabletEvent(kind, device, place, place, pressure, 0, 0, 0, 0, 0, none, button, LEFT)
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def test_a_pen_draws_as_wide_as_it_is_pressed(canvas: Canvas, places: Places) -> None:
    assert not tablet(canvas, QEvent.Type.TabletMove, 10, 10, 0.5)
    assert tablet(canvas, QEvent.Type.TabletPress, 10, 10, 0.5)
    assert tablet(canvas, QEvent.Type.TabletMove, 12, 10, 1.0)
    assert tablet(canvas, QEvent.Type.TabletRelease, 12, 10, 0.0)
    assert places == [(10, 10, 1.0), (12, 10, 1.5), (-1, -1, 0)]


def test_keys(qtbot: QtBot, canvas: Canvas) -> None:
    for key, signal in ((Qt.Key.Key_Escape, canvas.clear_asked),):
        with qtbot.waitSignal(signal, timeout=500):
            QTest.keyClick(canvas, key)
    canvas.set_undoable(True)
    for standard, signal in (
        (QKeySequence.StandardKey.Undo, canvas.undo_asked),
        (QKeySequence.StandardKey.Paste, canvas.paste_asked),
    ):
        with qtbot.waitSignal(signal, timeout=500):
            QTest.keySequence(canvas, QKeySequence(standard))


def test_with_nothing_to_take_back_the_undo_key_is_the_windows(qtbot: QtBot, canvas: Canvas) -> None:
    asked: list[int] = []
    canvas.undo_asked.connect(lambda: asked.append(1))
    canvas.set_undoable(False)
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert asked == []
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    override.ignore()
    QApplication.sendEvent(canvas, override)
    assert not override.isAccepted()


def test_a_dropped_file(qtbot: QtBot, canvas: Canvas) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/tmp/digit.png")])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, LEFT, none)
    with qtbot.waitSignal(canvas.dropped, timeout=500) as told:
        canvas.dropEvent(event)
    assert told.args == ["/tmp/digit.png"]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_it_shows_the_ink_in_the_colours_of_the_theme(canvas: Canvas, ink: Bytes, name: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, name)
    canvas.set_inviting(False)
    ink[100:110, 50:80] = 255
    canvas.show_ink(QRect(50, 100, 30, 10))
    shown = canvas.grab().toImage()
    assert shown.pixelColor(FRAME + 60, FRAME + 105) == theme().color("ink_high")
    assert shown.pixelColor(FRAME + 60, FRAME + 99) == theme().color("ink_low")
    assert shown.pixelColor(0, 0) == theme().color("panel")


def test_only_what_is_new_is_painted_again(
    qtbot: QtBot, canvas: Canvas, ink: Bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_inviting(False)
    qtbot.wait(20)
    painted: list[QRect] = []
    paint = canvas._paint_ink

    def paint_and_tell(painter: Any, part: QRect, square: QRect) -> None:
        painted.append(part)
        paint(painter, part, square)

    monkeypatch.setattr(canvas, "_paint_ink", paint_and_tell)
    ink[20:30, 20:30] = 255
    canvas.show_ink(QRect(20, 20, 10, 10))
    qtbot.waitUntil(lambda: bool(painted), timeout=1000)
    assert painted == [QRect(FRAME + 19, FRAME + 19, 12, 12)]
    qtbot.wait(50)
    assert len(painted) == 1


def test_the_frame_tells_of_the_focus(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.clearFocus()
    assert canvas.grab().toImage().pixelColor(1, 140) == theme().color("border")
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus, timeout=1000)
    assert canvas.grab().toImage().pixelColor(1, 140) == theme().color("accent")
