from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from app.panels.panel import Panel
from app.window.view_frame import ViewFrame


class Plain(Panel):
    title = "Plain"


class WithMenu(Panel):
    title = "With a menu"

    def __init__(self) -> None:
        super().__init__()
        self.more = QToolButton(self)
        self.more.setMenu(QMenu(self.more))
        menu = self.more.menu()
        menu.aboutToShow.connect(menu.clear)
        menu.aboutToShow.connect(lambda: menu.addAction("Its own"))

    def more_menu(self) -> QMenu:
        return self.more.menu()


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ViewFrame]:
    frame = ViewFrame([[("a", Plain()), ("b", WithMenu())], [("c", Plain())]])
    qtbot.addWidget(frame)
    frame.resize(800, 600)
    frame.show()
    yield frame
    frame.close_floating()


def test_all_panels_are_in_their_places(view: ViewFrame) -> None:
    assert list(view.panels) == ["a", "b", "c"]
    assert all(panel.isVisible() for panel in view.panels.values())
    assert view.floating_panels() == []


def test_a_panel_floats_and_comes_back_to_its_place(view: ViewFrame) -> None:
    frame, splitter, _ = view._frames["a"]
    view.toggle_floating("a")
    assert view.floating_panels() == [view.panels["a"]]
    assert frame.window() is not view
    assert frame.window().windowTitle() == "Plain – Backprop Studio"
    assert splitter.indexOf(frame) == -1
    assert view.panels["a"].isVisible()
    view.toggle_floating("a")
    assert view.floating_panels() == []
    assert splitter.indexOf(frame) == 0
    assert frame.window() is view
    assert view.panels["a"].isVisible()


def test_closing_the_window_of_a_panel_brings_it_back(view: ViewFrame) -> None:
    view.toggle_floating("b")
    frame, splitter, _ = view._frames["b"]
    frame.window().close()
    assert splitter.indexOf(frame) == 1
    assert view.panels["b"].isVisible()


def test_two_that_float_come_back_in_order(view: ViewFrame) -> None:
    view.toggle_floating("a")
    view.toggle_floating("b")
    view.toggle_floating("b")
    view.toggle_floating("a")
    splitter = view._frames["a"][1]
    assert [splitter.indexOf(view._frames[name][0]) for name in ("a", "b")] == [0, 1]


def test_the_menu_of_a_panel_offers_it(view: ViewFrame) -> None:
    own = view._frames["a"][0].menu
    assert [action.text() for action in own.actions()] == ["Open in a window of its own"]
    own.actions()[0].trigger()
    assert view.floating_panels() == [view.panels["a"]]


def test_a_menu_that_is_filled_as_it_opens_offers_it_too(view: ViewFrame) -> None:
    panel = view.panels["b"]
    assert isinstance(panel, WithMenu)
    menu = panel.more.menu()
    for expected in ("Open in a window of its own", "Back into the main window"):
        menu.aboutToShow.emit()
        words = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert words == ["Its own", expected]
        menu.actions()[-1].trigger()
    assert view.floating_panels() == []


def test_sizes_come_back(view: ViewFrame) -> None:
    initial = view._columns.sizes()
    view._columns.setSizes([100, 500])
    changed, state = view._columns.sizes(), view.layout_state()
    assert changed != initial
    view.reset_layout()
    assert abs(view._columns.sizes()[0] - initial[0]) <= 1
    view.restore_layout(state)
    assert view._columns.sizes() == changed
    view.restore_layout([QByteArray()])
    view.restore_layout([QByteArray(b"nonsense")] * 3)
    assert view._columns.sizes() == changed


def test_reset_brings_floating_panels_back(view: ViewFrame) -> None:
    view.toggle_floating("a")
    view.toggle_floating("c")
    view.reset_layout()
    assert view.floating_panels() == []
    assert all(panel.isVisible() for panel in view.panels.values())
