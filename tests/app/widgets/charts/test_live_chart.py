from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.widgets.charts.content import TRAINING, VALIDATION, Content, Mark, Wording
from app.widgets.charts.live_chart import LiveChart
from app.widgets.charts.overlay import Label, Pennant

LOSS = Wording("Loss", empty_title="Nothing yet", empty_note="Soon.")
ACCURACY = Wording("Accuracy", percent=True, rises=True, flag_texts=False)
EPOCH = 100


def content(count: int, seed: int = 0, generation: int = 1) -> Content:
    rng = np.random.default_rng(seed)
    raw = (0.1 + 2 * np.exp(-np.arange(20_000) / 300)) * rng.gamma(6, 1 / 6, 20_000)
    kernel = np.ones(30) / 30
    smooth = np.convolve(raw, kernel)[: len(raw)]
    steps = np.arange(1.0, count + 1)
    ends = np.arange(EPOCH, count + 1, EPOCH, dtype=float)
    points = 0.05 + 0.5 / np.arange(1, len(ends) + 1)
    flags = [(float(step), f"rate {step} → {step / 2:g}") for step in (150, 170, 420) if step <= count]
    best = Mark(ends[-1], points[-1], f"best {points[-1]:.3f}, epoch {len(ends)}") if len(ends) else None
    return Content(steps, raw[:count], smooth[:count], ends, points, flags, best, EPOCH, 40 * EPOCH, generation)


@pytest.fixture
def chart(qtbot: QtBot) -> LiveChart:
    return make(qtbot)


@pytest.fixture(autouse=True)
def _light() -> Iterator[None]:
    before = theme().name
    yield
    if theme().name != before:
        theme().name = before
        theme().changed.emit()


def make(qtbot: QtBot, wording: Wording = LOSS, log: bool = True) -> LiveChart:
    made = LiveChart(wording)
    qtbot.addWidget(made)
    made.resize(415, 301)
    made.set_log(log)
    # What the panels do: a view chosen in one chart comes back to it, following is decided by the shared view.
    made.follow_asked.connect(lambda: made.set_range(None))
    made.pointed_at.connect(made.set_cursor_step)
    made.show()
    return made


def shot(chart: LiveChart) -> QImage:
    return chart.grab().toImage()


def wheel(chart: LiveChart, place: QPointF, notches: float = 1) -> None:
    turn = QPoint(0, int(120 * notches))
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        place,
        chart.mapToGlobal(place),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        none,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart, event)


def drag(chart: LiveChart, start: QPointF, end: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for kind, place, button, buttons in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, (start + end) / 2, Qt.MouseButton.NoButton, left),
        (QEvent.Type.MouseMove, end, Qt.MouseButton.NoButton, left),
        (QEvent.Type.MouseButtonRelease, end, left, Qt.MouseButton.NoButton),
    ):
        QApplication.sendEvent(chart, QMouseEvent(kind, place, chart.mapToGlobal(place), button, buttons, none))


# -- painting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wording", [LOSS, ACCURACY])
@pytest.mark.parametrize("piece", [1, 7, 60])
def test_what_ticks_paint_is_what_a_redraw_paints(qtbot: QtBot, wording: Wording, piece: int) -> None:
    chart = make(qtbot, wording)
    for count in range(piece, 1500 if piece > 1 else 250, piece):
        made = content(count)
        chart.set_content(replace(made, raw=made.raw / 3, smooth=made.smooth / 3) if wording.percent else made)
        if count % (piece * 5) == 0:
            shot(chart)
    assert chart.strips > chart.redraws
    ticked = shot(chart)
    chart.redraw()
    assert shot(chart) == ticked


@pytest.mark.parametrize("span", [(500.0, 700.0), (0.0, 4000.0)])
def test_ticks_in_a_zoomed_view_paint_the_same_too(qtbot: QtBot, span: tuple[float, float]) -> None:
    chart = make(qtbot)
    chart.set_content(content(520))
    chart.set_range(span)
    redraws = chart.redraws
    for count in range(523, 800, 9):
        chart.set_content(content(count))
    ticked = shot(chart)
    assert chart.redraws == redraws
    chart.redraw()
    assert shot(chart) == ticked


def test_a_tick_asks_only_for_the_new_columns(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(1000))
    QApplication.processEvents()
    asked = []
    chart.update = lambda rect=None: asked.append(rect)  # type: ignore[method-assign, assignment]
    chart.set_content(content(1010))
    assert asked
    assert all(rect is not None and rect.width() <= 20 for rect in asked)


