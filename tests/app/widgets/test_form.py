"""Forms: made from declarations alone, driven by clicks and keys, refusing in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import apply_theme
from app.widgets.buttons import IconButton
from app.widgets.form import FIELDS, Form, LiveDot, make_field
from app.widgets.form_fields import ChoiceField, Field, Host, LineField, NumberEntry, SliderEntry, SwitchField
from app.widgets.form_parts import PartField, PartsField, PartsList
from nn_engine import Augmentation, Experiment, Optimizer, Regularizer, Schedule, preset
from nn_engine.declarations import Declaration, Kind, Setting, edit_path, kinds, register, registered, unregister
from nn_engine.declarations.declaration import REQUIRED, settings_of
from nn_engine.layers import InputLayer
from nn_engine.losses import CrossEntropy
from tests.nn_engine.sample_settings import ordinary_values

FAMILIES = ("layer", "optimizer", "schedule", "loss", "augmentation", "regularizer", "callback", "dataset")
CLASSES = [cls for family in FAMILIES for cls in registered(family).values()]


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")


class Keeper:
    """Holds a declaration and edits it as a document would."""

    def __init__(self, value: Declaration) -> None:
        self.value = value
        self.edits: list[tuple[str, str]] = []
        self.settled: list[str] = []
        self.form: Form | None = None

    def edit(self, path: str, text: str, dragging: bool) -> str:
        try:
            self.value = edit_path(self.value, path, text)
        except ValueError as error:
            return str(error)
        self.edits.append((path, text))
        if self.form is not None:
            self.form.show_value(self.value)
        return ""

    def settle(self, path: str) -> None:
        self.settled.append(path)


def shown(qtbot: QtBot, value: Declaration, **options: Any) -> tuple[Form, Keeper]:
    keeper = Keeper(value)
    keeper.form = Form(value, Host(keeper.edit, keeper.settle), **options)
    qtbot.addWidget(keeper.form)
    keeper.form.resize(264, keeper.form.sizeHint().height())
    keeper.form.show()
    keeper.form.activateWindow()
    qtbot.waitUntil(keeper.form.isActiveWindow)
    return keeper.form, keeper


def made(cls: type) -> Declaration:
    """An instance with as little said as possible."""
    needed = {spec.name: ordinary_values(spec)[0] for spec in settings_of(cls) if spec.default is REQUIRED}
    return cast(Declaration, cls(**({"units": 3} if cls is InputLayer else needed)))


def type_in(qtbot: QtBot, field: LineField | NumberEntry | SliderEntry, text: str) -> None:
    line = field.line if isinstance(field, LineField) else field.number
    line = line.field if hasattr(line, "field") else line
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_there_is_a_field_for_every_kind() -> None:
    missing = [
        cls
        for cls in vars(kinds).values()
        if isinstance(cls, type) and issubclass(cls, Kind) and cls not in (Kind, kinds.OptionalKind)
        if not issubclass(cls, tuple(FIELDS))
    ]
    assert not missing


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_registered_class_has_a_form_with_words_for_everything(qtbot: QtBot, cls: type) -> None:
    form, _ = shown(qtbot, made(cls))
    assert list(form.fields) == [spec.name for spec in settings_of(cls)]
    for spec in settings_of(cls):
        field = form.fields[spec.name]
        assert field.editor.accessibleName()
        assert spec.setting.help in field.editor.accessibleDescription()
        assert spec.setting.help in field.editor.toolTip()
        dots = [dot for row in form.rows if field in row.fields for dot in row.findChildren(LiveDot)]
        assert bool(dots) == spec.setting.live
    assert not form.errors


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_number_of_every_registered_class_is_typed_and_refused_in_place(qtbot: QtBot, cls: type) -> None:
    form, keeper = shown(qtbot, made(cls))
    for spec in settings_of(cls):
        field = form.fields[spec.name]
        if not isinstance(field, NumberEntry | SliderEntry):
            continue
        before = getattr(keeper.value, spec.name)
        type_in(qtbot, field, "x")
        assert field.error, spec.name
        assert form.errors == [field.error]
        assert getattr(keeper.value, spec.name) == before
        allowed = next(text for text in ("7", "1", "0.5", "12") if _takes(spec, text))
        type_in(qtbot, field, allowed)
        assert not field.error
        assert getattr(keeper.value, spec.name) == float(allowed)


def _takes(spec: Any, text: str) -> bool:
    try:
        spec.check(spec.kind.parse(text))
    except ValueError:
        return False
    return True


def test_a_choice_is_made_by_keys_and_pictured(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("layer")["dense"]))
    field = form.fields["fn"]
    assert isinstance(field, ChoiceField)
    field.combo.setFocus()
    QTest.keyClick(field.combo, Qt.Key.Key_Down)
    assert keeper.edits[-1][0] == "fn"
    assert getattr(keeper.value, "fn") == keeper.edits[-1][1] != "linear"  # noqa: B009


def test_a_choice_that_may_be_none_offers_it_in_words(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("layer")["dense"]))
    field = form.fields["weight_init"]
    assert isinstance(field, ChoiceField)
    assert field.combo.itemText(0) == "as the network"
    assert field.combo.itemText(1) == "He initialization"
    field.combo.setFocus()
    QTest.keyClick(field.combo, Qt.Key.Key_Down)
    assert getattr(keeper.value, "weight_init") == "he_initialization"  # noqa: B009
    QTest.keyClick(field.combo, Qt.Key.Key_Up)
    assert getattr(keeper.value, "weight_init") is None  # noqa: B009


def test_a_list_of_numbers_is_typed_and_shown_with_commas(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, CrossEntropy())
    weights = form.fields["class_weights"]
    assert isinstance(weights, LineField)
    assert weights.line.placeholderText() == "all alike"
    type_in(qtbot, weights, "1,2.5, 0.25")
    assert keeper.value == CrossEntropy(class_weights=(1, 2.5, 0.25))
    assert weights.line.text() == "1, 2.5, 0.25"
    type_in(qtbot, weights, "1, -2")
    assert "each a number from 0.001 to 1000" in weights.error
    assert keeper.value == CrossEntropy(class_weights=(1, 2.5, 0.25))
    type_in(qtbot, weights, "none")
    assert keeper.value == CrossEntropy()


def test_a_shape_and_its_rival_make_room_for_each_other(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, InputLayer(units=784))
    shape, units = form.fields["shape"], form.fields["units"]
    assert isinstance(shape, LineField)
    assert isinstance(units, NumberEntry)
    type_in(qtbot, shape, "28x28")
    assert keeper.value == InputLayer(units=784, shape=(28, 28))
    assert shape.line.text() == "28 × 28"
    type_in(qtbot, shape, "28, maybe")
    assert "whole numbers" in shape.error
    assert shape.line.text() == "28, maybe"
    QTest.keyClick(shape.line, Qt.Key.Key_Escape)
    assert (shape.line.text(), shape.error) == ("28 × 28", "")
    type_in(qtbot, units, "100")
    assert keeper.value == InputLayer(units=100)
    type_in(qtbot, shape, "5x5")
    assert keeper.value == InputLayer(shape=(5, 5))
    assert units.number.text() == ""


def test_a_switch_is_clicked(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("optimizer")["sgd"]))
    field = form.fields["nesterov"]
    assert isinstance(field, SwitchField)
    QTest.mouseClick(field.switch, Qt.MouseButton.LeftButton)
    assert keeper.edits == [("nesterov", "true")]


def test_a_slider_is_dragged_and_settles_once(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("optimizer")["sgd"]))
    field = form.fields["momentum"]
    assert isinstance(field, SliderEntry)
    slider = field.number.slider
    middle = slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(8, middle))
    for x in range(10, 40, 5):
        QTest.mouseMove(slider, QPoint(x, middle))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(40, middle))
    assert {path for path, _ in keeper.edits} == {"momentum"}
    assert len(keeper.edits) > 2
    assert keeper.settled == ["momentum"]
    assert 0.2 < getattr(keeper.value, "momentum") < 0.9  # noqa: B009


def test_what_is_refused_stays_and_nothing_else_is_lost(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("optimizer")["adam"]))
    rate, epsilon = form.fields["learning_rate"], form.fields["epsilon"]
    assert isinstance(rate, SliderEntry)
    assert isinstance(epsilon, NumberEntry)
    type_in(qtbot, rate, "-3")
    assert rate.error == "Above 0. 0.001 is still in use."
    type_in(qtbot, epsilon, "0.5")
    assert rate.number.field.text() == "-3"
    assert rate.error
    assert keeper.edits == [("epsilon", "0.5")]


def test_an_undo_updates_the_form_without_taking_the_focus(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, made(registered("optimizer")["adam"]))
    epsilon = form.fields["epsilon"]
    assert isinstance(epsilon, NumberEntry)
    before = keeper.value
    type_in(qtbot, epsilon, "0.5")
    form.show_value(before)
    assert epsilon.number.hasFocus()
    assert epsilon.number.text() == "0.00000001" or float(epsilon.number.text()) == 1e-8


def test_a_host_that_refuses_is_heard(qtbot: QtBot) -> None:
    spec = settings_of(registered("optimizer")["adam"])[0]
    field = make_field(spec, "learning_rate", Host(lambda path, text, dragging: "Not today."))
    qtbot.addWidget(field)
    field.show_value(0.5)
    field.show()
    assert isinstance(field, SliderEntry)
    type_in(qtbot, field, "0.25")
    assert field.error == "Not today."
    assert field.number.value() == "0.5"


def choose_by_keys(qtbot: QtBot, field: PartField, name: str) -> None:
    field.combo.setFocus()
    QTest.keyClick(field.combo, Qt.Key.Key_Home)
    for _ in range(list(registered(field.kind.family)).index(name)):
        QTest.keyClick(field.combo, Qt.Key.Key_Down)


# -- parts ------------------------------------------------------------------------------------------------------------


def test_choosing_a_part_shows_its_settings_and_choosing_back_brings_them_back(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, preset("mnist-300"), only=("optimizer",))
    field = form.fields["optimizer"]
    assert isinstance(field, PartField)
    below = cast(Any, field.below)
    assert list(below.form.fields) == ["learning_rate", "momentum", "nesterov"]
    choose_by_keys(qtbot, field, "adam")
    assert "beta_1" in below.form.fields
    choose_by_keys(qtbot, field, "sgd")
    assert cast(Experiment, keeper.value).optimizer == preset("mnist-300").optimizer


def test_parts_are_added_edited_and_removed(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, preset("mnist-300"), only=("callbacks",))
    field = form.fields["callbacks"]
    assert isinstance(field, PartsField)
    assert isinstance(field.below, PartsList)
    QTest.mouseClick(field.button, Qt.MouseButton.LeftButton)
    actions = field._menu.actions()
    names = [action.text() for action in actions]
    assert len(names) == len(registered("callback"))
    assert {"Early stopping", "Stop after time", "Stop at target"} < set(names)
    assert all(action.toolTip() for action in actions)
    actions[names.index("Early stopping")].trigger()
    field._menu.close()
    part = field.below.forms[0]
    patience = part.fields["patience"]
    assert isinstance(patience, NumberEntry)
    type_in(qtbot, patience, "9")
    assert keeper.edits[-1] == ("callbacks.0.patience", "9")
    field.remove(0)
    assert cast(Experiment, keeper.value).callbacks == ()
    assert not field.below.isVisible()


# -- what nobody here knows -------------------------------------------------------------------------------------------


@pytest.fixture
def strangers() -> Iterator[None]:
    """An optimizer, an augmentation, a schedule and a regularizer that no form has heard of."""

    @register("strange_optimizer")
    class StrangeOptimizer(Optimizer):
        """Goes somewhere else."""

        stubbornness: Annotated[int, Setting("How often it tries.", low=2, high=9, unit="times", live=True)] = 3
        taste: Annotated[str, Setting("What it likes.", choices=("sweet", "sour"))] = "sweet"

        def step(self, *arguments: Any, **keywords: Any) -> None: ...

    @register("strange_augmentation")
    class StrangeAugmentation(Augmentation):
        """Does something else."""

        fog: Annotated[float, Setting("How thick.", low=0, high=1, live=True)] = 0.25

        def draw(self, count: int, rng: Any) -> dict[str, Any]:
            return {}

        def neutral(self) -> dict[str, float]:
            return {}

    yield
    unregister("optimizer", "strange_optimizer")
    unregister("augmentation", "strange_augmentation")


@pytest.mark.usefixtures("strangers")
def test_a_class_registered_elsewhere_has_fields_tooltips_and_validation(qtbot: QtBot) -> None:
    form, keeper = shown(qtbot, preset("mnist-300"), only=("optimizer", "augmentation"))
    optimizer, augmentation = form.fields["optimizer"], form.fields["augmentation"]
    assert isinstance(optimizer, PartField)
    assert isinstance(augmentation, PartsField)
    index = optimizer.combo.findText("Strange optimizer")
    assert optimizer.combo.itemData(index, Qt.ItemDataRole.ToolTipRole) == "Goes somewhere else."
    choose_by_keys(qtbot, optimizer, "strange_optimizer")
    own = cast(Any, optimizer.below).form
    field = own.fields["stubbornness"]
    assert "How often it tries." in field.number.toolTip()
    assert "from 2 to 9 times" in field.number.toolTip()
    type_in(qtbot, field, "12")
    assert field.error == "At most 9. 3 is still in use."
    type_in(qtbot, field, "5")
    assert keeper.edits[-1] == ("optimizer.stubbornness", "5")
    augmentation.add("strange_augmentation")
    assert isinstance(augmentation.below, PartsList)
    fog = augmentation.below.forms[0].fields["fog"]
    assert isinstance(fog, SliderEntry)
    type_in(qtbot, fog, "2")
    assert "At most 1." in fog.error


def test_the_host_puts_something_beside_the_fields_it_names(qtbot: QtBot) -> None:
    pressed: list[str] = []

    def beside(path: str) -> IconButton | None:
        if not path.endswith(("learning_rate", "batch_size")):
            return None
        button = IconButton("search", f"Help with {path}.")
        button.clicked.connect(lambda: pressed.append(path))
        return button

    experiment = preset("mnist-300")
    form = Form(experiment, Host(lambda path, text, dragging: "", beside=beside))
    qtbot.addWidget(form)
    form.resize(264, form.sizeHint().height())
    form.show()
    buttons = {
        button.accessibleName(): button for button in form.findChildren(IconButton) if "Help" in button.toolTip()
    }
    assert set(buttons) == {"Help with optimizer.learning_rate", "Help with batch_size"}
    for button in buttons.values():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        field = button.parentWidget()
        assert isinstance(field, Field)
        assert not button.geometry().intersects(field.editor.geometry())
        assert field.rect().contains(button.geometry())
    assert sorted(pressed) == ["batch_size", "optimizer.learning_rate"]


def test_no_form_knows_a_declared_class() -> None:
    """The mapping is by kind: the sources name no layer, optimizer or other registered class."""
    from pathlib import Path

    import app.widgets.form as module

    sources = "".join(path.read_text("utf-8") for path in Path(str(module.__file__)).parent.glob("form*.py"))
    names = [cls.__name__ for cls in CLASSES if len(cls.__name__) > 4]
    assert not [name for name in [*names, Schedule.__name__, Regularizer.__name__] if name in sources]
