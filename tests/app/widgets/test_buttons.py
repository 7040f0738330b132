from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.theme import apply_theme, theme
from app.theme.tokens import measure
from app.widgets.buttons import IconButton, MainButton, PlainButton, QuietButton
from app.widgets.focus_ring import focus_ring
from app.widgets.gallery import Gallery
from app.widgets.labels import ElidedLabel, NoticeLine, NumberLabel
from app.widgets.panel_frame import PanelFrame
from app.widgets.switch import Switch
from app.widgets.toast import Toasts

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("make", [MainButton, PlainButton, QuietButton])
def test_a_button_has_room_for_its_words(qtbot: QtBot, make: type[PlainButton]) -> None:
    button = make("Train", "play", hint="Space")
    qtbot.addWidget(button)
    words = QFontMetrics(button.font()).horizontalAdvance("Train")
    assert button.sizeHint().width() > words + 16 + 40
    assert button.sizeHint().height() == measure("height", "control")
    button.show()
    with qtbot.waitSignal(button.clicked):
        QTest.mouseClick(button, LEFT)


def test_the_icon_follows_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    button = IconButton("undo", "Undo the last change.")
    qtbot.addWidget(button)
    button.show()
    light = button.grab().toImage()
    apply_theme(qapp, "dark")
    dark = button.grab().toImage()
    apply_theme(qapp, "light")
    assert light != dark
    assert button.grab().toImage() == light
    assert button.accessibleName() == "Undo the last change"


def test_the_ring_follows_the_keyboard_alone(qtbot: QtBot) -> None:
    holder = QWidget()
    row = QHBoxLayout(holder)
    first, second = PlainButton("One"), PlainButton("Two")
    row.addWidget(first)
    row.addWidget(second)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert focus_ring().target is None
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    assert focus_ring().target is second
    QTest.mouseClick(first, LEFT)
    assert focus_ring().target is None


def test_the_ring_goes_with_what_it_is_around(qtbot: QtBot) -> None:
    area, page = QScrollArea(), QWidget()
    button = PlainButton("One")
    QVBoxLayout(page).addWidget(button)
    area.setWidget(page)
    qtbot.addWidget(area)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow)
    button.clearFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert focus_ring().target is button
    button.hide()
    assert focus_ring().target is None


def test_a_panel_has_its_header_as_drawn(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    frame = PanelFrame("Loss", "of each step")
    content = QWidget()
    frame.set_content(content)
    frame.resize(400, 300)
    qtbot.addWidget(frame)
    frame.show()
    assert content.geometry().getRect() == (0, 40, 400, 260)
    assert not frame.menu_button.isVisible()
    frame.menu.addAction("Save as a picture…")
    assert frame.menu_button.isVisible()
    QApplication.processEvents()
    assert frame.menu_button.mapTo(frame, frame.menu_button.rect().center()).x() == pytest.approx(380, abs=1)
    assert frame.grab().toImage().pixelColor(1, 1) == theme().color("panel")
    other = QWidget()
    frame.set_content(other)
    assert frame.content() is other
    assert content.parent() is None


def test_a_long_line_gives_way(qtbot: QtBot) -> None:
    label = ElidedLabel("a rather long name of an experiment")
    label.resize(80, 20)
    qtbot.addWidget(label)
    label.show()
    label.grab()
    assert label.toolTip() == label.text()
    label.resize(600, 20)
    label.grab()
    assert label.toolTip() == ""


def test_numbers_keep_their_place(qtbot: QtBot) -> None:
    label = NumberLabel("9.8", "%", widest="100.0")
    qtbot.addWidget(label)
    before = label.sizeHint()
    label.set_number("98.1")
    assert label.sizeHint() == before
    assert label.accessibleName() == "98.1 %"


def test_a_reserved_line_keeps_its_place(qtbot: QtBot) -> None:
    line = NoticeLine(reserved=True)
    qtbot.addWidget(line)
    line.show()
    height = line.sizeHint().height()
    line.set_text("At most 10.")
    assert line.sizeHint().height() == height
    assert not NoticeLine().isVisible()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_gallery_can_be_drawn(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    apply_theme(qapp, name)
    gallery = Gallery()
    qtbot.addWidget(gallery)
    gallery.show()
    assert gallery.grab().toImage().pixelColor(2, 2) == theme().color("panel")
    apply_theme(qapp, "light")


class Keys(QWidget):
    """A window that notes the keys it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[int] = []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.pressed.append(event.key())


@pytest.mark.parametrize("make", [lambda: PlainButton("One"), lambda: IconButton("undo", "Undo."), Switch])
def test_space_after_a_click_is_the_windows_and_after_tab_the_buttons(
    qtbot: QtBot, make: Callable[[], QAbstractButton]
) -> None:
    window, button, clicks = Keys(), make(), list[bool]()
    row = QHBoxLayout(window)
    row.addWidget(button)
    button.clicked.connect(lambda: clicks.append(True))
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    QTest.mouseClick(button, LEFT)
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert (len(clicks), window.pressed) == (1, [Qt.Key.Key_Space])
    button.clearFocus()
    button.setFocus(Qt.FocusReason.ActiveWindowFocusReason)  # a dialog that it opened is closed
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert (len(clicks), window.pressed) == (1, [Qt.Key.Key_Space] * 2)
    button.clearFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert (len(clicks), window.pressed) == (2, [Qt.Key.Key_Space] * 2)


def test_a_message_that_leaves_hands_its_focus_to_nobody(qtbot: QtBot) -> None:
    window = QWidget()
    window.resize(600, 300)
    row = QHBoxLayout(window)
    other = PlainButton("Other")
    row.addWidget(other)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    toasts = Toasts(window)
    toasts.show("Done.", "success", "More", lambda: None)
    (toast,) = toasts.messages()
    assert toast.action_button is not None
    toast.action_button.setFocus(Qt.FocusReason.MouseFocusReason)
    assert QApplication.focusWidget() is toast.action_button
    QTest.mouseClick(toast.action_button, LEFT)
    assert not other.hasFocus()
    assert QApplication.focusWidget() is None
