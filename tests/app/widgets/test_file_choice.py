from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.file_choice import ask_what_to_open, ask_where_to_save, file_places
from app.widgets.question import Question

KINDS = {".onnx": "ONNX", ".py": "NumPy script"}


@pytest.fixture
def parent(qtbot: QtBot, tmp_path: Path) -> Iterator[QWidget]:
    """A window, and places to begin with in a folder of the test."""
    places: dict[str, str] = {}
    file_places().use(lambda name: places.get(name), places.__setitem__, lambda purpose: tmp_path)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    yield widget
    file_places().use(lambda name: None, lambda name, text: None, lambda purpose: Path.home())


class Answers:
    """Answers the dialogs that come up, one after the other, as a person would by their fields and buttons."""

    def __init__(self, *answers: str) -> None:
        """Each a name to type in a file dialog, words on a button of a question, or "Escape"."""
        self._waiting = list(answers)
        self.begun: list[tuple[str, str]] = []
        """The folder and the name with which each file dialog began."""
        self.asked: list[str] = []
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)

    def __enter__(self) -> Answers:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        assert not self._waiting, f"nobody asked for {self._waiting}"

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or not dialog.isVisible():
            return
        assert self._waiting, f"nothing was expected to be asked, but {dialog.windowTitle()}"
        answer = self._waiting.pop(0)
        if isinstance(dialog, Question):
            self.asked.append(dialog.question.text())
        if isinstance(dialog, QFileDialog):
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            assert field is not None
            self.begun.append((dialog.directory().path(), field.text()))
        if answer == "Escape":
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        elif isinstance(dialog, Question):
            button = next(each for each in dialog.buttons.values() if each.text() == answer)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            assert isinstance(dialog, QFileDialog)
            self._type(dialog, answer)

    @staticmethod
    def _type(dialog: QFileDialog, name: str) -> None:
        field, box = dialog.findChild(QLineEdit, "fileNameEdit"), dialog.findChild(QDialogButtonBox)
        assert field is not None
        assert box is not None
        field.setText(name)
        accept = next(each for each in box.buttons() if box.buttonRole(each) == QDialogButtonBox.ButtonRole.AcceptRole)
        QTest.mouseClick(accept, Qt.MouseButton.LeftButton)


def beside(path: Path) -> tuple[Path, Path]:
    return path, path.with_suffix(".weights.npz")


def ask(parent: QWidget, files: Callable[[Path], tuple[Path, ...]] = lambda path: (path,)) -> Path | None:
    return ask_where_to_save(parent, "Save", "digits", KINDS, "test", files)


def test_a_new_name_gets_its_suffix_and_no_question(parent: QWidget, tmp_path: Path) -> None:
    with Answers("mine.v2") as answers:
        assert ask(parent) == tmp_path / "mine.v2.onnx"
    assert answers.begun == [(str(tmp_path), "digits")]
    with Answers("mine.py"):
        assert ask(parent) == tmp_path / "mine.py"


def test_a_file_that_the_suffix_leads_to_is_not_overwritten_unasked(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").touch()
    with Answers("mine", "Replace") as answers:
        assert ask(parent) == tmp_path / "mine.onnx"
    assert answers.asked == ["Replace mine.onnx?"]


def test_a_file_written_beside_it_is_asked_about_too(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "mine.weights.npz").touch()
    with Answers("mine.py", "Replace") as answers:
        assert ask(parent, beside) == tmp_path / "mine.py"
    assert answers.asked == ["Replace mine.weights.npz?"]
    (tmp_path / "mine.py").touch()
    with Answers("mine.py", "Replace") as answers:
        assert ask(parent, beside) == tmp_path / "mine.py"
    assert answers.asked == ["Replace mine.py and mine.weights.npz?"]


def test_who_does_not_replace_chooses_again_or_gives_up(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").touch()
    with Answers("mine", "Choose another name", "other") as answers:
        assert ask(parent) == tmp_path / "other.onnx"
    assert answers.begun[1] == (str(tmp_path), "mine.onnx"), "it begins with the name that is taken"
    for way in ("Cancel", "Escape"):
        with Answers("mine", way):
            assert ask(parent) is None
    with Answers("Escape"):
        assert ask(parent) is None


def test_a_dialog_begins_where_the_last_one_for_the_same_ended(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "there.json").touch()
    with Answers(str(tmp_path / "deep" / "there.json")):
        assert ask_what_to_open(parent, "Open", "All (*)") == tmp_path / "deep" / "there.json"
    with Answers("Escape") as answers:
        assert ask_what_to_open(parent, "Open", "All (*)") is None
    assert answers.begun[0][0] == str(tmp_path / "deep")
    with Answers("Escape") as answers:
        ask(parent)
    assert answers.begun[0][0] == str(tmp_path), "saving has a place of its own"
    (tmp_path / "deep" / "there.json").unlink()
    (tmp_path / "deep").rmdir()
    with Answers("Escape") as answers:
        ask_what_to_open(parent, "Open", "All (*)")
    assert answers.begun[0][0] == str(tmp_path), "a place that is gone is no place to begin"
