"""Ink: the same however it came about, where the strokes are and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view_models.ink import NOWHERE, SIDE, Point, Stroke, draw_piece, draw_stroke, ink_of

places = st.floats(-40, SIDE + 40, allow_nan=False)
points = st.builds(Point, places, places, st.floats(1, 40))
strokes = st.builds(Stroke, st.sampled_from(("pen", "eraser")), st.lists(points, min_size=1, max_size=5))


@given(drawn=st.lists(strokes, max_size=4))
def test_growing_ink_equals_the_ink_of_the_finished_strokes(drawn: list[Stroke]) -> None:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    for stroke in drawn:
        last = stroke.points[0]
        draw_piece(ink, stroke.tool, last, last)
        for point in stroke.points[1:]:
            draw_piece(ink, stroke.tool, last, point)
            last = point
    np.testing.assert_array_equal(ink, ink_of(drawn))


@given(stroke=strokes)
def test_nothing_changes_outside_the_area_told(stroke: Stroke) -> None:
    before = np.full((SIDE, SIDE), 100, np.uint8)
    after = before.copy()
    area = draw_stroke(after, stroke)
    after[area.slices] = 100
    np.testing.assert_array_equal(after, before)


def test_a_line_is_as_wide_as_the_brush() -> None:
    ink = ink_of([Stroke("pen", [Point(60, 140, 24), Point(220, 140, 24)])])
    assert ink[:, 140].sum() == 24 * 255
    assert ink[140].sum() == pytest.approx((160 + 24) * 255, rel=0.01)


def test_a_dot_is_round() -> None:
    ink = ink_of([Stroke("pen", [Point(140, 140, 40)])])
    assert ink.sum() / 255 == pytest.approx(np.pi * 20**2, rel=0.01)
    np.testing.assert_array_equal(ink, ink.T)
    np.testing.assert_array_equal(ink, ink[::-1])


def test_the_brush_follows_the_pressure() -> None:
    ink = ink_of([Stroke("pen", [Point(60, 140, 10), Point(220, 140, 30)])])
    widths = ink[:, 80:210].sum(axis=0) / 255
    assert (np.diff(widths) >= -0.1).all()
    assert widths[0] < 14
    assert widths[-1] > 26


def test_the_eraser_takes_away_what_the_pen_left() -> None:
    line = [Point(60, 140, 20), Point(220, 140, 20)]
    wider = [Point(50, 140, 30), Point(230, 140, 30)]
    assert not ink_of([Stroke("pen", line), Stroke("eraser", wider)]).any()


def test_beyond_the_edge_there_is_no_pad() -> None:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    assert draw_piece(ink, "pen", Point(-100, -100, 10), Point(-50, -100, 10)) is NOWHERE
    assert not ink.any()
