"""The chart of the loss over the learning rate: a line that is dragged, or moved by keys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.widgets.rate_chart import RateChart

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def chart(qtbot: QtBot) -> RateChart:
    made = RateChart("Learning rate", "Drag the line.")
    qtbot.addWidget(made)
    made.resize(640, 300)
    rates = np.geomspace(1e-6, 10, 100)
    losses = 2.0 - np.exp(-((np.log10(rates) + 1) ** 2))
    made.show_curve(rates, losses + 0.1, losses)
    made.set_line(0.01)
    made.line_moved.connect(lambda rate: made.set_line(float(f"{rate:.2g}")))
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.setFocus()
    return made


def picture(chart: RateChart) -> QImage:
    return chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def is_blue(image: QImage, x: float, y: float) -> bool:
    shade, wanted = image.pixelColor(round(x), round(y)), theme().color("accent")
    return max(abs(shade.red() - wanted.red()), abs(shade.blue() - wanted.blue())) < 12


def test_the_line_stands_at_its_rate_on_a_scale_of_ratios(chart: RateChart) -> None:
    at = {}
    for rate in (1e-6, 1e-3, 1e-2, 10.0):
        chart.set_line(rate)
        at[rate] = chart.line_x()
    assert at[1e-2] - at[1e-3] == pytest.approx((at[10.0] - at[1e-6]) / 7)
    for rate, x in at.items():
        assert chart.rate_at(x) == pytest.approx(rate)
    assert chart.rate_at(-50) == pytest.approx(1e-6)
    assert chart.rate_at(5000) == pytest.approx(10)


def test_it_is_drawn_there_and_moves(chart: RateChart) -> None:
    x = chart.line_x()
    assert is_blue(picture(chart), x, 200)
    for beyond in (1e-7, 20.0):
        chart.set_line(beyond)
        image = picture(chart)
        assert not any(is_blue(image, place, 200) for place in range(chart.width()))
    chart.set_line(1e-4)
    assert not is_blue(picture(chart), x, 200)
    assert is_blue(picture(chart), chart.line_x(), 200)


def test_dragging_moves_the_line(qtbot: QtBot, chart: RateChart) -> None:
    start = QPoint(round(chart.line_x()), 150)
    heard: list[float] = []
    chart.line_moved.connect(heard.append)
    QTest.mousePress(chart, LEFT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(chart, start + QPoint(20 * step, step))
    QTest.mouseRelease(chart, LEFT, pos=start + QPoint(100, 5))
    assert heard == sorted(heard)
    assert len(heard) >= 5
    assert chart.rate == pytest.approx(chart.rate_at(start.x() + 100), rel=0.06)
    count = len(heard)
    QTest.mouseMove(chart, start)
    assert len(heard) == count  # the button is up


def test_escape_gives_a_drag_up(chart: RateChart) -> None:
    QTest.mousePress(chart, LEFT, pos=QPoint(400, 150))
    QTest.mouseMove(chart, QPoint(300, 150))
    assert chart.rate != 0.01
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.rate == 0.01
    assert chart.isVisible()
    QTest.mouseMove(chart, QPoint(200, 150))
    assert chart.rate == 0.01
    QTest.mouseRelease(chart, LEFT, pos=QPoint(200, 150))


def test_a_press_puts_it_there_at_once_and_other_buttons_do_nothing(chart: RateChart) -> None:
    QTest.mouseClick(chart, LEFT, pos=QPoint(400, 100))
    assert chart.rate == pytest.approx(chart.rate_at(400), rel=0.06)
    before = chart.rate
    QTest.mouseClick(chart, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    assert chart.rate == before


@pytest.mark.parametrize(
    ("key", "rate"),
    [
        (Qt.Key.Key_Right, 0.011),
        (Qt.Key.Key_Up, 0.011),
        (Qt.Key.Key_Left, 0.0099),
        (Qt.Key.Key_Down, 0.0099),
        (Qt.Key.Key_PageUp, 0.018),
        (Qt.Key.Key_PageDown, 0.0056),
        (Qt.Key.Key_Home, 1e-6),
        (Qt.Key.Key_End, 10.0),
    ],
)
def test_keys_move_it(chart: RateChart, key: Qt.Key, rate: float) -> None:
    QTest.keyClick(chart, key)
    assert chart.rate == pytest.approx(rate)


def test_keys_do_not_move_it_off_the_axis(chart: RateChart) -> None:
    for end, key, rate in (
        (Qt.Key.Key_Home, Qt.Key.Key_Left, 1e-6),
        (Qt.Key.Key_End, Qt.Key.Key_Right, 10.0),
        (Qt.Key.Key_End, Qt.Key.Key_PageUp, 10.0),
    ):
        QTest.keyClick(chart, end)
        QTest.keyClick(chart, key)
        assert chart.rate == pytest.approx(rate)


def test_who_cannot_see_it_hears_the_rate(chart: RateChart) -> None:
    assert chart.accessibleName() == "Learning rate, 0.01"
    chart.set_line(0.000051)
    assert chart.accessibleName() == "Learning rate, 0.000051"
    assert "Drag" in chart.accessibleDescription()


def test_without_a_curve_there_is_nothing_to_drag_and_words_say_why(chart: RateChart) -> None:
    nothing = np.empty(0)
    chart.show_curve(nothing, nothing, nothing)
    chart.show_words("Nothing here")
    worded = picture(chart)
    chart.show_words("")
    assert worded != picture(chart)
    QTest.mouseClick(chart, LEFT, pos=QPoint(400, 100))
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.rate == 0.01


def test_marks_are_drawn_with_their_names_and_off_the_axis_not_at_all(chart: RateChart) -> None:
    plain = picture(chart)
    chart.show_marks({"far": 1e4})
    assert picture(chart) == plain
    chart.show_marks({"valley": 0.001, "steepest": 9.9})  # the second has its label at its left
    assert picture(chart) != plain


@pytest.mark.parametrize(
    "losses", [[2.0], [0.0, 0.0], [2.0, math.nan, 3.0], [-3.0, -2.0], [1e300, math.inf], [math.nan]]
)
def test_any_losses_can_be_drawn(chart: RateChart, losses: list[float]) -> None:
    rates = np.geomspace(1e-6, 1e-3, len(losses))
    chart.show_curve(rates, np.array(losses), np.array(losses))
    chart.show_marks({"valley": 5e-4})
    assert not picture(chart).isNull()
