from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.theme import apply_theme, theme
from app.widgets.mosaic import Bytes, Mosaic, ink_image, together

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def images() -> Bytes:
    return np.random.default_rng(0).integers(0, 256, (9, 28, 28)).astype(np.uint8)


@pytest.fixture
def mosaic(qtbot: QtBot, images: Bytes) -> Mosaic:
    made = Mosaic(3)
    qtbot.addWidget(made)
    made.set_images(images, [f"draw {index}" for index in range(9)])
    made.resize(258, 258)
    made.show()
    return made


def _click(mosaic: Mosaic, index: int) -> None:
    QTest.mouseClick(mosaic, LEFT, pos=mosaic.cell(index).center().toPoint())


def test_all_images_are_one_indexed_image_in_ink(mosaic: Mosaic, images: Bytes) -> None:
    picture = mosaic.picture()
    assert picture.format() == QImage.Format.Format_Indexed8
    assert picture.size() == QSize(84, 84)
    assert picture.colorTable()[0] == theme().color("ink_low").rgb()
    assert picture.colorTable()[255] == theme().color("ink_high").rgb()
    assert picture.pixelIndex(28 + 5, 56 + 7) == images[7, 7, 5]


def test_every_pixel_is_a_square_of_its_ink(mosaic: Mosaic, images: Bytes) -> None:
    shot, table = mosaic.grab().toImage(), mosaic.picture().colorTable()
    for index in (0, 4, 8):
        corner = mosaic.cell(index).topLeft().toPoint() + QPoint(1, 1)
        for y, x in ((0, 0), (3, 9), (27, 27)):
            for dx, dy in ((0, 0), (2, 2)):
                place = corner + QPoint(3 * x + dx, 3 * y + dy)
                assert shot.pixel(place) == table[images[index, y, x]]


def test_a_click_chooses_and_frames(qtbot: QtBot, mosaic: Mosaic) -> None:
    with qtbot.waitSignal(mosaic.chosen) as told:
        _click(mosaic, 4)
    assert told.args == [4]
    assert mosaic.index() == 4
    frame = mosaic.cell(4).topLeft().toPoint()
    assert mosaic.grab().toImage().pixelColor(frame) == theme().color("accent")
    with qtbot.assertNotEmitted(mosaic.chosen):
        _click(mosaic, 4)


def test_keys_choose(mosaic: Mosaic) -> None:
    for key, index in (
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 4),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_End, 8),
        (Qt.Key.Key_Right, 8),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
    ):
        QTest.keyClick(mosaic, key)
        assert mosaic.index() == index
    assert mosaic.accessibleDescription() == "1 of 9: draw 0"


def test_pointing_at_an_image_tells_of_it(mosaic: Mosaic) -> None:
    place = mosaic.cell(5).center().toPoint()
    QApplication.sendEvent(mosaic, QHelpEvent(QEvent.Type.ToolTip, place, mosaic.mapToGlobal(place)))
    assert QToolTip.text() == "draw 5"
    QToolTip.hideText()


@pytest.mark.parametrize(("size", "scale"), [(258, 3.0), (259, 3.0), (257, 2.0), (90, 1.0), (60, 0.64)])
def test_scales_are_whole_unless_there_is_no_room(mosaic: Mosaic, size: int, scale: float) -> None:
    assert mosaic.scale_for(size, size) == pytest.approx(scale, abs=0.01)
    if scale >= 1:
        assert mosaic.size_for(scale).width() == 3 * (28 * scale + 2)


def test_a_spread_row_ends_at_both_edges(qtbot: QtBot, images: Bytes) -> None:
    row = Mosaic(9, gap=2, spread=True)
    qtbot.addWidget(row)
    row.set_images(images)
    row.resize(400, 30)
    assert row.cell(0).left() == 0
    assert row.cell(8).right() == pytest.approx(400, abs=1)


def test_colours_follow_the_theme(qapp: QApplication, mosaic: Mosaic) -> None:
    try:
        apply_theme(qapp, "dark")
        assert mosaic.picture().colorTable()[0] == theme().color("ink_low").rgb()
        dark = mosaic.grab().toImage()
    finally:
        apply_theme(qapp, "light")
    assert mosaic.grab().toImage() != dark


def test_images_in_colour_keep_their_colours() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    image[1, 2] = (10, 200, 30)
    assert ink_image(image).pixelColor(2, 1).name() == "#0ac81e"


def test_places_without_an_image_stay_empty(images: Bytes) -> None:
    whole = together(images[:4], 3)
    assert whole.shape == (56, 84)
    assert not whole[28:, 28:].any()


def test_one_that_only_shows_takes_no_choice(qtbot: QtBot, images: Bytes) -> None:
    mosaic = Mosaic(1, choosable=False)
    qtbot.addWidget(mosaic)
    mosaic.set_images(images[:1])
    mosaic.show()
    with qtbot.assertNotEmitted(mosaic.chosen):
        QTest.mouseClick(mosaic, LEFT)
        QTest.keyClick(mosaic, Qt.Key.Key_Right)
    assert mosaic.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_no_images_at_all_draw_nothing(qtbot: QtBot) -> None:
    mosaic = Mosaic(3)
    qtbot.addWidget(mosaic)
    mosaic.resize(30, 30)
    mosaic.show()
    assert not mosaic.grab().isNull()
