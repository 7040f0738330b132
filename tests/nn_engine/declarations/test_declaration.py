"""What follows from a declaration: making, checking, changing, saving and reading back."""

from __future__ import annotations

import inspect
import json
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nn_engine
from nn_engine import (
    L2,
    MNIST,
    SGD,
    Adam,
    Cosine,
    DenseLayer,
    DropoutLayer,
    EarlyStopping,
    Experiment,
    FlattenLayer,
    InputLayer,
    Layer,
    Network,
    OneCycle,
    Rotation,
    TrainingPlan,
    Translation,
)
from nn_engine.declarations import Declaration, Setting, SettingSpec, settings_of
from nn_engine.declarations.declaration import REQUIRED, spec_of
from nn_engine.types import Floats, Shape
from tests.nn_engine.declarations.strategies import declarations, registered_declarations, values
from tests.nn_engine.sample_settings import ordinary_values

EVERY_CLASS = registered_declarations()
every_class = pytest.mark.parametrize("cls", EVERY_CLASS, ids=lambda cls: cls.__name__)

WITH_SETTINGS: list[type[Declaration]] = [*EVERY_CLASS, Experiment]
EVERY_SETTING = [(cls, spec) for cls in WITH_SETTINGS for spec in settings_of(cls)]
every_setting = pytest.mark.parametrize(
    ("cls", "spec"), EVERY_SETTING, ids=[f"{cls.__name__}.{spec.name}" for cls, spec in EVERY_SETTING]
)


class Lamp(Declaration):
    """Gives light.

    And warmth, which no form needs to say.
    """

    watts: Annotated[int, Setting("How bright it is.", low=1, high=100, unit="W", live=True)]
    colour: Annotated[str, Setting("Which colour.", choices=("red", "green"), label="hue")] = "red"
    dimmed: Annotated[float, Setting("How far it is turned down.", low=0, high=1, live=True)] = 0.0
    height_in_cm: Annotated[int | None, Setting("How high it hangs.", low=0)] = None

    def check_together(self) -> None:
        if self.colour == "green" and self.watts > 50:
            raise ValueError(f"Lamp: green is at most 50 W; received {self.watts}.")


class NightLamp(Lamp):
    """Gives little light."""

    watts: Annotated[int, Setting("How bright it is.", low=1, high=5)] = 2
    timer: Annotated[bool, Setting("Whether it goes out by itself.")] = True


# -- making -------------------------------------------------------------------------------------------------------


def test_the_constructor_shows_what_it_takes() -> None:
    assert list(inspect.signature(Lamp).parameters) == ["watts", "colour", "dimmed", "height_in_cm"]


def test_a_class_may_make_itself() -> None:
    class Candle(Lamp):
        """Gives light for a while."""

        hours: Annotated[int, Setting("How long.", low=1)] = 3

        def __init__(self, size: int) -> None:
            super().__init__(watts=size)

    assert Candle(7).values() == {**Lamp(watts=7).values(), "hours": 3}


def test_what_belongs_to_the_class_may_be_given_without_an_annotation() -> None:
    class RedLamp(Lamp):
        """Gives red light."""

        group = "red"

    assert (RedLamp.group, RedLamp(watts=3).watts) == ("red", 3)
    with pytest.raises(TypeError, match=r"WeakLamp\.watts: declare a new default as Annotated"):

        class WeakLamp(Lamp):
            """Gives hardly any light."""

            watts = 1


# -- JSON ---------------------------------------------------------------------------------------------------------


@every_class
@given(data=st.data())
@settings(max_examples=40)
def test_json_gives_back_every_class_with_any_settings(cls: type[Declaration], data: st.DataObject) -> None:
    made = data.draw(declarations(cls))
    config = json.loads(json.dumps(made.to_config(), allow_nan=False))
    assert config.pop("type") == cls.registered_name
    again = cls.from_config(config)
    assert again == made
    assert hash(again) == hash(made)
    assert again.values() == made.values()
    assert [type(value) for value in again.values().values()] == [type(value) for value in made.values().values()]