def test_nothing_is_drawn_while_hidden_or_unchanged(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(500))
    chart.hide()
    before = chart.redraws, chart.strips
    for count in range(500, 600, 10):
        chart.set_content(content(count))
    assert (chart.redraws, chart.strips) == before
    chart.show()
    assert chart.redraws == before[0] + 1
    before = chart.redraws, chart.strips
    chart.set_content(chart.content)
    assert (chart.redraws, chart.strips) == before


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        [1.0],
        [0.0],
        [float("nan")],
        [float("nan")] * 5 + [1.0],
        [1.0, float("inf"), 2.0, float("nan"), -1.0],
        [1e308, 1e-308, -1e308],
        [1e38] * 700,
        [0.0] * 700,
        [5e-324, 1e300],
    ],
)
def test_any_values_can_be_drawn_and_shown_all(qtbot: QtBot, values: list[float], log: bool) -> None:
    chart = make(qtbot, log=log)
    data = np.array(values)
    one = Content(np.arange(1.0, len(data) + 1), data, data, generation=1, steps_per_epoch=10)
    chart.set_content(one)
    shot(chart)
    chart.show_all()
    shot(chart)
    for _ in range(60):
        wheel(chart, QPointF(200, 100))
    for _ in range(120):
        wheel(chart, QPointF(200, 100), -1)
    assert not shot(chart).isNull()


def test_a_hundred_thousand_points(qtbot: QtBot, chart: LiveChart) -> None:
    rng = np.random.default_rng(1)
    raw = rng.gamma(6, 0.1, 100_000)
    raw[77_777] = 50
    chart.set_content(Content(np.arange(1.0, 100_001), raw, raw, steps_per_epoch=1000, generation=1))
    chart.show_all()
    # The spike is seen: something of the training's colour stands above everything else at its place.
    image, frame = shot(chart), chart.frame
    x, y = int(frame.px(77_778)), int(frame.py(30))
    ground = theme().color("panel").rgb()
    assert any(image.pixel(x + dx, y) != ground for dx in (-1, 0, 1))
    assert image.pixel(x + 20, y) == ground


def test_the_theme_is_taken_at_once(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(500))
    before = shot(chart)
    theme().name = "light" if theme().dark else "dark"
    theme().changed.emit()
    after = shot(chart)
    assert after != before
    assert after.pixelColor(2, 2) == theme().color("panel")


