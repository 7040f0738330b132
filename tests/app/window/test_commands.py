from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from app.dialogs.about import AboutDialog
from app.dialogs.preferences import PreferencesDialog
from app.dialogs.rate_finder import RateFinderDialog
from app.panels.build import FIND_RATE
from app.theme import theme
from app.widgets.buttons import IconButton
from app.widgets.form_fields import NumberEntry, SliderEntry
from app.widgets.number_field import NumberField
from app.widgets.question import Question
from app.window.main_window import MainWindow
from nn_engine import PRESETS
from nn_engine.declarations import registered
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.experiment_file import load_experiment


def action(window: MainWindow, *words: str) -> QAction:
    """The entry of a menu, by the words that lead to it."""
    actions = window.menus.actions()
    for word in words[:-1]:
        found = next(each for each in actions if each.text() == word)
        menu = found.menu()
        assert isinstance(menu, QMenu)
        actions = menu.actions()
    return next(each for each in actions if each.text().split("\t")[0] == words[-1])


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    answer = (str(path) if path else "", "")
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: answer)


def test_every_preset_can_be_begun_with(window: MainWindow) -> None:
    for name in PRESETS:
        action(window, "File", "New experiment", name).trigger()
        assert window.studio.document.experiment.name == name


def test_save_asks_for_a_place_once(window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, home / "mine")
    action(window, "File", "Save experiment").trigger()
    choose(monkeypatch, None)
    window.studio.document.set("layers.1.units", "20")
    action(window, "File", "Save experiment").trigger()
    assert load_experiment(home / "mine.json") == window.studio.document.experiment
    assert not window.studio.document.modified
    assert not window.commands.save_as()


