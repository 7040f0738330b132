from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.dialogs.report import ReportDialog
from app.studio import Studio
from app.theme import theme
from app.widgets.canvas import Canvas
from app.widgets.form import LiveDot
from app.widgets.layer_cards import LayerCards
from app.widgets.number_field import NumberField
from app.widgets.tooltip import explainer
from app.window.main_window import MainWindow
from nn_engine import Experiment, OneCycle
from nn_engine.io.experiment_file import save_experiment
from tests.app.window.conftest import MakeWindow


def messages(window: MainWindow) -> list[str]:
    return [toast.text() for toast in window.toasts.messages()]


# -- keys -------------------------------------------------------------------------------------------------------------


def test_the_space_bar_trains_and_pauses(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    window = make_window(small.replace(epochs=500))
    transport = window.studio.transport
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: transport.step > 0)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: transport.worker_state == "paused")
    assert window.transport.train.text() == "Train"


def test_two_quick_presses_train_and_pause(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    """However quickly the second comes: the button has already said what it would do."""
    window = make_window(small.replace(epochs=500))
    studio, states = window.studio, list[str]()
    studio.transport.changed.connect(lambda: states.append(studio.transport.worker_state))
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.transport.train.text() == "Pause"
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.transport.train.text() == "Train"
    qtbot.waitUntil(lambda: states[-1] == "paused" and not studio.transport.wish)
    stood = studio.transport.step
    qtbot.wait(60)
    assert (studio.transport.step, studio.transport.worker_state) == (stood, "paused")
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: studio.transport.step > stood)
    assert window.transport.train.text() == "Pause"


def test_a_key_held_down_counts_once_but_steps_on(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    window = make_window(small.replace(epochs=500))
    transport, none = window.studio.transport, Qt.KeyboardModifier.NoModifier

    def repeat(key: Qt.Key, text: str) -> None:
        QApplication.sendEvent(window, QKeyEvent(QEvent.Type.KeyPress, key, none, text, True))

    QTest.keyPress(window, Qt.Key.Key_Space)
    for _ in range(5):
        repeat(Qt.Key.Key_Space, " ")
    qtbot.waitUntil(lambda: transport.step > 0)
    repeat(Qt.Key.Key_Space, " ")
    assert transport.will_run
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: transport.worker_state == "paused")
    stood = transport.step
    for number in (1, 2):
        repeat(Qt.Key.Key_Period, ".")
        qtbot.waitUntil(lambda number=number: transport.step == stood + number and not transport.will_run)  # type: ignore[misc]


def test_a_double_click_on_train_trains(qtbot: QtBot, make_window: MakeWindow, small: Experiment) -> None:
    window = make_window(small.replace(epochs=500))
    button = window.transport.train
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert button.text() == "Pause"
    qtbot.waitUntil(lambda: window.studio.transport.step > 2)
    assert window.studio.transport.will_run


def test_the_full_stop_makes_a_step_and_e_an_epoch(qtbot: QtBot, window: MainWindow) -> None:
    transport = window.studio.transport
    QTest.keyClick(window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: transport.step == 1 and not transport.running)
    QTest.keyClick(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: transport.epochs_done == 1 and not transport.running)
    assert transport.step == 10


def test_keys_with_a_modifier_and_unknown_keys_do_nothing(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Qt.Key.Key_Q)
    qtbot.wait(60)
    assert window.studio.transport.step == 0
    assert window.isVisible()