def test_an_empty_chart_says_what_will_come(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(Content(planned_steps=2000, steps_per_epoch=100))
    assert chart.empty
    empty = shot(chart)
    chart.set_content(content(1))
    assert shot(chart) != empty
    wheel(chart, QPointF(200, 100))
    chart.set_content(Content(planned_steps=2000, steps_per_epoch=100, generation=2))
    chart.set_range(None)
    assert shot(chart) == empty


def test_switched_off_curves_are_not_drawn(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(1000))
    orange = theme().color("validation").rgb()

    def has(color: int) -> bool:
        image = shot(chart)
        return any(image.pixel(x, y) == color for x in range(48, 398) for y in range(8, 268))

    assert has(orange)
    chart.set_hidden(frozenset({VALIDATION}))
    assert not has(orange)
    chart.set_hidden(frozenset({TRAINING, VALIDATION}))
    assert not has(theme().color("training").rgb())
    chart.set_hidden(frozenset())
    assert has(orange)


def test_labels_of_changes_do_not_overlap(qtbot: QtBot, chart: LiveChart) -> None:
    made = content(1000)
    flags = [(float(step), f"momentum 0.{step} → 0.5") for step in range(100, 900, 15)]
    chart.set_content(replace(made, flags=flags))
    shot(chart)
    labels = [piece for piece in chart._pieces if isinstance(piece, Label)]
    rects = [label.rect for label in labels]
    assert len(labels) >= 4
    assert not any(one.intersects(other) for index, one in enumerate(rects) for other in rects[:index])
    told = [text for label in labels for text in label.tip.split("\n") if text]
    assert told == [text for _, text in flags], "each change is named once, alone or among several"
    assert all(label.text == f"{len(label.tip.splitlines())} changes" for label in labels if "\n" in label.tip)
    assert chart.flag_at(QPointF(labels[0].rect.center())) == labels[0].tip


def test_a_change_at_the_right_edge_is_labelled_within_the_plot(qtbot: QtBot, chart: LiveChart) -> None:
    made = content(1000)
    chart.set_content(made)
    chart.set_range((0, 1000))
    for step in (996.0, 1000.0, 940.0):
        chart.set_content(replace(made, flags=[(step, "rotation ±10°")], generation=int(step)))
        (label,) = [piece for piece in chart._pieces if isinstance(piece, Label) and piece.tip]
        assert chart.frame.rect.contains(label.rect)
    small = make(qtbot, ACCURACY, log=False)
    small.set_content(replace(made, flags=[(1000.0, "rotation ±10°")]))
    small.set_range((0, 1000))
    (flag,) = [piece for piece in small._pieces if isinstance(piece, Pennant)]
    assert small.frame.rect.contains(flag.rect)


# -- following and looking --------------------------------------------------------------------------------------------


def test_the_view_grows_with_the_data_while_it_follows(qtbot: QtBot, chart: LiveChart) -> None:
    ends = []
    for count in range(5, 4000, 35):
        chart.set_content(content(count))
        assert chart.frame.x.high >= count
        ends.append(chart.frame.x.high)
    assert ends == sorted(ends)
    assert len(set(ends)) < 20
    assert chart.following


def test_live_data_never_moves_a_view_the_user_has_chosen(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    place = QPointF(200, 120)
    under = chart.frame.step_at(place.x())
    with qtbot.waitSignal(chart.looked_at):
        wheel(chart, place)
    assert chart.follow_button.isVisible()
    assert chart.frame.step_at(place.x()) == pytest.approx(under)
    x, y = chart.frame.x, chart.frame.y
    for count in range(600, 4000, 100):
        chart.set_content(content(count))
    assert (chart.frame.x, chart.frame.y) == (x, y)
    QTest.mouseClick(chart.follow_button, Qt.MouseButton.LeftButton)
    assert chart.following
    assert not chart.follow_button.isVisible()
    assert chart.frame.x.high >= 3900


def test_dragging_moves_the_view_with_the_pointer(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    start, end = QPointF(150, 100), QPointF(220, 140)
    step, value = chart.frame.step_at(start.x()), chart.frame.y.value(1 - (start.y() - 8) / chart.frame.height)
    drag(chart, start, end)
    assert not chart.following
    assert chart.frame.px(step) == pytest.approx(end.x())
    assert chart.frame.py(value) == pytest.approx(end.y())


def test_a_click_does_not_move_the_view(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert chart.following


def test_a_double_click_shows_all_to_the_last_spike(qtbot: QtBot, chart: LiveChart) -> None:
    made = content(900)
    chart.set_content(made)
    QTest.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    frame = chart.frame
    assert not chart.following
    assert frame.x.low <= 1
    assert frame.x.high == 900
    assert frame.y.low <= made.raw.min()
    assert frame.y.high >= made.raw.max()


def test_wheel_over_an_axis_zooms_only_that_one(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    x, y = chart.frame.x, chart.frame.y
    wheel(chart, QPointF(20, 100))
    assert chart.frame.x == x
    assert chart.frame.y != y
    y = chart.frame.y
    wheel(chart, QPointF(200, 290))
    assert chart.frame.x != x
    assert chart.frame.y == y


def test_keys(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    first = chart.frame.x
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.frame.x.high - chart.frame.x.low < first.high - first.low
    before = chart.frame.x
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.frame.x.low > before.low
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.frame.x.low == pytest.approx(before.low)
    before_y = chart.frame.y
    QTest.keyClick(chart, Qt.Key.Key_Up)
    assert chart.frame.y.high > before_y.high
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    QTest.keyClick(chart, Qt.Key.Key_0)
    assert chart.frame.x.high == 600
    QTest.keyClick(chart, Qt.Key.Key_F)
    assert chart.following


def test_the_crosshair_stands_at_the_nearest_step(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    before = shot(chart)
    with qtbot.waitSignal(chart.pointed_at) as told:
        QTest.mouseMove(chart, QPoint(200, 100))
        QApplication.processEvents()
    assert told.args is not None
    (step,) = told.args
    assert step == pytest.approx(chart.frame.step_at(200), abs=1)
    assert shot(chart) != before
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert shot(chart) == before


def test_a_moment_of_the_past_can_be_marked(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    accent = theme().color("accent").rgb()
    row = 8 + chart.frame.height - 3
    chart.set_moment(200)
    assert shot(chart).pixel(round(chart.frame.px(200)), row) == accent
    chart.set_moment(None)
    assert shot(chart).pixel(round(chart.frame.px(600)), row) == accent


def test_a_logarithmic_axis_is_fitted_anew_and_the_steps_stay(qtbot: QtBot, chart: LiveChart) -> None:
    chart.set_content(content(600))
    chart.set_range((100, 300))
    chart.set_log(False)
    assert not chart.frame.y.log
    assert (chart.frame.x.low, chart.frame.x.high) == (100, 300)
    chart.set_log(True)
    assert chart.frame.y.log


def test_in_a_narrow_chart_words_break_instead_of_being_cut(qtbot: QtBot) -> None:
    note = "The share of digits it names rightly. It should rise."
    chart = make(qtbot, replace(ACCURACY, empty_title="The accuracy appears here from the first step", empty_note=note))
    chart.resize(286, 301)
    image, plot = chart.grab().toImage(), chart.frame.rect
    panel = theme().color("panel")
    middle = range(plot.top() + round(plot.height() * 0.26), plot.top() + round(plot.height() * 0.26) + 96)
    beside = [*range(0, plot.left() - 2), *range(plot.right() + 3, image.width())]
    assert all(image.pixelColor(x, y) == panel for x in beside for y in middle)


def test_the_best_points_label_keeps_off_the_curves_where_it_can(qtbot: QtBot) -> None:
    chart = make(qtbot, ACCURACY, log=False)
    given = content(6 * EPOCH)
    rising = np.array([0.93, 0.94, 0.95, 0.955, 0.96, 0.9755])
    shown = replace(given, raw=given.raw * 0 + 0.94, smooth=given.smooth * 0 + 0.94, points=rising, flags=[])
    chart.set_content(replace(shown, best=Mark(given.point_steps[-1], float(rising[-1]), "best 97.6 %, epoch 6")))
    frame = chart.frame
    (label,) = [piece for piece in chart._pieces if isinstance(piece, Label)]
    assert frame.py(float(rising[-1])) - frame.top < 24  # there is no room above the ring
    assert frame.rect.contains(label.rect)
    columns = np.arange(label.rect.left(), label.rect.left() + label.rect.width())
    for steps, values in ((given.point_steps, rising), (given.steps, shown.smooth)):
        heights = np.interp(columns, [frame.px(step) for step in steps], [frame.py(value) for value in values])
        assert not any(label.rect.top() <= height <= label.rect.bottom() for height in heights)
    far = label.rect.center() - QPoint(round(frame.px(given.point_steps[-1])), round(frame.py(float(rising[-1]))))
    assert far.manhattanLength() < 150, "what it belongs to can be seen"


def test_the_best_points_label_covers_a_crowded_chart_as_little_as_it_can(qtbot: QtBot) -> None:
    chart = make(qtbot)
    for seed in range(5):
        chart.set_content(content(9 * EPOCH, seed, generation=seed + 1))
        flags = [piece.rect for piece in chart._pieces if isinstance(piece, Label) and piece.tip]
        (label,) = [piece for piece in chart._pieces if isinstance(piece, Label) and not piece.tip]
        assert chart.frame.rect.contains(label.rect)
        assert not any(label.rect.intersects(flag) for flag in flags)
        heights = [chart.frame.py(value) for value in chart.content.smooth]
        under = [label.rect.contains(round(chart.frame.px(step)), round(y)) for step, y in enumerate(heights, 1)]
        assert not any(under)


@pytest.mark.parametrize("known", [1, 20])
def test_epochs_without_their_steps_are_in_sight_too(chart: LiveChart, known: int) -> None:
    before = np.arange(1.0, known + 1) * EPOCH
    points = 1 / np.arange(1.0, known + 1)
    chart.set_content(Content(point_steps=before, points=points, steps_per_epoch=EPOCH, planned_steps=known * EPOCH))
    assert (chart.frame.x.low, chart.frame.x.high) == (0, known * EPOCH)
    steps = np.arange(1.0, 20 * EPOCH + 1) + known * EPOCH
    planned = (known + 20) * EPOCH
    for count in (1, EPOCH, 20 * EPOCH):
        raw = np.ones(count)
        chart.set_content(Content(steps[:count], raw, raw, before, points, (), None, EPOCH, planned, 2))
        assert chart.frame.x.low == 0
    assert chart.frame.x.high == planned
    chart.show_all()
    assert (chart.frame.x.low, chart.frame.x.high) == (0, planned)
