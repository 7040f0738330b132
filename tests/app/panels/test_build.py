"""The Build column on a real document: clicks and keys change the experiment, the experiment changes what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.panels.build import BuildPanel
from app.theme import apply_theme
from app.view_models.document import ExperimentDocument
from app.widgets.form import Form, FormRow
from app.widgets.form_fields import SERIES_PAUSE_MS, ChoiceField, Field, NumberEntry, SliderEntry
from app.widgets.form_parts import Below, PartField
from nn_engine import Augmentation, Layer, Optimizer, preset
from nn_engine.data import MNIST, ArrayDataset, LoadedData
from nn_engine.declarations import Setting, register, registered, unregister
from nn_engine.types import Floats, Shape


@pytest.fixture
def document() -> ExperimentDocument:
    made = ExperimentDocument(preset("mnist-300-augmented"))
    samples = ArrayDataset(np.zeros((60, 28, 28), np.uint8), np.arange(60) % 10, tuple("0123456789"))
    made.use_data(MNIST(), LoadedData(samples, samples))
    return made


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication, document: ExperimentDocument) -> BuildPanel:
    apply_theme(qapp, "dark")
    made = BuildPanel(document)
    qtbot.addWidget(made)
    made.resize(296, 724)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def open_form(panel: BuildPanel) -> Form:
    form = panel.layers.cards.cards[panel.layers.cards.opened].form
    assert isinstance(form, Form)
    return form


def type_in(qtbot: QtBot, field: Field, text: str) -> None:
    assert isinstance(field, NumberEntry | SliderEntry)
    line = field.number.field if isinstance(field, SliderEntry) else field.number
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def focused() -> QWidget:
    """What has the keyboard."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def clipped(panel: BuildPanel) -> list[str]:
    """Widgets that reach beyond the column."""
    found = []
    for child in panel._column.findChildren(QWidget):
        if child.isVisible() and not child.isWindow():
            left = child.mapTo(panel, QPoint(0, 0)).x()
            if left < 0 or left + child.width() > 296 - 4:
                section = child in panel.sections or child.parent() in panel.sections
                if not section:
                    found.append(f"{type(child).__name__} {left} {child.width()}")
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_default_stands_in_the_column_without_scrolling(
    qtbot: QtBot, qapp: QApplication, panel: BuildPanel, theme: str
) -> None:
    apply_theme(qapp, theme)
    qtbot.waitUntil(lambda: panel.area.verticalScrollBar().maximum() == 0)
    assert panel._column.width() == panel.area.viewport().width()
    qtbot.waitUntil(lambda: clipped(panel) == [])


def test_nothing_is_clipped_with_everything_shown(qtbot: QtBot, panel: BuildPanel) -> None:
    for section in (panel.data, panel.training, panel.augmentation):
        QTest.mouseClick(section.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.area.verticalScrollBar().maximum() > 0)
    qtbot.waitUntil(lambda: clipped(panel) == [])
    assert panel._column.width() == panel.area.viewport().width()


def test_everything_that_can_be_used_has_a_name_and_a_hint(panel: BuildPanel) -> None:
    for section in (panel.data, panel.training, panel.augmentation):
        section.more.setChecked(True)
    for child in panel.findChildren(QWidget):
        if child.focusPolicy() != Qt.FocusPolicy.NoFocus and child.isVisible() and not child.focusProxy():
            assert child.accessibleName() or child.property("text"), child
            assert child.toolTip(), child


def test_sizes_follow_the_data(panel: BuildPanel, document: ExperimentDocument) -> None:
    assert panel.data.sizes.text() == "50 train · 10 validation · 60 test"
    document.set("data.folder", "/elsewhere")
    assert "once the data is read" in panel.data.sizes.text()
    document.data_failed(document.experiment.data, "There is no such folder.")
    assert panel.data.sizes.text() == "There is no such folder."


