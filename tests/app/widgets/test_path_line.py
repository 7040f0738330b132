"""A path is typed, dropped or chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.theme import apply_theme
from app.widgets.form import Form
from app.widgets.form_fields import Host, PathField
from app.widgets.path_line import BrowseButton, PathLine
from nn_engine.data import MNIST
from nn_engine.declarations import Declaration, Setting, edit_path


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    apply_theme(qapp, "light")


def drop(line: PathLine, *urls: QUrl) -> bool:
    """Drag addresses over the line and let them go; whether they were taken."""
    data = QMimeData()
    data.setUrls(list(urls))
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    place = QPoint(5, 5)
    taken = []
    for event in (QDragEnterEvent(place, *rest), QDragMoveEvent(place, *rest), QDropEvent(place.toPointF(), *rest)):
        event.ignore()
        QApplication.sendEvent(line, event)
        taken.append(event.isAccepted())
    return all(taken)


def choose_in_dialog(qtbot: QtBot, button: BrowseButton, path: Path) -> tuple[QFileDialog.FileMode, str]:
    """Choose a path by the button; what the dialog was for, and where it opened."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = button.findChild(QFileDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    found = dialog.fileMode(), dialog.directory().absolutePath()
    dialog.selectFile(str(path))
    dialog.accept()
    qtbot.waitUntil(lambda: button.findChild(QFileDialog) is None)
    return found


def shown(qtbot: QtBot, value: Declaration) -> tuple[Form, list[Declaration]]:
    values = [value]

    def edit(path: str, text: str, dragging: bool) -> str:
        try:
            values.append(edit_path(values[-1], path, text))
        except ValueError as error:
            return str(error)
        form.show_value(values[-1])
        return ""

    form = Form(value, Host(edit))
    qtbot.addWidget(form)
    form.resize(264, 40)
    form.show()
    return form, values


def test_a_folder_is_chosen_in_a_dialog(qtbot: QtBot, tmp_path: Path) -> None:
    form, values = shown(qtbot, MNIST())
    field = form.fields["folder"]
    assert isinstance(field, PathField)
    assert field.browse.toolTip() == "Folder: choose a folder."
    mode, _ = choose_in_dialog(qtbot, field.browse, tmp_path)
    assert mode == QFileDialog.FileMode.Directory
    assert values[-1] == MNIST(folder=str(tmp_path))
    assert field.line.text() == str(tmp_path)
    _, opened_in = choose_in_dialog(qtbot, field.browse, tmp_path)
    assert opened_in == str(tmp_path), "where the last choice was"


class Recipe(Declaration):
    """Something that is read from a file."""

    book: Annotated[str | None, Setting("The book.", path="file", none="no book")] = None


@pytest.mark.parametrize("text", ["x" * 5000, "~nobody-of-this-name/x", "a\tb/\u0001", "0.9" + "[" * 400])
def test_a_dialog_opens_whatever_stands_in_the_line(qtbot: QtBot, text: str) -> None:
    line = PathLine("folder", text)
    browse = BrowseButton(line, "folder", "Folder")
    qtbot.addWidget(line)
    qtbot.addWidget(browse)
    browse.open_dialog()
    (dialog,) = browse.findChildren(QFileDialog)
    assert Path(dialog.directory().absolutePath()).is_dir()
    dialog.reject()


def test_a_file_is_chosen_where_a_file_is_wanted(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("flour")
    form, values = shown(qtbot, Recipe())
    field = form.fields["book"]
    assert isinstance(field, PathField)
    mode, _ = choose_in_dialog(qtbot, field.browse, tmp_path / "book.txt")
    assert mode == QFileDialog.FileMode.ExistingFile
    assert values[-1] == Recipe(book=str(tmp_path / "book.txt"))


def test_a_dialog_that_is_given_up_changes_nothing(qtbot: QtBot) -> None:
    form, values = shown(qtbot, MNIST())
    field = form.fields["folder"]
    assert isinstance(field, PathField)
    QTest.mouseClick(field.browse, Qt.MouseButton.LeftButton)
    dialog = field.browse.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
    assert values == [MNIST()]


def test_what_is_dropped_on_the_line_is_taken_as_a_path(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "t10k-images-idx3-ubyte"
    file.touch()
    form, values = shown(qtbot, MNIST())
    field = form.fields["folder"]
    assert isinstance(field, PathField)
    assert isinstance(field.line, PathLine)
    assert drop(field.line, QUrl.fromLocalFile(str(tmp_path)))
    assert values[-1] == MNIST(folder=str(tmp_path))
    field.line.clear()
    assert drop(field.line, QUrl.fromLocalFile(str(file)))
    assert field.line.text() == str(tmp_path), "of a file, the folder it lies in"


def test_an_address_elsewhere_is_no_path(qtbot: QtBot) -> None:
    line = PathLine("folder")
    qtbot.addWidget(line)
    heard: list[str] = []
    line.chosen.connect(heard.append)
    drop(line, QUrl("https://example.org/digits"))
    assert heard == []