@given(experiment=declarations(Experiment))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_json_gives_back_any_experiment(experiment: Experiment) -> None:
    text = json.dumps(experiment.to_config(), allow_nan=False)
    again = Experiment.from_config(json.loads(text))
    assert again == experiment
    assert again.layers == experiment.layers
    assert json.dumps(again.to_config()) == text


@every_class
def test_what_is_saved_is_complete_with_defaults(cls: type[Declaration]) -> None:
    made = declarations_with_defaults(cls)
    assert list(made.to_config()) == ["type", *(spec.name for spec in settings_of(cls))]


def declarations_with_defaults(cls: type[Declaration]) -> Declaration:
    """An instance with as little said as possible."""
    needed = {
        spec.name: spec.kind.to_json(ordinary_values(spec)[0]) for spec in settings_of(cls) if spec.default is REQUIRED
    }
    return cls.from_config({"units": 4} if cls is InputLayer else needed)


def test_an_experiment_says_of_its_parts_which_they_are() -> None:
    config = Experiment(
        optimizer=Adam(), layers=(InputLayer(shape=(28, 28)),), callbacks=(EarlyStopping(),)
    ).to_config()
    assert config["optimizer"]["type"] == "adam"
    assert config["layers"] == [{"type": "input", "units": None, "shape": [28, 28]}]
    assert config["callbacks"][0]["type"] == "early_stopping"
    assert "type" not in config


def test_what_a_file_leaves_out_has_its_default() -> None:
    assert SGD.from_config({"momentum": 0.5}) == SGD(momentum=0.5)
    assert Experiment.from_config({}) == Experiment()