def test_units_are_typed_and_undone_without_losing_the_focus(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    field = open_form(panel).fields["units"]
    type_in(qtbot, field, "200")
    assert document.value("layers.1.units") == 200
    assert panel.layers.cards.cards[1].row.detail == "200 relu"
    assert panel.layers.total.text() == "159,010 parameters"
    assert panel.layers.undo.toolTip() == "Undo units 300 → 200 (Ctrl+Z)."
    document.undo()
    assert isinstance(field, NumberEntry)
    assert field.number.text() == "300"
    assert field.number.hasFocus()
    QTest.mouseClick(panel.layers.redo, Qt.MouseButton.LeftButton)
    assert document.value("layers.1.units") == 200


def test_bad_input_is_refused_in_place(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    before, field = document.experiment, open_form(panel).fields["units"]
    type_in(qtbot, field, "70000")
    assert field.error == "At most 65,536. 300 is still in use."
    row = next(row for row in open_form(panel).rows if field in row.fields)
    assert row.notices[field].isVisible()
    assert document.experiment is before
    type_in(qtbot, panel.training.epochs, "0")
    assert panel.training.epochs.error
    assert field.error


def test_a_number_may_be_typed_as_it_is_written(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    field = open_form(panel).fields["units"]
    assert isinstance(field, NumberEntry)
    for typed in ("1,024", "2 048", " 64 ", "1e3"):
        type_in(qtbot, field, typed)
        assert field.error == ""
    assert document.value("layers.1.units") == 1000
    type_in(qtbot, field, "1,024")
    assert (document.value("layers.1.units"), field.number.text()) == (1024, "1024")
    field.number.clear()
    field.number.insert("−5")  # keys of a test are plain ASCII
    QTest.keyClick(field.number, Qt.Key.Key_Return)
    assert field.error == "At least 1. 1024 is still in use."


def test_fields_side_by_side_refuse_in_a_line_each_that_names_the_field(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    batch_size, epochs = panel.training.batch_size, panel.training.epochs
    (row,) = {row for row in panel.training.findChildren(FormRow) if batch_size in row.fields}
    type_in(qtbot, epochs, "many")
    type_in(qtbot, batch_size, "0")
    assert row.notices[batch_size].text() == "Batch size: at least 1. 128 is still in use."
    assert row.notices[epochs].text() == "Epochs: a whole number is needed. 20 is still in use."
    qtbot.waitUntil(lambda: row.notices[batch_size].height() > 0)
    above, below = row.notices[batch_size].geometry(), row.notices[epochs].geometry()
    assert above.bottom() < below.top()
    type_in(qtbot, batch_size, "64")
    assert not row.notices[batch_size].isVisible()
    assert row.notices[epochs].isVisible()


def test_dragging_the_rate_is_one_live_edit(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    told: list[str] = []
    document.live_changed.connect(lambda path, text: told.append(path))
    assert isinstance(panel.training.rate, SliderEntry)
    slider = panel.training.rate.number.slider
    curve, middle = panel.training.preview.values, slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(30, middle))
    for x in range(31, 50, 3):
        QTest.mouseMove(slider, QPoint(x, middle))
    assert panel.training.preview.values != curve, "the curve follows while the handle is held"
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(50, middle))
    assert set(told) == {"optimizer.learning_rate"}
    assert len(told) > 2
    document.undo()
    assert not document.can_undo


def test_steps_by_keys_in_one_go_are_one_edit(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    units, rate = open_form(panel).fields["units"], panel.training.rate
    assert isinstance(units, NumberEntry)
    assert isinstance(rate, SliderEntry)
    before = document.experiment
    units.number.setFocus()
    for _ in range(5):
        QTest.keyClick(units.number, Qt.Key.Key_Up)
    assert document.value("layers.1.units") == 305
    rate.number.slider.setFocus()
    for _ in range(4):
        QTest.keyClick(rate.number.slider, Qt.Key.Key_Right)
    assert document.value("optimizer.learning_rate") > before.optimizer.learning_rate
    document.undo()
    assert document.value("optimizer.learning_rate") == before.optimizer.learning_rate
    assert document.undo_text == "Undo units 300 → 305"
    document.undo()
    assert document.experiment == before
    assert not document.can_undo


def test_after_a_pause_a_step_is_an_edit_of_its_own(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    units = open_form(panel).fields["units"]
    assert isinstance(units, NumberEntry)
    units.number.setFocus()
    QTest.keyClick(units.number, Qt.Key.Key_Up)
    QTest.keyClick(units.number, Qt.Key.Key_Up)
    qtbot.wait(SERIES_PAUSE_MS + 100)
    QTest.keyClick(units.number, Qt.Key.Key_Up)
    document.undo()
    assert document.value("layers.1.units") == 302
    type_in(qtbot, units, "400")
    QTest.keyClick(units.number, Qt.Key.Key_Up)
    document.undo()
    assert document.value("layers.1.units") == 400, "what is typed is an edit of its own"


def test_a_series_ends_where_its_field_goes_away(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    for _ in range(2):
        units = open_form(panel).fields["units"]
        assert isinstance(units, NumberEntry)
        units.number.setFocus()
        QTest.keyClick(units.number, Qt.Key.Key_Up)
        panel.layers.cards.choose(2)
        panel.layers.cards.choose(1)
    document.undo()
    assert document.value("layers.1.units") == 301


def test_going_through_a_choice_by_keys_is_one_edit(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    field, before = open_form(panel).fields["fn"], document.experiment
    assert isinstance(field, ChoiceField)
    field.combo.setFocus()
    for _ in range(3):
        QTest.keyClick(field.combo, Qt.Key.Key_Up)
        QTest.keyClick(field.combo, Qt.Key.Key_Down)
        QTest.keyClick(field.combo, Qt.Key.Key_Down)
    assert document.experiment != before
    document.undo()
    assert document.experiment == before


def test_another_optimizer_opens_its_settings(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    field = panel.training.optimizer
    assert isinstance(field, PartField)
    assert field.below is not None
    assert not field.below.isVisible()
    before = document.experiment.optimizer.registered_name
    field.combo.setFocus()
    QTest.keyClick(field.combo, Qt.Key.Key_Down)
    assert document.experiment.optimizer.registered_name != before
    assert field.below.isVisible()


def test_the_switch_takes_augmentation_away_and_brings_it_back(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    before = document.experiment.augmentation
    assert len(panel.augmentation.list.forms) == 3
    QTest.mouseClick(panel.augmentation.switch, Qt.MouseButton.LeftButton)
    assert document.experiment.augmentation == ()
    assert panel.augmentation.off.isVisible()
    QTest.mouseClick(panel.augmentation.switch, Qt.MouseButton.LeftButton)
    assert document.experiment.augmentation == before


def test_a_section_folds_up(qtbot: QtBot, panel: BuildPanel) -> None:
    height = panel.training.height()
    QTest.mouseClick(panel.training.title, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.training.height() < height)
    assert not panel.training.optimizer.isVisible()


def test_keys_edit_the_stack(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    cards = panel.layers.cards
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert (len(document.layers), cards.chosen) == (4, 2)
    QTest.keyClick(cards, Qt.Key.Key_Delete)
    assert (len(document.layers), cards.chosen) == (3, 2)
    QTest.keyClick(cards, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert cards.chosen == 1
    assert document.layer_rows()[1].detail == "10 softmax"
    assert isinstance(cards.cards[1].form, Form)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(cards, Qt.Key.Key_C, control | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().text() == document.layers_as_text()
    document.undo()
    QTest.keyClick(cards, Qt.Key.Key_V, control)
    assert document.layer_rows()[1].detail == "10 softmax"
    cards.choose(2)
    QTest.keyClick(cards, Qt.Key.Key_C, control)
    QTest.keyClick(cards, Qt.Key.Key_V, control)
    assert (len(document.layers), cards.chosen) == (4, 3)
    assert document.layers[3] == document.layers[2]


def test_pasted_nonsense_is_refused_in_words_until_something_changes(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    QGuiApplication.clipboard().setText("rm -rf")
    panel.layers.cards.setFocus()
    QTest.keyClick(panel.layers.cards, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "The clipboard, line 1, column 1: expected a value" in panel.layers.refusal.text()
    assert panel.layers.refusal.isVisible()
    document.set("epochs", "3")
    assert not panel.layers.refusal.isVisible()


def test_what_a_full_stack_cannot_take_is_refused_in_words(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    document.paste_layers('{"type": "dropout"}\n' * 253, 1)
    panel.layers.cards.choose(1)
    panel.layers.cards.setFocus()
    QTest.keyClick(panel.layers.cards, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert "256 at most" in panel.layers.refusal.text()
    assert panel.layers.refusal.isVisible()
    assert len(document.layers) == len(panel.layers.cards.cards) == 256


def test_a_layer_is_moved_by_its_grip(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    cards = panel.layers.cards
    card = cards.cards[0]
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(11, 16))
    for y in (30, 100, cards.cards[1].geometry().bottom() - 5):
        QTest.mouseMove(card, QPoint(12, y))
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(12, cards.cards[1].geometry().bottom() - 5))
    assert [layer.registered_name for layer in document.layers] == ["dense", "input", "dense"]
    assert "starts with an input layer" in cards.cards[0].row.error
    assert panel.layers.total.text() == "parameters unknown"
    assert panel.layers.cards.cards[2].isEnabled()
    document.undo()
    assert document.fits == ""


def test_a_layer_dragged_to_the_edge_scrolls_the_list(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    document.use_preset("deep-mlp", only_layers=True)
    panel.resize(296, 260)
    cards, bar = panel.layers.cards, panel.area.verticalScrollBar()
    cards.choose(2, opened=False)
    qtbot.waitUntil(lambda: cards.cards[1].height() == 32 and bar.maximum() > 300)
    card, moved = cards.cards[1], document.layers[1]
    panel.area.ensureWidgetVisible(card, 0, 0)

    def on_card(y: int) -> QPoint:
        return card.mapFrom(panel, QPoint(30, y))

    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(11, 16))
    QTest.mouseMove(card, on_card(200))
    QTest.mouseMove(card, on_card(256))
    qtbot.waitUntil(lambda: cards._place == len(document.layers))
    assert cards.cards[-1].mapTo(panel, QPoint(0, 0)).y() < panel.height(), "the place it goes to can be seen"
    resting = bar.value()
    qtbot.wait(100)
    assert bar.value() <= resting + 40 < bar.maximum(), "what is below the layers is no place for one"
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=on_card(256))
    assert document.layers[-1] is moved
    assert not cards._scrolling.active


def test_an_added_layer_is_open_in_sight_and_has_the_keyboard(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    document.use_preset("deep-mlp", only_layers=True)
    panel.layers.cards.choose(4, opened=False)
    panel.resize(296, 260)
    bar = panel.area.verticalScrollBar()
    qtbot.waitUntil(lambda: panel.area.viewport().height() == 260 and bar.maximum() > 300)
    bar.setValue(0)
    panel.layers._fill_menu()
    next(action for action in panel.layers._menu.actions() if action.text() == "Dropout").trigger()
    assert panel.layers.cards.opened == 5
    rate = open_form(panel).fields["rate"]
    assert isinstance(rate, SliderEntry)

    def in_sight() -> bool:
        card = panel.layers.cards.cards[5]
        top = card.mapTo(panel.area.viewport(), QPoint(0, 0)).y()
        return top >= 0 and top + card.height() <= panel.area.viewport().height() and card.height() > 60

    qtbot.waitUntil(in_sight)
    assert rate.isAncestorOf(focused())
    panel.layers.cards.wants_layer.emit(1, "dense")
    assert panel.layers.cards.opened == 1
    units = open_form(panel).fields["units"]
    assert isinstance(units, NumberEntry)
    assert units.number.hasFocus()
    assert units.number.selectedText() == units.number.text(), "what is typed replaces it"


def test_tab_goes_through_the_open_card_before_what_stands_below(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    cards = panel.layers.cards
    cards.choose(2, opened=True)
    form = open_form(panel)
    cards.setFocus()
    for name in ("units", "fn", "weight_init", "bias_init"):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        assert form.fields[name].isAncestorOf(focused()), name
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.layers.add
    QTest.mouseClick(panel.training.more, Qt.MouseButton.LeftButton)
    optimizer = panel.training.optimizer
    assert isinstance(optimizer, PartField)
    assert isinstance(optimizer.below, Below)
    choices = list(registered("optimizer"))
    other = next(name for name in choices if name != document.experiment.optimizer.registered_name)
    optimizer._choose(choices.index(other))
    assert optimizer.below.form is not None
    qtbot.waitUntil(optimizer.below.form.isVisible)
    assert isinstance(panel.training.rate, SliderEntry)
    panel.training.rate.number.field.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert panel.training.rate.isAncestorOf(focused()), "the button beside the rate"
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert optimizer.below.form.isAncestorOf(focused())


def test_a_stack_that_is_emptied_and_rebuilt(qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument) -> None:
    cards = panel.layers.cards
    cards.setFocus()
    for _ in range(3):
        QTest.keyClick(cards, Qt.Key.Key_Delete)
        if cards.chosen < 0:
            break
    assert document.layers == ()
    panel.layers._add("input")
    panel.layers._add("dense")
    assert document.layer_rows()[0].output == "→ 784"
    document.use_preset("deep-mlp", only_layers=True)
    assert len(cards.cards) == 7


@pytest.fixture
def stranger() -> Iterator[None]:
    """A layer that no panel has heard of."""

    @register("strange_layer")
    class StrangeLayer(Layer):
        """Passes on what it likes."""

        pickiness: Annotated[int, Setting("How much it leaves out.", low=1, high=5, unit="things")]
        mood: Annotated[float, Setting("How it feels.", low=0, high=1, live=True)] = 0.5

        def output_shape(self, input_shape: Shape) -> Shape:
            if len(input_shape) != 1:
                raise ValueError(f"expected a row; received the shape {input_shape}.")
            return input_shape

        def forward(self, x: Floats, training: bool) -> Floats:
            return x

        def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
            return grad

    yield
    unregister("layer", "strange_layer")


@pytest.mark.usefixtures("stranger")
def test_a_layer_registered_elsewhere_is_added_edited_and_told_apart(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    live: list[Any] = []
    document.live_changed.connect(lambda path, text: live.append((path, text)))
    panel.layers._fill_menu()
    action = next(action for action in panel.layers._menu.actions() if action.text() == "Strange layer")
    assert action.toolTip() == "Passes on what it likes."
    action.trigger()
    assert panel.layers.cards.opened == 2
    form = open_form(panel)
    assert "How much it leaves out." in form.fields["pickiness"].editor.toolTip()
    type_in(qtbot, form.fields["pickiness"], "6")
    assert form.fields["pickiness"].error == "At most 5. 1 is still in use."
    type_in(qtbot, form.fields["pickiness"], "4")
    assert panel.layers.cards.cards[2].row.detail == "4 things 50 %"
    type_in(qtbot, form.fields["mood"], "0.25")
    assert live == [("layers.2.mood", "0.25")]
    document.set("layers.0.shape", "28x28")
    document.remove_layer(1)
    assert panel.layers.cards.cards[1].row.error == "Expected a row; received the shape 28 × 28."


@pytest.fixture
def strange_parts() -> Iterator[None]:
    """An optimizer and an augmentation that no panel has heard of."""

    @register("strange_optimizer")
    class StrangeOptimizer(Optimizer):
        """Goes somewhere else."""

        patience: Annotated[int, Setting("How often it tries.", low=2, high=9, unit="times", live=True)] = 3

        def step(self, *arguments: Any, **keywords: Any) -> None: ...

    @register("strange_augmentation")
    class StrangeAugmentation(Augmentation):
        """Lays fog over everything."""

        fog: Annotated[float, Setting("How thick it is.", low=0, high=1, live=True)] = 0.25

        def draw(self, count: int, rng: Any) -> dict[str, Any]:
            return {}

        def neutral(self) -> dict[str, float]:
            return {}

    yield
    unregister("optimizer", "strange_optimizer")
    unregister("augmentation", "strange_augmentation")


@pytest.mark.usefixtures("strange_parts")
def test_parts_registered_elsewhere_stand_in_the_column_with_hints_and_refusals(
    qtbot: QtBot, document: ExperimentDocument
) -> None:
    panel = BuildPanel(document)
    qtbot.addWidget(panel)
    panel.resize(296, 900)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    live: list[tuple[str, str]] = []
    document.live_changed.connect(lambda path, text: live.append((path, text)))
    optimizer = panel.training.optimizer
    assert isinstance(optimizer, PartField)
    assert isinstance(optimizer.below, Below)
    index = optimizer.combo.findText("Strange optimizer")
    assert optimizer.combo.itemData(index, Qt.ItemDataRole.ToolTipRole) == "Goes somewhere else."
    optimizer.combo.setFocus()
    QTest.keyClick(optimizer.combo, Qt.Key.Key_End)
    assert document.experiment.optimizer.registered_name == "strange_optimizer"
    assert optimizer.below.form is not None
    patience = optimizer.below.form.fields["patience"]
    assert "How often it tries. A whole number from 2 to 9 times." in patience.editor.toolTip()
    type_in(qtbot, patience, "12")
    row = next(row for row in optimizer.below.form.rows if patience in row.fields)
    qtbot.waitUntil(row.notices[patience].isVisible)
    assert row.notices[patience].text() == "At most 9. 3 is still in use."
    type_in(qtbot, patience, "5")
    assert not row.notices[patience].isVisible()

    QTest.mouseClick(panel.augmentation.more, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.augmentation.parts.button, Qt.MouseButton.LeftButton)
    menu = panel.augmentation.parts._menu
    action = next(action for action in menu.actions() if action.text() == "Strange augmentation")
    assert action.toolTip() == "Lays fog over everything."
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert document.experiment.augmentation[-1].registered_name == "strange_augmentation"
    fog = panel.augmentation.list.forms[-1].fields["fog"]
    assert "How thick it is." in fog.editor.toolTip()
    type_in(qtbot, fog, "2")
    assert fog.error == "At most 1. 0.25 is still in use."
    type_in(qtbot, fog, "0.5")
    last = len(document.experiment.augmentation) - 1
    assert (live[0], live[-1]) == (("optimizer.patience", "5"), (f"augmentation.{last}.fog", "0.5"))
    while document.can_undo:
        document.undo()
    assert document.experiment == preset("mnist-300-augmented")


@pytest.mark.parametrize("name", list(registered("layer")))
def test_every_registered_layer_can_be_added_and_opened(
    panel: BuildPanel, document: ExperimentDocument, name: str
) -> None:
    panel.layers._add(name)
    assert name in [layer.registered_name for layer in document.layers]
    assert isinstance(panel.layers.cards.cards[panel.layers.cards.opened].form, Form)
    assert not panel.grab().isNull()


def test_activations_have_pictures(panel: BuildPanel) -> None:
    field = open_form(panel).fields["fn"]
    assert isinstance(field, ChoiceField)
    assert all(not field.combo.itemIcon(index).isNull() for index in range(field.combo.count()))


def test_an_added_augmentation_is_in_sight_and_has_the_keyboard(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    panel.resize(296, 320)
    panel.augmentation.more.setChecked(True)
    bar = panel.area.verticalScrollBar()
    qtbot.waitUntil(lambda: panel.area.viewport().height() == 320 and bar.maximum() > 300)
    bar.setValue(0)
    parts = panel.augmentation.parts
    parts._fill_menu()
    next(action for action in parts._menu.actions() if action.text() == "Blur").trigger()
    form = panel.augmentation.list.forms[-1]
    first = next(iter(form.fields.values()))
    assert first.isAncestorOf(focused())

    def in_sight() -> bool:
        top = form.mapTo(panel.area.viewport(), QPoint(0, 0)).y()
        return top >= 0 and top + form.height() <= panel.area.viewport().height() and form.height() > 40

    qtbot.waitUntil(in_sight)


def test_the_menu_of_layers_leaves_nothing_behind_however_often_it_opens(
    qtbot: QtBot, panel: BuildPanel, document: ExperimentDocument
) -> None:
    menu = panel.layers._menu
    menu.aboutToShow.emit()
    for _ in range(5):
        menu.aboutToShow.emit()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    (presets,) = menu.findChildren(QMenu)
    assert [action.text() for action in presets.actions()] == [name for name, _ in document.presets()]
    assert menu.actions()[-1] is presets.menuAction()
    before = document.experiment.layers
    next(action for action in presets.actions() if action.text() == "softmax-regression").trigger()
    assert len(document.experiment.layers) == 2 != len(before)
