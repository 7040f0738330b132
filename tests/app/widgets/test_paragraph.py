from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from app.theme import font
from app.widgets.paragraph import balanced, broken

SENTENCE = "The share of digits it names rightly. It should rise."


@pytest.mark.parametrize("room", [90, 140, 200, 255, 1000])
def test_balanced_lines_are_as_few_and_of_like_lengths(qapp: QApplication, room: int) -> None:
    metrics = QFontMetrics(font())
    greedy, even = broken(SENTENCE, metrics, room), balanced(SENTENCE, metrics, room)
    assert " ".join(even) == SENTENCE
    assert len(even) == len(greedy)
    widths = [metrics.horizontalAdvance(line) for line in even]
    assert max(widths) <= room
    assert max(widths) <= max(metrics.horizontalAdvance(line) for line in greedy)
    assert min(widths) >= max(widths) / 2


def test_a_word_that_is_too_long_stands_alone(qapp: QApplication) -> None:
    assert balanced("Hyperparameters", QFontMetrics(font()), 20) == ["Hyperparameters"]
    assert balanced("", QFontMetrics(font()), 20) == [""]
