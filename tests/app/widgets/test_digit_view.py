"""The small picture: every value a square of its own."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import apply_theme, theme
from app.widgets.digit_view import DigitView


def test_pixels_are_squares_in_the_colours_of_the_theme(qtbot: QtBot) -> None:
    view = DigitView()
    qtbot.addWidget(view)
    view.resize(view.sizeHint())
    assert view.sizeHint().width() == 86
    pixels = np.zeros((28, 28), np.uint8)
    pixels[2, 3] = 255
    view.set_pixels(pixels)
    pixels[2, 3] = 0
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    for name in ("dark", "light"):
        apply_theme(application, name)
        shown = view.grab().toImage()
        full = {(x, y) for x in range(86) for y in range(86) if shown.pixelColor(x, y) == theme().color("ink_high")}
        assert full == {(1 + 9 + x, 1 + 6 + y) for x in range(3) for y in range(3)}
    view.set_pixels(None)
    assert view.pixels() is None
    assert view.grab().toImage().pixelColor(10, 7) == theme().color("ink_low")


@pytest.mark.parametrize("side", [28, 30])
def test_other_sizes(qtbot: QtBot, side: int) -> None:
    view = DigitView(side, 2)
    qtbot.addWidget(view)
    view.set_pixels(np.full((side, side), 255, np.uint8))
    assert view.grab().toImage().pixelColor(side, side) == theme().color("ink_high")