def test_what_a_file_must_not_leave_out_is_asked_for() -> None:
    with pytest.raises(ValueError, match=r"^Lamp\.watts: expected a whole number from 1 to 100 W; it is not given\.$"):
        Lamp.from_config({"colour": "red"})
    with pytest.raises(ValueError, match=r"^Lamp has no setting 'wats': .*Did you mean 'watts'\?$"):
        Lamp.from_config({"wats": 60})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"optimizer": {"type": "sgd", "momentum": 2}}, r"^optimizer: SGD\.momentum: expected .*; received 2\.$"),
        ({"optimizer": {"type": "sdg"}}, r"^optimizer: There is no optimizer named 'sdg'.*mean 'sgd'"),
        ({"optimizer": {}}, "^optimizer: the optimizer needs a 'type'"),
        ({"optimizer": 3}, r"^Experiment\.optimizer: expected one optimizer of: .*; received 3\.$"),
        ({"layers": [{"type": "input", "units": 4}, {"type": "dense"}]}, r"^layers: layer 1: DenseLayer\.units: "),
        ({"layers": [{"type": "dense", "units": "x"}]}, r"^layers: layer 0: DenseLayer\.units: .*received 'x'"),
        ({"layers": {"type": "input"}}, r"^Experiment\.layers: expected a list"),
        ({"layers": [[]]}, r"^Experiment\.layers: expected a list"),
        ({"epoch": 3}, r"^Experiment has no setting 'epoch': expected one of .*Did you mean 'epochs'\?$"),
        ({"epochs": "3"}, r"^Experiment\.epochs: expected a whole number .*; received '3'\.$"),
        ({"epochs": 10**400}, r"^Experiment\.epochs: .*received 1000000.*….$"),
        ({"data": {"type": "mnist", "folder": 3}}, r"^data: MNIST\.folder: expected a path"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_way_to_the_fault(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Experiment.from_config(config)


def test_reading_leaves_the_json_alone() -> None:
    config = {"optimizer": {"type": "sgd", "momentum": 0.5}, "layers": [{"type": "input", "units": 4}]}
    before = json.dumps(config)
    Experiment.from_config(config)
    assert json.dumps(config) == before


# -- making and checking ------------------------------------------------------------------------------------------


@every_setting
def test_every_setting_explains_itself(cls: type[Declaration], spec: SettingSpec) -> None:
    assert spec.setting.help.endswith(".")
    assert spec.setting.help[0].isupper()
    assert spec.label
    assert "_" not in spec.label
    if spec.default is not REQUIRED:
        assert spec.check(spec.default) == spec.default


@every_setting
@given(data=st.data())
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
def test_every_setting_takes_what_it_declares(cls: type[Declaration], spec: SettingSpec, data: st.DataObject) -> None:
    value = data.draw(values(spec.kind))
    assert spec.check(value) == value


def test_values_become_canonical() -> None:
    sgd = SGD(learning_rate=1, momentum=np.float64(0.5))
    assert [type(value) for value in sgd.values().values()] == [float, float, bool]
    make: Any = Experiment
    four: Any = np.int64(4)
    experiment = make(layers=[InputLayer(units=four)], weight_init="glorot", optimizer="adam")
    assert experiment.layers == (InputLayer(units=4),)
    assert experiment.weight_init == "xavier_initialization"
    assert experiment.optimizer == Adam()
    assert DenseLayer(units=3, weight_init="he").weight_init == "he_initialization"


def test_an_alias_is_saved_under_the_one_name() -> None:
    assert Experiment(weight_init="he").to_config()["weight_init"] == "he_initialization"


@pytest.mark.parametrize("seed", [0, np.int64(0), np.uint8(0)])
def test_seed_zero_is_a_seed(seed: Any) -> None:
    plan = TrainingPlan(seed=seed)
    assert plan.seed == 0
    assert type(plan.seed) is int
    assert plan.to_config()["seed"] == 0
    assert TrainingPlan.from_config({"seed": 0}).seed == 0
    assert TrainingPlan(seed=7).replace(seed=0).seed == 0


@pytest.mark.parametrize("seed", [-1, 2**63, 0.0, True, None, "0"])
def test_what_is_no_seed(seed: Any) -> None:
    with pytest.raises(ValueError, match=r"TrainingPlan\.seed: expected a whole number from 0 to"):
        TrainingPlan(seed=seed)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("watts", 0, r"^Lamp\.watts: expected a whole number from 1 to 100 W; received 0\.$"),
        ("watts", 101, r"received 101\.$"),
        ("watts", 60.0, r"received 60\.0\.$"),
        ("watts", True, r"received True\.$"),
        ("watts", None, r"received None\.$"),
        ("watts", "60", r"received '60'\.$"),
        ("colour", "gren", r"^Lamp\.colour: expected one of red, green; received 'gren'\. Did you mean 'green'\?$"),
        ("dimmed", float("nan"), r"^Lamp\.dimmed: expected a number from 0 to 1; received nan\.$"),
        ("dimmed", 1.0000001, r"received 1\.0000001\.$"),
        ("height_in_cm", -1, r"^Lamp\.height_in_cm: expected a whole number from 0 up, or none; received -1\.$"),
    ],
)
def test_what_is_refused_and_how(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Lamp(**{"watts": 60, name: value})
    with pytest.raises(ValueError, match=message):
        Lamp(watts=60).replace(**{name: value})


def test_a_long_value_is_not_repeated_at_length() -> None:
    with pytest.raises(ValueError, match="…") as refused:
        Lamp(watts=60, colour=10_000 * "x")
    assert len(str(refused.value)) < 250


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="green is at most 50 W; received 51"):
        Lamp(watts=51, colour="green")
    with pytest.raises(ValueError, match="green is at most 50 W"):
        Lamp(watts=51).replace(colour="green")
    with pytest.raises(ValueError, match="InputLayer: expected units, or a shape; received neither"):
        InputLayer()
    with pytest.raises(ValueError, match="expected a shape with as many values as units; received 5 units and 2 × 2"):
        InputLayer(units=5, shape=(2, 2))


def test_a_constructor_takes_names_only() -> None:
    make: Any = Lamp
    with pytest.raises(TypeError, match=r"^Lamp takes its settings by name, as Lamp\(watts=…\); received 60 without a"):
        make(60)
    with pytest.raises(TypeError, match=r"^Lamp has no setting 'wats': .*, height_in_cm\. Did you mean 'watts'\?$"):
        make(wats=60)
    with pytest.raises(TypeError, match=r"^Lamp\.watts: expected a whole number from 1 to 100 W; it is not given\.$"):
        make()
    make = FlattenLayer
    with pytest.raises(TypeError, match=r"^FlattenLayer has no settings; received 60 without a name\.$"):
        make(60)


