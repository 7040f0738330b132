from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.combo import ComboBox
from app.widgets.segmented import Segmented
from app.widgets.switch import Switch

LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


T = TypeVar("T", bound=QWidget)


def shown(qtbot: QtBot, widget: T) -> T:
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_a_switch_turns_by_mouse(qtbot: QtBot) -> None:
    switch = shown(qtbot, Switch())
    with qtbot.waitSignal(switch.toggled):
        QTest.mouseClick(switch, LEFT)
    assert switch.isChecked()
    qtbot.waitUntil(lambda: switch.knob_place() == 1.0, timeout=1000)


def test_a_switch_turns_by_keys(qtbot: QtBot) -> None:
    switch = shown(qtbot, Switch())
    turned: list[bool] = []
    switch.toggled.connect(turned.append)
    for key in (KEY.Key_Space, KEY.Key_Return, KEY.Key_Right, KEY.Key_Right, KEY.Key_Left):
        QTest.keyClick(switch, key)
    assert turned == [True, False, True, False]


def test_a_switch_set_silently_does_not_glide(qtbot: QtBot) -> None:
    switch = shown(qtbot, Switch())
    switch.blockSignals(True)
    switch.setChecked(True)
    switch.blockSignals(False)
    assert switch.knob_place() == 1.0
    hidden = Switch()
    qtbot.addWidget(hidden)
    hidden.setChecked(True)
    assert hidden.knob_place() == 1.0


def test_a_disabled_switch_stays(qtbot: QtBot) -> None:
    switch = shown(qtbot, Switch(True))
    switch.setEnabled(False)
    QTest.mouseClick(switch, LEFT)
    assert switch.isChecked()


def test_segments_by_mouse(qtbot: QtBot) -> None:
    row = shown(qtbot, Segmented(["Ridges", "Overlay", "Bands"]))
    chosen: list[int] = []
    row.chosen.connect(chosen.append)
    for place in (2, 2, 0, 1):
        QTest.mouseClick(row, LEFT, pos=row.segment(place).center().toPoint())
    assert chosen == [2, 0, 1]
    assert row.text() == "Overlay"


def test_segments_by_keys(qtbot: QtBot) -> None:
    row = shown(qtbot, Segmented(["Pen", "Eraser"], icons=["pen", "eraser"]))
    chosen: list[int] = []
    row.chosen.connect(chosen.append)
    for key in (KEY.Key_Left, KEY.Key_Right, KEY.Key_Right, KEY.Key_Home, KEY.Key_End):
        QTest.keyClick(row, key)
    assert chosen == [1, 0, 1]
    row.set_index(0)
    assert chosen == [1, 0, 1]
    assert row.accessibleDescription() == "Pen, 1 of 2"


def _roll(widget: QWidget) -> None:
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_changes_a_combo_box_only_with_the_focus(qtbot: QtBot) -> None:
    holder = QWidget()
    combo = ComboBox(["relu", "tanh"], holder)
    combo.add("sigmoid", QPixmap(16, 16), "data")
    other = ComboBox(["x"], holder)
    other.move(0, 40)
    shown(qtbot, holder)
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    other.setFocus()
    _roll(combo)
    assert combo.currentIndex() == 0
    combo.setFocus()
    _roll(combo)
    assert combo.currentIndex() == 1


def test_choosing_for_show_tells_no_one(qtbot: QtBot) -> None:
    combo = shown(qtbot, ComboBox(["relu", "tanh"]))
    with qtbot.assertNotEmitted(combo.currentIndexChanged):
        combo.choose("tanh")
        combo.choose("nothing like it")
    assert combo.currentText() == "tanh"


def test_the_list_opens_below_with_a_gap(qtbot: QtBot) -> None:
    combo = shown(qtbot, ComboBox(["relu", "tanh"]))
    combo.move(50, 50)
    QTest.mouseClick(combo, LEFT)
    popup = combo.view().window()
    assert popup.isVisible()
    assert popup.y() == combo.mapToGlobal(combo.rect().bottomLeft()).y() + 5
    QTest.keyClick(combo.view(), KEY.Key_Down)
    QTest.keyClick(combo.view(), KEY.Key_Return)
    assert combo.currentText() == "tanh"
    qtbot.waitUntil(lambda: not popup.isVisible())
