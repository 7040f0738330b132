from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.window.figures import Figure, Figures


def shown(figures: Figures) -> QImage:
    return figures.grab().toImage()


def test_they_are_painted_and_named(qtbot: QtBot) -> None:
    figures = Figures()
    qtbot.addWidget(figures)
    figures.resize(400, 48)
    empty = shown(figures)
    figures.show_figures([Figure("Epoch", "3", "of 20"), Figure("Speed", "90k", "samples/s", "888k")])
    assert figures.accessibleName() == "Epoch 3 of 20; Speed 90k samples/s"
    assert shown(figures) != empty


def test_what_does_not_fit_is_left_out(qtbot: QtBot) -> None:
    figures, one = Figures(), Figures()
    for widget in (figures, one):
        qtbot.addWidget(widget)
        widget.resize(110, 48)
    first = Figure("Epoch", "3", "of 20")
    one.show_figures([first])
    figures.show_figures([first, Figure("Validation accuracy", "98.3", "%")])
    assert shown(figures) == shown(one)


def test_gaps_give_way_before_a_figure_does(qtbot: QtBot) -> None:
    figures = Figures()
    qtbot.addWidget(figures)
    figures.show_figures(
        [Figure("Epoch", "3", "of 20"), Figure("Best", "98.1", "%"), Figure("Speed", "90k", "a second")]
    )
    least = figures.least_width()
    gaps = {}
    for width in (least + 100, least + 10, least):
        figures.resize(width, 48)
        places = figures.places()
        assert len(places) == 3
        gaps[width] = places[1]
    assert gaps[least + 100] > gaps[least + 10] > gaps[least]
    figures.resize(least + 1000, 48)
    assert figures.places()[1] == gaps[least + 100]  # and do not grow for ever
    figures.resize(least - 1, 48)
    assert len(figures.places()) == 2


def test_a_number_that_grows_moves_nothing_beside_it(qtbot: QtBot) -> None:
    figures = Figures()
    qtbot.addWidget(figures)
    figures.resize(400, 48)
    right = Figure("Rate", "0.1", "in use")
    figures.show_figures([Figure("Speed", "9", "a second", "888k"), right])
    width = figures.devicePixelRatio() * 200
    before = shown(figures).copy(int(width), 0, int(width), 48)
    figures.show_figures([Figure("Speed", "90k", "a second", "888k"), right])
    assert shown(figures).copy(int(width), 0, int(width), 48) == before