def test_a_new_default_without_its_setting_is_the_programmers_mistake() -> None:
    with pytest.raises(TypeError, match=r"Dim\.watts: declare a new default as Annotated\[type, Setting\(\.\.\.\)\]"):

        class Dim(Lamp):
            watts = 5


def test_a_field_without_its_setting_is_the_programmers_mistake() -> None:
    class Candle(Declaration):
        wax: int = 3

    with pytest.raises(TypeError, match=r"Candle\.wax must be declared as Annotated\[type, Setting\(\.\.\.\)\]"):
        settings_of(Candle)


# -- fixed, and changed -------------------------------------------------------------------------------------------


@every_setting
def test_no_setting_can_be_assigned(cls: type[Declaration], spec: SettingSpec) -> None:
    made = declarations_with_defaults(cls)
    before = made.to_config()
    with pytest.raises(AttributeError, match=rf"^{cls.__name__}\.{spec.name} is fixed: .* replace\({spec.name}=…\)\.$"):
        setattr(made, spec.name, getattr(made, spec.name))
    assert made.to_config() == before


def test_what_is_no_setting_can_be_assigned() -> None:
    lamp: Any = Lamp(watts=60)
    lamp.place = "kitchen"
    assert lamp.place == "kitchen"
    assert lamp == Lamp(watts=60)
    assert "place" not in lamp.to_config()


def test_replace_makes_a_changed_copy() -> None:
    lamp = Lamp(watts=60, dimmed=0.5)
    brighter = lamp.replace(watts=70)
    assert brighter == Lamp(watts=70, dimmed=0.5)
    assert lamp == Lamp(watts=60, dimmed=0.5)
    assert type(NightLamp().replace(timer=False)) is NightLamp


def test_replacing_nothing_makes_an_equal_but_other_one() -> None:
    lamp = Lamp(watts=60)
    assert lamp.replace() == lamp
    assert lamp.replace() is not lamp


def test_replace_refuses_what_does_not_exist() -> None:
    with pytest.raises(ValueError, match=r"^Lamp has no setting 'wats': expected one of watts, .*mean 'watts'\?$"):
        Lamp(watts=60).replace(wats=3)
    with pytest.raises(ValueError, match=r"^FlattenLayer has no setting 'units': it has no settings\.$"):
        nn_engine.FlattenLayer().replace(units=3)


@every_setting
def test_only_live_settings_change_in_place(cls: type[Declaration], spec: SettingSpec) -> None:
    made = declarations_with_defaults(cls)
    old = getattr(made, spec.name)
    for value in ordinary_values(spec):
        try:
            wanted = made.replace(**{spec.name: value})
        except ValueError:  # it contradicts another setting
            continue
        changed = made.replace()
        changed.take_live_settings(wanted)
        assert getattr(changed, spec.name) == (getattr(wanted, spec.name) if spec.setting.live else old)
        assert getattr(made, spec.name) == old


def test_a_live_change_of_one_does_not_touch_its_copies() -> None:
    layer = DropoutLayer(rate=0.5)
    copy = layer.replace()
    copy.take_live_settings(DropoutLayer(rate=0.1))
    assert (layer.rate, copy.rate, DropoutLayer().rate) == (0.5, 0.1, 0.5)


def test_live_settings_are_taken_over_from_another_and_no_others() -> None:
    lamp = Lamp(watts=60, dimmed=0.5, height_in_cm=3)
    lamp.take_live_settings(Lamp(watts=70, dimmed=0.25, height_in_cm=9, colour="red"))
    assert lamp == Lamp(watts=70, dimmed=0.25, height_in_cm=3)
    lamp.take_live_settings(NightLamp(watts=1, dimmed=1))
    assert lamp == Lamp(watts=70, dimmed=0.25, height_in_cm=3)


# -- what a declaration says of itself ----------------------------------------------------------------------------


