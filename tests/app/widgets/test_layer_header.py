"""The header of a layer's card: whatever stands in it, no word lies over another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication

from app.theme import apply_theme
from app.widgets.layer_header import Word, header_words

LEFT, RIGHT, COLUMN = 23, 254, 193


@dataclass(frozen=True)
class Row:
    title: str
    detail: str = ""
    output: str = ""
    parameters: int | None = None
    error: str = ""
    explanation: str = ""


@pytest.fixture(autouse=True)
def fonts(qapp: QApplication) -> None:
    apply_theme(qapp, "light")


def words(row: Row, right: int = RIGHT) -> dict[str, Word]:
    found = sorted(header_words(row, LEFT, right, COLUMN), key=lambda word: word.left)
    assert found[0].left == LEFT
    assert all(word.left + word.width < after.left for word, after in pairwise(found))
    assert all(word.left + word.width <= right for word in found)
    return {word.text: word for word in found}


def test_an_easy_row_has_its_shape_in_the_column() -> None:
    found = words(Row("Dense", "300 relu", "→ 300", 235_500))
    assert set(found) == {"Dense", "300 relu", "→ 300", "235,500"}
    assert found["→ 300"].left + found["→ 300"].width == COLUMN


def test_a_crowded_row_lets_its_shape_move_aside() -> None:
    found = words(Row("Batch normalization", "", "→ 24×24×8", 32))
    assert set(found) == {"Batch normalization", "→ 24×24×8", "32"}


def test_a_more_crowded_row_leaves_its_parameters_to_the_tooltip() -> None:
    assert set(words(Row("Convolution", "8 5×5 relu", "→ 24×24×8", 208))) == {"Convolution", "8 5×5 relu", "→ 24×24×8"}


def test_settings_are_cut_before_the_title_and_the_shape_never() -> None:
    found = list(words(Row("Convolution", "128 3×3 strides 2×2 same leaky relu", "→ 6×6×128", 9_344)))
    assert found[0] == "Convolution"
    assert found[1].startswith("128 3×3")
    assert found[1].endswith("…")
    assert found[2] == "→ 6×6×128"
    found = list(words(Row("A layer with a very long name that nobody needs", "5 things", "→ 24×24×8", 7)))
    assert found[0].startswith("A layer with")
    assert found[0].endswith("…")
    assert found[1:] == ["→ 24×24×8"]


def test_a_row_with_an_error_says_nothing_of_what_comes_out() -> None:
    assert set(words(Row("Dense", "300 relu", "→ 300", 5, error="No."), 230)) == {"Dense", "300 relu"}