def test_open_and_open_recent(window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.studio.save_experiment(home / "mine.json")
    window.studio.new_experiment("mnist-300")
    choose(monkeypatch, home / "mine.json")
    action(window, "File", "Open…").trigger()
    assert window.studio.document.experiment.name == "small"
    window.studio.new_experiment("mnist-300")
    window.commands._recent.fill()
    window.commands._recent.actions()[0].trigger()
    assert window.studio.document.experiment.name == "small"


def began_with(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Has every file dialog given up; returns the paths they began with."""
    begun: list[Path] = []

    def give_up(*words: object) -> tuple[str, str]:
        begun.append(Path(str(words[2])))
        return "", ""

    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, give_up)
    return begun


def test_a_run_is_recent_in_words_and_can_be_opened_again(qtbot: QtBot, window: MainWindow) -> None:
    studio = window.studio
    recent = action(window, "File", "Open recent")
    window.commands._file_menu_opens()
    assert not recent.isEnabled()
    QTest.mouseClick(window.transport.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.transport.end_reason == "completed" and not studio.transport.running)
    window.commands._file_menu_opens()
    assert recent.isEnabled()
    menu = window.commands._recent
    menu.fill()
    (entry,) = [each for each in menu.actions() if not each.isSeparator()]
    best = max(row["val_accuracy"] for row in studio.session.trainer.history) if studio.session else 0.0
    assert entry.text().startswith("small, ")
    assert entry.text().endswith(f": epoch 2 of 2, best accuracy {best * 100:.1f} %")
    assert entry.toolTip() == str(studio.run_folder)
    folder = studio.run_folder
    studio.new_experiment("mnist-300")
    entry.trigger()
    qtbot.waitUntil(lambda: studio.session is not None and studio.transport.epochs_done == 2)
    assert studio.run_folder == folder
    assert studio.document.experiment.name == "small"


def test_a_name_with_an_ampersand_is_not_taken_for_a_shortcut(window: MainWindow, home: Path) -> None:
    window.studio.save_experiment(home / "you & me.json")
    window.commands._recent.fill()
    assert window.commands._recent.actions()[0].text().startswith("you && me.json")


def test_a_run_that_goes_on_is_not_opened_again(qtbot: QtBot, window: MainWindow) -> None:
    studio = window.studio
    studio.step()
    qtbot.waitUntil(lambda: studio.transport.step == 1 and studio.transport.worker_state == "paused")
    assert studio.run_folder is not None
    for path in (studio.run_folder, studio.run_folder / "checkpoints" / "last.npz"):
        assert not window.open_file(path)
    assert [toast.text() for toast in window.toasts.messages()] == ["This run is open already."]
    assert studio.transport.step == 1


def test_files_are_asked_for_where_they_are(
    qtbot: QtBot, window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, data = began_with(monkeypatch), home / "data"
    window.studio.document.set("name", "ink / paper: 2")
    for entry in ("Save experiment", "Save checkpoint…", "Open…"):
        action(window, "File", entry).trigger()
    assert begun == [
        data / "experiments" / "ink - paper- 2.json",
        data / "checkpoints" / "ink - paper- 2-epoch-0.npz",
        data / "experiments",
    ]
    begun.clear()
    (home / "elsewhere").mkdir()
    window.studio.save_experiment(home / "elsewhere" / "mine.json")
    window.studio.new_experiment("mnist-300")
    assert window.open_file(home / "elsewhere" / "mine.json")
    for entry in ("Open…", "Save experiment as…"):
        action(window, "File", entry).trigger()
    assert begun == [home / "elsewhere", home / "elsewhere" / "mine.json"]


def test_an_experiment_is_not_saved_over_another_unasked(
    window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "mine.json").write_text("precious")
    choose(monkeypatch, home / "mine")
    asked: list[str] = []

    def refuse(question: Question) -> str:
        asked.append(question.question.text())
        return "cancel"

    monkeypatch.setattr(Question, "ask", refuse)
    action(window, "File", "Save experiment").trigger()
    assert asked == ["Replace mine.json?"]
    assert (home / "mine.json").read_text() == "precious"
    assert not window.studio.document.path


def test_a_checkpoint_is_saved(qtbot: QtBot, window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, home / "mine")
    action(window, "File", "Save checkpoint…").trigger()
    qtbot.waitUntil(lambda: bool(window.toasts.messages()))
    assert window.toasts.messages()[0].text() == "Saved mine.npz"
    assert load_checkpoint(home / "mine.npz").experiment == window.studio.document.experiment


@pytest.mark.parametrize(
    ("typed", "wanted", "written"),
    [
        ("mine", "ONNX (*.onnx)", ["mine.onnx"]),
        ("mine.v2", "NumPy script (*.py)", ["mine.v2.py", "mine.v2.weights.npz"]),
        ("mine.safetensors", "ONNX (*.onnx)", ["mine.safetensors"]),
        ("mine", "", ["mine.onnx"]),
    ],
)
def test_a_network_is_exported(
    qtbot: QtBot,
    window: MainWindow,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    wanted: str,
    written: list[str],
) -> None:
    offered: list[str] = []
    folder = home / "exports"
    folder.mkdir()
    qtbot.waitUntil(lambda: window.studio.session is not None)

    def choose_there(*words: object) -> tuple[str, str]:
        offered.extend(map(str, words[1:]))
        return str(folder / typed), wanted

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose_there)
    entry = action(window, "File", "Export network…")
    window.commands._file_menu_opens()
    assert entry.isEnabled()
    entry.trigger()
    qtbot.waitUntil(lambda: bool(window.toasts.messages()))
    assert window.toasts.messages()[0].text() == f"Saved {written[0]}"
    assert sorted(path.name for path in folder.iterdir()) == written
    assert offered[0] == f"Export network: {window.studio.pad.label}"
    assert Path(offered[1]).name == "pretrained"
    assert offered[2] == "ONNX (*.onnx);;Safetensors (*.safetensors);;NumPy script (*.py)"


def test_an_export_that_is_given_up_writes_nothing(
    window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(home.iterdir())
    choose(monkeypatch, None)
    action(window, "File", "Export network…").trigger()
    assert set(home.iterdir()) == before


def test_undo_and_redo_say_what(window: MainWindow) -> None:
    undo, redo = window.commands.undo_action, window.commands.redo_action
    assert not undo.isEnabled()
    before = window.studio.document.experiment
    window.studio.document.set("layers.1.units", "20")
    assert undo.isEnabled()
    assert undo.text().startswith("Undo ")
    undo.trigger()
    assert window.studio.document.experiment == before
    assert redo.isEnabled()
    redo.trigger()
    assert window.studio.document.experiment != before


def test_layers_go_by_the_clipboard(window: MainWindow) -> None:
    action(window, "Edit", "Copy the layers as text").trigger()
    before = window.studio.document.layers
    window.studio.document.set("layers.1.units", "20")
    action(window, "Edit", "Paste layers").trigger()
    assert window.studio.document.layers == before
    QApplication.clipboard().setText("not layers at all")
    action(window, "Edit", "Paste layers").trigger()
    assert len(window.toasts.messages()) == 1


def test_the_theme_is_chosen_in_the_menu(window: MainWindow) -> None:
    action(window, "View", "Theme", "Dark").trigger()
    assert theme().dark
    action(window, "View", "Theme", "Light").trigger()
    assert not theme().dark


def test_columns_by_the_menu(window: MainWindow) -> None:
    action(window, "View", "Experiment column").trigger()
    action(window, "View", "Try column").trigger()
    assert not window.build.isVisible()
    assert not window.try_panel.isVisible()
    action(window, "View", "Reset layout").trigger()
    assert window.build.isVisible()
    assert window.try_panel.isVisible()


def test_training_by_the_menu(qtbot: QtBot, window: MainWindow) -> None:
    transport = window.studio.transport
    action(window, "Train", "One step").trigger()
    qtbot.waitUntil(lambda: transport.step == 1 and transport.worker_state == "paused")
    action(window, "Train", "Rewind to the initial weights").trigger()
    qtbot.waitUntil(lambda: window.studio.session is not None and transport.worker_state == "paused")
    assert transport.step == 0


def test_dialogs_open(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    for kind in (AboutDialog, PreferencesDialog):
        monkeypatch.setattr(kind, "exec", lambda dialog: opened.append(type(dialog).__name__))
    action(window, "File", "Preferences…").trigger()
    action(window, "Help", "About Backprop Studio").trigger()
    assert opened == ["PreferencesDialog", "AboutDialog"]


def test_where_nothing_can_show_a_file_its_place_is_told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.window.commands.QDesktopServices.openUrl", lambda url: False)
    action(window, "Help", "Show the runs folder").trigger()
    action(window, "Help", "Show the log file").trigger()
    told = [toast.text() for toast in window.toasts.messages()]
    assert str(window.studio.preferences.runs_folder) in told[0]
    assert told[1].endswith("studio.log")
    assert window.studio.preferences.runs_folder.is_dir()


def test_a_field_has_its_keys_first(qtbot: QtBot, window: MainWindow) -> None:
    field = next(each for each in window.build.findChildren(NumberField) if each.isVisible() and each.isEnabled())
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Period, Qt.Key.Key_E):
        QTest.keyClick(field, key)
    qtbot.wait(60)
    assert window.studio.transport.step == 0
    assert not window.studio.transport.running


def test_undo_in_a_field_takes_back_typing_first_and_then_the_edit(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    document, control = window.studio.document, Qt.KeyboardModifier.ControlModifier
    field = window.build.training.batch_size
    assert isinstance(field, NumberEntry)
    line = field.number
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert document.experiment.batch_size == 33
    QTest.keyClick(line, Qt.Key.Key_Z, control)
    assert (document.experiment.batch_size, line.text()) == (32, "32")
    QTest.keyClick(line, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert (document.experiment.batch_size, line.text()) == (33, "33")
    line.selectAll()
    QTest.keyClicks(line, "77")
    QTest.keyClick(line, Qt.Key.Key_Z, control)
    assert document.experiment.batch_size == 33, "what is not given yet is only typing"
    assert line.text() != "77"
    line.selectAll()
    QTest.keyClicks(line, "64")
    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.keyClick(line, Qt.Key.Key_Z, control)
    assert (document.experiment.batch_size, line.text()) == (33, "33")


def rate_finders(window: MainWindow) -> list[RateFinderDialog]:
    return [dialog for dialog in window.findChildren(RateFinderDialog) if dialog.isVisible()]


def test_a_rate_is_found_from_the_field_applied_and_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    document, rate = window.studio.document, window.build.training.rate
    (button,) = (each for each in rate.findChildren(IconButton) if each.toolTip() == FIND_RATE)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    (dialog,) = rate_finders(window)
    qtbot.waitUntil(lambda: window.studio.rates.state == "done")  # the window's pump brings the news
    assert QApplication.activeModalWidget() is None
    QTest.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    valley = window.studio.rates.suggestions["valley"]
    assert document.experiment.optimizer.learning_rate == valley
    assert isinstance(rate, SliderEntry)
    assert rate.number.value() == f"{valley:.15g}"
    window.commands.undo_action.trigger()
    assert rate.number.value() == "0.1"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert rate_finders(window) == [dialog], "one window of it is enough"


def test_every_optimizer_has_the_button_beside_its_rate(window: MainWindow) -> None:
    for name in registered("optimizer"):
        window.studio.document.set("optimizer", name)
        buttons = [each for each in window.build.findChildren(IconButton) if each.toolTip() == FIND_RATE]
        assert [button.isVisible() for button in buttons] == [True], name


def test_the_rate_finder_has_an_entry_and_a_key_and_goes_with_the_window(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert action(window, "Tools", "Find learning rate…").shortcut().toString() == "Ctrl+L"
    QTest.keyClick(window.build, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert len(rate_finders(window)) == 1
    window.close_at_once()
    assert rate_finders(window) == []
    assert window.studio.rates.state in ("cancelled", "done")
    assert window.studio.trials.isFinished()


def test_a_rate_is_found_while_training_is_paused(qtbot: QtBot, window: MainWindow) -> None:
    studio = window.studio
    qtbot.waitUntil(lambda: studio.session is not None)
    studio.step()
    qtbot.waitUntil(lambda: studio.transport.step == 1 and not studio.transport.running)
    assert studio.session is not None
    before = studio.session.trainer.snapshot().weights.copy()
    action(window, "Tools", "Find learning rate…").trigger()
    qtbot.waitUntil(lambda: studio.rates.state == "done")
    assert (studio.session.trainer.snapshot().weights == before).all()
    assert studio.transport.step == 1