def test_the_pad_has_the_keys_at_first_and_shows_it(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    canvas = window.try_panel.focusProxy()
    assert isinstance(canvas, Canvas)
    assert window.focusWidget() is canvas
    window.activateWindow()
    qtbot.waitUntil(canvas.hasFocus)
    edge = canvas.grab().toImage().pixelColor(canvas.width() // 2, (canvas.height() - canvas.width()) // 2 + 1)
    assert edge == theme().color("accent")
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.studio.transport.step > 0)


def test_escape_clears_the_pad(qtbot: QtBot, window: MainWindow) -> None:
    window.studio.pad.put_test_image(0)
    assert not window.studio.pad.empty
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.studio.pad.empty


def test_what_escape_cleared_from_anywhere_comes_back_by_undo(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    pad, canvas = window.studio.pad, window.try_panel.focusProxy()
    pad.put_test_image(0)
    ink, experiment = pad.ink.copy(), window.studio.document.experiment
    window.transport.train.setFocus()
    QTest.keyClick(window.transport.train, Qt.Key.Key_Escape)
    assert pad.empty
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused is canvas, "so that undoing means the drawing"
    QTest.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (pad.ink == ink).all()
    assert window.studio.document.experiment is experiment


def test_what_is_open_or_edited_has_escape_first(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    pad = window.studio.pad
    pad.put_test_image(0)
    menu = next(each for each in window.menus.actions() if each.text() == "File").menu()
    assert isinstance(menu, QMenu)
    menu.popup(window.mapToGlobal(window.rect().center()))
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()
    field = next(each for each in window.build.findChildren(NumberField) if each.isVisible() and each.isEnabled())
    field.setFocus()
    before = field.text()
    field.selectAll()
    QTest.keyClicks(field, "7")
    for _ in range(2):
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == before
    cards = window.build.findChild(LayerCards)
    assert cards is not None
    cards.setFocus()
    cards.choose(1, opened=True)
    QTest.keyClick(cards, Qt.Key.Key_Escape)
    assert cards.opened < 0
    assert explainer().show_for(window.transport.train)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert explainer().card is None
    assert not pad.empty
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert pad.empty


def test_escape_while_something_is_dragged_or_the_pad_is_hidden_leaves_the_drawing(
    window: MainWindow,
) -> None:
    pad, canvas = window.studio.pad, window.try_panel.focusProxy()
    assert isinstance(canvas, Canvas)
    pad.put_test_image(0)
    QTest.mousePress(window.build, Qt.MouseButton.LeftButton)
    for widget in (window, canvas):
        QTest.keyClick(widget, Qt.Key.Key_Escape)
    QTest.mouseRelease(window.build, Qt.MouseButton.LeftButton)
    assert not pad.empty
    window.show_try(False)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not pad.empty


# -- columns, theme, layout -------------------------------------------------------------------------------------------


def test_columns_are_hidden_and_shown_by_their_buttons(qtbot: QtBot, window: MainWindow) -> None:
    for button, column in ((window.title_bar.left, window.build), (window.title_bar.right, window.try_panel)):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert not column.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert column.isVisible()


def test_the_theme_button_switches(qtbot: QtBot, window: MainWindow) -> None:
    before = theme().dark
    QTest.mouseClick(window.title_bar.theme_button, Qt.MouseButton.LeftButton)
    assert theme().dark is not before
    assert window.studio.preferences.values.theme == ("light" if before else "dark")
    assert window.title_bar.theme_button.icon_name() == ("moon" if before else "sun")
    QTest.mouseClick(window.title_bar.theme_button, Qt.MouseButton.LeftButton)
    assert theme().dark is before


def test_the_layout_is_remembered(qtbot: QtBot, make_window: MakeWindow) -> None:
    first = make_window()
    first.resize(first.minimumSize())
    first.show_build(False)
    splitter = first.views[0]._columns
    splitter.setSizes([200, 400])
    qtbot.wait(10)
    sizes = splitter.sizes()
    first.close_at_once()
    second = make_window()
    assert not second.build.isVisible()
    assert not second.title_bar.left.isChecked()
    assert second.try_panel.isVisible()
    qtbot.wait(10)
    assert second.views[0]._columns.sizes() == sizes
    second.reset_layout()
    assert second.build.isVisible()


@pytest.mark.parametrize("titles", [(), ("Training",), ("Data", "Augmentation")])
def test_what_is_folded_up_is_remembered(qtbot: QtBot, make_window: MakeWindow, titles: tuple[str, ...]) -> None:
    first = make_window()
    for section in first.build.sections:
        if section.title.text() in titles:
            QTest.mouseClick(section.title, Qt.MouseButton.LeftButton)
    first.close_at_once()
    first.studio.preferences.store.sync()
    second = make_window()
    assert second.build.folded == list(titles)
    second.reset_layout()
    assert second.build.folded == []


def test_what_charts_can_be_asked_for_comes_with_the_first_curve(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.view_bar
    assert not bar.smoothing.isVisible()
    assert not bar.unit.isVisible()
    window.studio.step()
    qtbot.waitUntil(lambda: bar.smoothing.isVisible() and bar.unit.isVisible())


def test_the_pad_has_the_keys_first(window: MainWindow) -> None:
    assert window.focusWidget() is window.try_panel.focusProxy()


def test_the_window_comes_back_where_it_was(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.window.main_window._rooms", lambda: [QRect(0, 0, 2560, 1440)])
    first = make_window()
    first.setGeometry(300, 200, 1300, 800)
    first.close_at_once()
    second = make_window()
    assert second.geometry() == QRect(300, 200, 1300, 800)
    assert not second.isMaximized()
    second.close_at_once()
    monkeypatch.setattr("app.window.main_window._rooms", lambda: [QRect(0, 0, 1440, 900)])
    assert make_window().geometry() == QRect(140, 100, 1300, 800)


def test_a_maximized_window_comes_back_maximized(make_window: MakeWindow) -> None:
    first = make_window()
    first.showMaximized()
    first.close_at_once()
    assert make_window().isMaximized()


def test_a_layout_of_another_version_is_ignored(make_window: MakeWindow) -> None:
    first = make_window()
    first.show_try(False)
    first.close_at_once()
    first.studio.preferences.remember("layout_version", 0)
    assert make_window().try_panel.isVisible()


# -- what panels do wrong ---------------------------------------------------------------------------------------------


def test_an_error_in_a_panel_is_told_once_and_the_rest_goes_on(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels = window.views[0].panels
    drawn = {"accuracy": 0}
    failed = {"loss": 0}

    def fail() -> None:
        failed["loss"] += 1
        raise RuntimeError("nothing to draw with")

    def draw() -> None:
        drawn["accuracy"] += 1

    monkeypatch.setattr(panels["loss"], "refresh", fail)
    monkeypatch.setattr(panels["accuracy"], "refresh", draw)
    qtbot.waitUntil(lambda: failed["loss"] > 3 and drawn["accuracy"] > 3)
    assert len([text for text in messages(window) if "nothing to draw with" in text]) == 1
    window.studio.step()
    qtbot.waitUntil(lambda: window.studio.transport.step == 1)


@pytest.mark.parametrize("what", ["refresh", "text_refresh", "wants", "isVisible"])
def test_whatever_fails_in_a_panel_is_told_once_by_its_name_and_the_others_go_on(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    panels = window.views[0].panels
    failed, drawn, worded = [0], [0], [0]

    def fail() -> None:
        failed[0] += 1
        raise RuntimeError("broken inside")

    def draw() -> None:
        drawn[0] += 1

    def write() -> None:
        worded[0] += 1

    monkeypatch.setattr(panels["loss"], what, fail)
    monkeypatch.setattr(panels["accuracy"], "refresh", draw)
    monkeypatch.setattr(panels["accuracy"], "text_refresh", write)
    qtbot.waitUntil(lambda: failed[0] > 2 and drawn[0] > 2 and worded[0] > 1)
    (told,) = window.toasts.messages()
    assert told.text() == "Loss could not be drawn (RuntimeError: broken inside). The rest goes on."
    window.studio.step()
    qtbot.waitUntil(lambda: window.studio.transport.step == 1)
    assert told.action_button is not None
    QTest.mouseClick(told.action_button, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(ReportDialog)
    assert "broken inside" in dialog.text.toPlainText()
    dialog.close()


class Broken(QWidget):
    """Raises while it paints, with the painter still open."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.painted += 1
        raise RuntimeError(f"no colour for {painter.isActive()}")


class Sound(QWidget):
    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.painted += painter.isActive()
        painter.end()


def test_an_error_in_painting_is_shown_once_and_the_others_paint_on(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", window.incidents.unforeseen)
    broken, sound = Broken(window), Sound(window)
    for left, widget in enumerate((broken, sound)):
        widget.setGeometry(600 + 50 * left, 300, 40, 40)
        widget.show()
    for number in (1, 2, 3):
        broken.update()
        sound.update()
        qtbot.waitUntil(lambda number=number: min(broken.painted, sound.painted) >= number)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(window.findChildren(ReportDialog)) == 1)
    assert "no colour for True" in window.findChildren(ReportDialog)[0].text.toPlainText()
    window.studio.step()
    qtbot.waitUntil(lambda: window.studio.transport.step == 1)
    broken.hide()
    assert len(window.findChildren(ReportDialog)) == 1
    window.findChildren(ReportDialog)[0].close()


def _at_rest(qtbot: QtBot, window: MainWindow) -> None:
    """Stop the pump when every panel has drawn what there is."""
    panels = window.all_panels()
    qtbot.waitUntil(lambda: not window.studio.histograms.empty and not any(panel.refresh() for panel in panels))
    window.pump.stop()
    window.studio.drain()
    for _ in range(3):
        for panel in panels:
            panel.refresh()


@pytest.mark.parametrize("name", ["loss", "accuracy", "histograms", "samples"])
def test_a_panel_that_alone_has_news_is_drawn_in_the_next_slot(qtbot: QtBot, window: MainWindow, name: str) -> None:
    _at_rest(qtbot, window)
    panel: Any = window.views[0].panels[name]
    for _ in window.all_panels():  # whoever's turn it is
        assert not any(each.refresh() for each in window.all_panels())
        panel._version = -1
        window.pump.tick()
        assert panel._version != -1


def test_a_training_brings_news_to_each_panel_that_shows_it(qtbot: QtBot, window: MainWindow) -> None:
    _at_rest(qtbot, window)
    panels, studio = window.views[0].panels, window.studio
    studio.step()

    def told() -> bool:
        studio.ask_for("histograms.weights")
        studio.drain()
        return studio.transport.step == 1 and studio.histograms.shown()[-1].step == 1

    qtbot.waitUntil(told)
    assert {name for name, panel in panels.items() if panel.refresh()} == {"loss", "accuracy", "histograms"}
    assert not any(panel.refresh() for panel in panels.values())


def test_hidden_panels_get_no_slot(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window.pump.stop()
    asked: list[str] = []
    loss = window.views[0].panels["loss"]
    monkeypatch.setattr(window.try_panel, "refresh", lambda: asked.append("try"))
    monkeypatch.setattr(loss, "refresh", lambda: asked.append("loss"))

    def asked_in_a_round() -> set[str]:
        asked.clear()
        for _ in range(12):
            window.pump.tick()
        return set(asked)

    assert asked_in_a_round() == {"try", "loss"}
    window.show_try(False)
    assert asked_in_a_round() == {"loss"}
    loss.hide()
    assert asked_in_a_round() == set()
    window.show_try(True)
    assert asked_in_a_round() == {"try"}
    window.showMinimized()
    assert asked_in_a_round() == set()


# -- messages ---------------------------------------------------------------------------------------------------------


def test_what_the_studio_tells_is_shown(window: MainWindow, home: Path) -> None:
    window.studio.told.emit("error", "Something is amiss.")
    window.studio.save_experiment(home / "mine.json")
    assert messages(window) == ["Something is amiss.", "Saved mine.json"]


def test_the_end_of_a_training_is_told_if_wanted(window: MainWindow) -> None:
    window.studio.ended.emit("All 2 epochs are done.")
    assert messages(window) == ["All 2 epochs are done."]
    window.studio.preferences.set("notify", "false")
    window.studio.ended.emit("Again.")
    assert messages(window) == ["All 2 epochs are done."]


def test_the_title_says_what_is_open(window: MainWindow, home: Path) -> None:
    assert window.windowTitle() == "small – Backprop Studio"
    assert window.title_bar.name.accessibleName() == "small, new"
    window.studio.document.set("layers.1.units", "20")
    assert window.title_bar.name.accessibleName() == "small, edited"
    window.studio.save_experiment(home / "mine.json")
    assert window.title_bar.name.accessibleName() == "mine, saved"
    assert window.windowTitle() == "mine – Backprop Studio"


# -- files and the end ------------------------------------------------------------------------------------------------


def test_a_broken_file_is_told(window: MainWindow, home: Path) -> None:
    (home / "broken.json").write_text("{")
    window.open_file(home / "broken.json")
    assert (
        "broken.json: not readable as JSON: line 1, column 2: expected a name in double quotes" in messages(window)[0]
    )
    assert window.studio.document.experiment.name == "small"


@pytest.mark.parametrize(("answer", "opened"), [("discard", True), ("cancel", False)])
def test_edits_are_not_lost_without_a_question(
    window: MainWindow, home: Path, small: Experiment, monkeypatch: pytest.MonkeyPatch, answer: str, opened: bool
) -> None:
    save_experiment(home / "other.json", small.replace(name="other"))
    window.studio.document.set("layers.1.units", "20")
    asked: list[str] = []

    def ask(_: object, name: str) -> str:
        asked.append(name)
        return answer

    monkeypatch.setattr("app.window.main_window.ask_to_save", ask)
    window.open_file(home / "other.json")
    assert asked == ["small"]
    assert (window.studio.document.experiment.name == "other") is opened


def test_a_file_can_be_dropped_on_the_window(window: MainWindow, home: Path, small: Experiment) -> None:
    save_experiment(home / "dropped.json", small.replace(name="dropped"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(home / "dropped.json"))])
    window.dropEvent(
        QDropEvent(
            QPointF(300, 300),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    assert window.studio.document.experiment.name == "dropped"


def test_closing_while_training_asks(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(small.replace(epochs=5000))
    answers, asked = [False, True], list[int]()

    def ask(_: object) -> bool:
        asked.append(1)
        return answers.pop(0)

    monkeypatch.setattr("app.window.commands.ask_to_close", ask)
    window.studio.train()
    qtbot.waitUntil(lambda: window.studio.transport.step > 0)
    assert not window.close()
    assert window.isVisible()
    assert window.studio.transport.running
    assert window.close()
    assert len(asked) == 2
    assert window.studio.worker.isFinished()
    folder = window.studio.run_folder
    assert folder is not None
    assert (folder / "checkpoints" / "last.npz").exists()


def test_closing_at_rest_asks_nothing_where_edits_are_kept(
    make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.window.main_window.ask_to_save", lambda *_: pytest.fail("asked"))
    window = make_window()
    window.studio.document.set("layers.1.units", "20")
    assert window.close()


def test_closing_asks_for_edits_that_are_not_kept(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window()
    window.studio.preferences.set("autosave", "false")
    window.studio.document.set("layers.1.units", "20")
    answers = ["cancel", "discard"]
    monkeypatch.setattr("app.window.main_window.ask_to_save", lambda *_: answers.pop(0))
    assert not window.close()
    assert window.close()


def test_a_closed_window_does_not_tick_on(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.close_at_once()
    assert not window.pump._timer.isActive()
    assert isinstance(window.studio, Studio)
    assert window.studio.tasks.isFinished()
    assert QApplication.activeWindow() is not window


def test_what_waits_for_a_new_training_does_not_claim_to_take_effect_at_once(
    qtbot: QtBot, window: MainWindow, shown_studio: Studio
) -> None:
    studio, build = shown_studio, window.build
    dots = build.findChildren(LiveDot)
    studio.step()
    qtbot.waitUntil(lambda: studio.transport.step == 1 and not studio.transport.running)
    studio.document.set("optimizer.learning_rate", "0.02")
    assert dots
    assert all(dot.claims for dot in dots)
    assert not build.waiting.isVisible()
    studio.document.set("optimizer", "adam" if studio.document.value("optimizer").registered_name == "sgd" else "sgd")
    dots = build.findChildren(LiveDot)
    assert not any(dot.claims or "at once" in dot.toolTip() for dot in dots)
    assert build.waiting.isVisible()
    studio.document.undo()
    assert all(dot.claims for dot in build.findChildren(LiveDot))
    assert not build.waiting.isVisible()


def test_after_the_last_epoch_more_of_them_are_offered_and_can_be_undone(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment
) -> None:
    window = make_window(small.replace(epochs=2))
    studio, transport = window.studio, window.studio.transport
    studio.preferences.set("notify", "off")
    studio.train()
    qtbot.waitUntil(lambda: transport.finished and not transport.will_run, timeout=20_000)
    assert not messages(window)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(messages(window)))
    (toast,) = window.toasts.messages()
    link = toast.action_button
    assert link is not None
    assert link.text() == "Train 2 more"
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert studio.document.experiment.epochs == 4
    assert studio.document.undo_text == "Undo epochs 2 → 4"
    qtbot.waitUntil(lambda: transport.epochs_done == 4 and not transport.will_run, timeout=20_000)
    assert transport.finished


def _answer_to_train_after_the_end(qtbot: QtBot, window: MainWindow) -> QWidget:
    """Train to the end and press Train again: the link that is offered then."""
    transport = window.studio.transport
    window.studio.train()
    qtbot.waitUntil(lambda: transport.finished and not transport.will_run, timeout=20_000)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any(toast.action_button for toast in window.toasts.messages()))
    (link,) = (toast.action_button for toast in window.toasts.messages() if toast.action_button)
    return link


@pytest.mark.parametrize("other", ["another experiment", "the initial weights"])
def test_more_epochs_are_of_the_training_that_ended_and_of_no_other(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment, other: str
) -> None:
    window = make_window(small.replace(epochs=2))
    studio, transport = window.studio, window.studio.transport
    link = _answer_to_train_after_the_end(qtbot, window)
    if other == "another experiment":
        studio.new_experiment("softmax-regression")
    else:
        studio.rewind()
    qtbot.waitUntil(lambda: studio.session is not None and transport.worker_state == "paused", timeout=20_000)
    before = studio.document.experiment
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert studio.document.experiment == before
    assert not transport.will_run
    assert not window.toasts.messages()


def test_the_first_end_of_a_training_is_no_press_after_the_end_of_the_one_before(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment
) -> None:
    """Though both end at the same step."""
    window = make_window(small.replace(epochs=2))
    studio, transport = window.studio, window.studio.transport
    studio.preferences.set("notify", "off")
    ends: list[str] = []
    studio.ended.connect(ends.append)
    for _ in range(2):
        studio.rewind()
        studio.train()
        qtbot.waitUntil(lambda: bool(ends) and not transport.will_run, timeout=20_000)
        assert transport.finished
        ends.clear()
    assert not messages(window)


def test_the_offer_of_more_epochs_says_that_the_rate_goes_up_again(
    qtbot: QtBot, make_window: MakeWindow, small: Experiment
) -> None:
    window = make_window(small.replace(epochs=2, schedule=OneCycle()))
    transport = window.studio.transport
    window.studio.preferences.set("notify", "off")
    window.studio.train()
    qtbot.waitUntil(lambda: transport.finished and not transport.will_run, timeout=20_000)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(messages(window)))
    assert "the schedule is stretched over all 4 epochs: the rate goes up from" in messages(window)[0]
