"""A drag near an edge moves what can be scrolled."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.edge_scroll import EDGE, FASTEST, EdgeScroll


@pytest.fixture
def area(qtbot: QtBot) -> QScrollArea:
    made = QScrollArea()
    tall = QWidget()
    tall.setFixedSize(100, 1000)
    made.setWidget(tall)
    qtbot.addWidget(made)
    made.resize(140, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def inside(area: QScrollArea) -> QWidget:
    widget = area.widget()
    assert widget is not None
    return widget


def on_screen(area: QScrollArea, y: int) -> QPoint:
    return area.viewport().mapToGlobal(QPoint(20, y))


def test_it_moves_down_near_the_lower_edge_and_up_near_the_upper_one(qtbot: QtBot, area: QScrollArea) -> None:
    bar, scroll = area.verticalScrollBar(), EdgeScroll(inside(area))
    scroll.start()
    scroll.follow(on_screen(area, area.viewport().height() + 30))
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    scroll.follow(on_screen(area, 2))
    qtbot.waitUntil(lambda: bar.value() == 0)
    scroll.stop()
    assert not scroll.active


def test_it_is_faster_nearer_to_the_edge_and_rests_in_the_middle(area: QScrollArea) -> None:
    bar, scroll = area.verticalScrollBar(), EdgeScroll(inside(area))
    height, heard = area.viewport().height(), list[QPoint]()
    scroll.scrolled.connect(heard.append)
    moves = []
    for y in (height // 2, height - EDGE // 2, height, height + 500):
        before = bar.value()
        scroll.follow(on_screen(area, y))
        scroll._move()
        moves.append(bar.value() - before)
    assert moves == [0, FASTEST // 2, FASTEST, FASTEST]
    assert len(heard) == 3


def test_without_anything_to_scroll_it_does_nothing(qtbot: QtBot) -> None:
    alone = QWidget()
    qtbot.addWidget(alone)
    heard: list[QPoint] = []
    scroll = EdgeScroll(alone)
    scroll.scrolled.connect(heard.append)
    scroll.follow(QPoint(5, 5))
    scroll._move()
    assert heard == []
