from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.buttons import PlainButton
from app.widgets.empty_state import EmptyState
from app.widgets.toast import Toasts
from app.widgets.tooltip import explain, explainer

LEFT = Qt.MouseButton.LeftButton


def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(640, 400)
    qtbot.addWidget(made)
    made.show()
    return made


def forget_deleted() -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_message_goes_by_itself_and_leaves_no_timer(qtbot: QtBot) -> None:
    holder = window(qtbot)
    toasts = Toasts(holder)
    toast = toasts.show("Checkpoint saved", seconds=0.05)
    assert toast.isVisible()
    with qtbot.waitSignal(toast.gone):
        pass
    assert toasts.messages() == []
    forget_deleted()
    assert holder.findChildren(QTimer) == []


def test_it_stays_five_seconds(qtbot: QtBot) -> None:
    toast = Toasts(window(qtbot)).show("Checkpoint saved")
    assert [timer.interval() for timer in toast.findChildren(QTimer)] == [5000]


def test_messages_stack_and_the_action_acts(qtbot: QtBot) -> None:
    holder = window(qtbot)
    toasts = Toasts(holder, most=3)
    done: list[int] = []
    toasts.show("Zero")
    first = toasts.show("One", "info", "Show file", lambda: done.append(1))
    second = toasts.show("Two", "error")
    third = toasts.show("Three", "warning")
    assert toasts.messages() == [first, second, third]
    assert first.geometry().bottom() < second.y()
    assert second.geometry().bottom() < third.y()
    assert first.action_button is not None
    QTest.mouseClick(first.action_button, LEFT)
    assert done == [1]
    QTest.mouseClick(third.close_button, LEFT)
    assert toasts.messages() == [second]
    below = second.y()
    holder.resize(640, 500)
    assert second.y() == below + 100
    toasts.clear()
    assert toasts.messages() == []
    forget_deleted()
    assert holder.findChildren(QTimer) == []


def test_a_long_message_has_room(qtbot: QtBot) -> None:
    toast = Toasts(window(qtbot)).show("The disk is nearly full. " * 6, "warning")
    assert toast.height() > 60
    assert toast.width() <= 460


@pytest.mark.parametrize("action", ["", "Undo", "Train 20 more"])
@pytest.mark.parametrize("dismiss", ["", "Not now"])
def test_all_of_a_message_is_seen_however_long_it_is(qtbot: QtBot, action: str, dismiss: str) -> None:
    toasts = Toasts(window(qtbot), most=1)
    sentence = "All planned epochs are done. With more, the schedule is stretched over all 12 epochs. " * 4
    words = re.findall(r"\S+", sentence)
    for count in range(1, len(words)):
        toast = toasts.show(" ".join(words[:count]), action=action, dismiss=dismiss)
        QApplication.processEvents()
        label = toast.findChildren(QLabel)[1]
        assert label.text() == toast.text()
        assert label.height() >= label.heightForWidth(label.width())


def test_pointing_explains(qtbot: QtBot) -> None:
    holder = window(qtbot)
    button = PlainButton("Rate", parent=holder)
    explain(button, "Learning rate", "How far each step goes. " * 5, "0.00001 – 10")
    button.show()
    point = QPoint(5, 5)
    QApplication.sendEvent(button, QHelpEvent(QEvent.Type.ToolTip, point, button.mapToGlobal(point)))
    card = explainer().card
    assert card is not None
    assert card.isVisible()
    assert card.accessibleName() == "Learning rate"
    assert card.width() == 312
    assert card.height() > 80
    QTest.keyClick(button, Qt.Key.Key_Shift)
    assert explainer().card is None


def test_f1_explains_what_is_around_too(qtbot: QtBot) -> None:
    holder = window(qtbot)
    holder.setToolTip("What this panel shows.")
    inner = QWidget(holder)
    assert explainer().show_for(inner)
    card = explainer().card
    assert card is not None
    assert card.accessibleDescription() == "What this panel shows."
    explainer().hide()
    assert not explainer().show_for(QWidget())
    assert not any(timer.isActive() for timer in explainer().findChildren(QTimer))


def test_an_empty_place_offers_its_button(qtbot: QtBot) -> None:
    empty = EmptyState("No mistakes to show yet", "After the first epoch.", "grid", "Train one epoch")
    empty.resize(300, 200)
    qtbot.addWidget(empty)
    empty.show()
    assert empty.button is not None
    with qtbot.waitSignal(empty.acted):
        QTest.mouseClick(empty.button, LEFT)
    empty.set_words("Nothing", "Still nothing.")
    assert empty.accessibleName() == "Nothing"
