from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import PySide6
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs.about import AboutDialog
from app.dialogs.preferences import PreferencesDialog
from app.dialogs.questions import ask_to_close, ask_to_save
from app.dialogs.report import ReportDialog, report_text
from app.view_models.preferences import Preferences, PreferenceValues
from app.widgets.combo import ComboBox
from app.widgets.number_field import NumberField
from app.widgets.path_line import BrowseButton
from app.widgets.question import Question
from app.widgets.switch import Switch
from nn_engine.declarations import settings_of
from nn_engine.version import VERSION

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot: QtBot, preferences: Preferences) -> PreferencesDialog:
    made = PreferencesDialog(preferences)
    qtbot.addWidget(made)
    made.show()
    return made


def test_every_preference_has_a_field_with_help(dialog: PreferencesDialog) -> None:
    assert list(dialog.fields) == [spec.name for spec in settings_of(PreferenceValues)]
    assert all(field.toolTip() and field.accessibleName() for field in dialog.fields.values())


def test_a_change_holds_at_once(qtbot: QtBot, dialog: PreferencesDialog, preferences: Preferences) -> None:
    combo, switch, threads = dialog.fields["theme"], dialog.fields["notify"], dialog.fields["threads"]
    assert isinstance(combo, ComboBox)
    assert isinstance(switch, Switch)
    assert isinstance(threads, NumberField)
    combo.setFocus()
    QTest.keyClicks(combo, "d")
    assert preferences.values.theme == "dark"
    QTest.mouseClick(switch, LEFT)
    assert preferences.values.notify is False
    threads.selectAll()
    QTest.keyClicks(threads, "3")
    QTest.keyClick(threads, Qt.Key.Key_Return)
    assert preferences.values.threads == 3


def test_what_cannot_be_is_refused_with_a_sentence(
    qtbot: QtBot, dialog: PreferencesDialog, preferences: Preferences
) -> None:
    threads = dialog.fields["threads"]
    assert isinstance(threads, NumberField)
    QTest.keyClicks(threads, "5000")
    QTest.keyClick(threads, Qt.Key.Key_Return)
    assert preferences.values.threads is None
    assert threads.error()
    assert dialog._error.text() == threads.error()


def test_threads_can_be_left_to_the_studio_again(
    qtbot: QtBot, dialog: PreferencesDialog, preferences: Preferences
) -> None:
    threads = dialog.fields["threads"]
    assert isinstance(threads, NumberField)
    QTest.keyClicks(threads, "3")
    QTest.keyClick(threads, Qt.Key.Key_Return)
    threads.selectAll()
    QTest.keyClick(threads, Qt.Key.Key_Delete)
    QTest.keyClick(threads, Qt.Key.Key_Return)
    assert preferences.values.threads is None


def test_another_data_folder(qtbot: QtBot, dialog: PreferencesDialog, preferences: Preferences, home: Path) -> None:
    field = dialog.fields["data_folder"]
    assert isinstance(field, QLineEdit)
    field.setText(str(home / "other"))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert preferences.data_folder == home / "other"
    (browse,) = dialog.findChildren(BrowseButton)
    QTest.mouseClick(browse, Qt.MouseButton.LeftButton)
    chooser = browse.findChild(QFileDialog)
    assert chooser is not None
    chooser.selectFile(str(home))
    chooser.accept()
    assert preferences.data_folder == home
    assert field.text() == str(home)


def test_enter_in_a_field_is_for_the_field(qtbot: QtBot, dialog: PreferencesDialog) -> None:
    dialog.show()
    field = dialog.fields["threads"]
    assert isinstance(field, QLineEdit)
    field.setText("2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert dialog.isVisible()


def failure() -> str:
    try:
        raise KeyError("an unforeseen key")
    except KeyError as error:
        return report_text(type(error), error, error.__traceback__)


def test_the_report_has_the_traceback_and_the_versions() -> None:
    report = failure()
    assert "Traceback (most recent call last)" in report
    assert "in failure" in report
    assert "KeyError: 'an unforeseen key'" in report
    assert platform.platform() in report
    assert np.__version__ in report


def test_the_report_is_copied(qtbot: QtBot) -> None:
    report = failure()
    dialog = ReportDialog("KeyError: 'an unforeseen key'", report)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.text.toPlainText() == report
    assert dialog.text.isReadOnly()
    QTest.mouseClick(dialog.copy, LEFT)
    assert QApplication.clipboard().text() == report
    close = next(button for button in dialog.findChildren(QPushButton) if button.text() == "Close")
    QTest.mouseClick(close, LEFT)
    assert not dialog.isVisible()


def test_about_lists_versions_licences_and_the_log(qtbot: QtBot, home: Path) -> None:
    dialog = AboutDialog(home / "studio.log")
    qtbot.addWidget(dialog)
    text = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    for expected in (VERSION, np.__version__, PySide6.__version__, "SIL OFL", "MIT", str(home / "studio.log")):
        assert expected in text


KEYS = {"Enter": Qt.Key.Key_Return, "Escape": Qt.Key.Key_Escape}
ANSWERS = [("Save", "save"), ("Discard", "discard"), ("Cancel", "cancel")]


def press(words: str, pressed: list[str]) -> None:
    """Press a button of the question that will be open in a moment."""

    def now() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, Question)
        pressed.append(box.question.text())
        if words in ("Enter", "Escape"):
            QTest.keyClick(box, KEYS[words])
        else:
            button = next(each for each in box.buttons.values() if each.text() == words)
            assert button.width() >= button.sizeHint().width()
            QTest.mouseClick(button, LEFT)

    QTimer.singleShot(0, now)


@pytest.mark.parametrize(("words", "answer"), [*ANSWERS, ("Enter", "save"), ("Escape", "cancel")])
def test_the_question_about_edits(qtbot: QtBot, words: str, answer: str) -> None:
    parent, pressed = QLabel(), list[str]()
    qtbot.addWidget(parent)
    press(words, pressed)
    assert ask_to_save(parent, "mine") == answer
    assert pressed == ["Save the changes to mine?"]


@pytest.mark.parametrize(("words", "answer"), [("Stop and close", True), ("Keep training", False), ("Escape", False)])
def test_the_question_about_training(qtbot: QtBot, words: str, answer: bool) -> None:
    parent, pressed = QLabel(), list[str]()
    qtbot.addWidget(parent)
    press(words, pressed)
    assert ask_to_close(parent) is answer
    assert len(pressed) == 1