def test_equal_means_the_same_class_with_the_same_settings() -> None:
    assert Lamp(watts=60) == Lamp(watts=60)
    assert Lamp(watts=60) != Lamp(watts=61)
    assert Lamp(watts=2) != NightLamp(watts=2)
    assert SGD(learning_rate=0.001) != Adam(learning_rate=0.001)
    assert len({Lamp(watts=60), Lamp(watts=60), Lamp(watts=61)}) == 2
    assert Lamp(watts=60) != 60


@every_class
@given(data=st.data())
@settings(max_examples=20)
def test_what_is_shown_can_be_typed_in_again(cls: type[Declaration], data: st.DataObject) -> None:
    made = data.draw(declarations(cls))
    assert eval(repr(made), vars(nn_engine)) == made


def test_only_what_differs_from_the_default_is_shown() -> None:
    assert repr(SGD()) == "SGD()"
    assert repr(SGD(momentum=0.9)) == "SGD(momentum=0.9)"
    assert repr(DenseLayer(units=3)) == "DenseLayer(units=3)"
    assert repr(Lamp(watts=60, colour="red")) == "Lamp(watts=60)"
    experiment = Experiment(
        augmentation=(Rotation(degrees=5), Translation()), schedule=Cosine(), regularization=(L2(),)
    )
    assert repr(experiment) == (
        "Experiment(schedule=Cosine(), regularization=(L2(),), augmentation=(Rotation(degrees=5.0), Translation()))"
    )


def test_settings_come_in_the_order_of_declaration_those_of_the_base_first() -> None:
    assert [spec.name for spec in settings_of(Lamp)] == ["watts", "colour", "dimmed", "height_in_cm"]
    assert [spec.name for spec in settings_of(NightLamp)] == ["watts", "colour", "dimmed", "height_in_cm", "timer"]
    assert list(NightLamp().values()) == ["watts", "colour", "dimmed", "height_in_cm", "timer"]


def test_a_subclass_may_declare_a_setting_anew() -> None:
    assert NightLamp().watts == 2
    with pytest.raises(ValueError, match=r"^NightLamp\.watts: expected a whole number from 1 to 5; received 6\.$"):
        NightLamp(watts=6)
    assert Lamp(watts=6).watts == 6


def test_a_setting_has_a_label_for_people() -> None:
    labels = {spec.name: spec.label for spec in settings_of(Lamp)}
    assert labels == {"watts": "watts", "colour": "hue", "dimmed": "dimmed", "height_in_cm": "height in cm"}


def test_the_explanation_is_the_first_paragraph_of_the_docstring() -> None:
    assert Lamp.explanation() == "Gives light."


@every_class
def test_every_class_explains_itself_on_one_line(cls: type[Declaration]) -> None:
    explanation = cls.explanation()
    assert explanation
    assert "\n" not in explanation
    assert explanation != cls.__mro__[1].__doc__


def test_one_setting_by_name() -> None:
    assert spec_of(Lamp, "watts").owner == "Lamp"
    with pytest.raises(ValueError, match="no setting 'wats'"):
        spec_of(Lamp, "wats")


class Unregistered(Declaration):
    """Has no name in any family."""

    family: ClassVar[str] = ""

    parts: Annotated[OneCycle, Setting("One.")] = OneCycle()


def test_what_goes_by_the_name_of_its_base_is_not_saved_as_that() -> None:
    class Special(SGD):
        """SGD with something of its own."""

    with pytest.raises(ValueError, match="Special has no name of its own to be saved under: register it first"):
        Experiment(optimizer=Special()).to_config()


def test_what_has_no_name_in_its_family_is_not_saved_as_what_nobody_can_read() -> None:
    class Nameless(Layer):
        """Hands on what it is given."""

        def output_shape(self, input_shape: Shape) -> Shape:
            return input_shape

        def forward(self, x: Floats, training: bool) -> Floats:
            return x

        def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
            return grad

    with pytest.raises(ValueError, match="Nameless has no name of its own to be saved under: register it first"):
        Network([InputLayer(units=2), Nameless()]).to_config()


def test_what_is_not_registered_is_saved_without_a_type() -> None:
    assert Unregistered().to_config() == {"parts": OneCycle().to_config()}
    assert MNIST().to_config() == {"type": "mnist", "folder": None}
