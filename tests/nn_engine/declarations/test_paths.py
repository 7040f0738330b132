"""Settings reached by a dotted path: read, set, added, taken out, and refused with the path in the sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn_engine import (
    L2,
    PRESETS,
    SGD,
    Adam,
    Cosine,
    DenseLayer,
    DropoutLayer,
    EarlyStopping,
    Experiment,
    InputLayer,
    Preprocessing,
    Rotation,
    Scaling,
    StopAfterTime,
    Translation,
    preset,
)
from nn_engine.declarations import Declaration, get_path, set_path, set_value, setting_at, settings_of
from nn_engine.declarations.paths import all_paths
from tests.nn_engine.declarations.strategies import as_typed, declarations, values

RICH = Experiment(
    optimizer=SGD(learning_rate=0.2, momentum=0.9),
    schedule=Cosine(),
    regularization=(L2(strength=1e-4),),
    augmentation=(Translation(pixels=1.5), Rotation(degrees=10)),
    callbacks=(EarlyStopping(patience=3), StopAfterTime(seconds=60)),
    layers=(
        InputLayer(units=784),
        DenseLayer(units=300, fn="relu", weight_init="he"),
        DropoutLayer(rate=0.2),
        DenseLayer(units=10, fn="softmax"),
    ),
)
"""Something of everything."""


def changed(path: str, text: str, experiment: Experiment = RICH) -> Experiment:
    """``set_path`` that also sees to it that the original stays as it was."""
    before, config = experiment.values(), json.dumps(experiment.to_config())
    result = set_path(experiment, path, text)
    assert experiment.values() == before
    assert json.dumps(experiment.to_config()) == config
    assert type(result) is Experiment
    return result


# -- setting one value --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("epochs", "3", RICH.replace(epochs=3)),
        ("epochs", " 3 ", RICH.replace(epochs=3)),
        ("seed", "0", RICH.replace(seed=0)),
        ("name", "first try", RICH.replace(name="first try")),
        ("name", "3", RICH.replace(name="3")),
        ("name", "none", RICH.replace(name="none")),
        ("name", "", RICH.replace(name="")),
        ("train_size", "none", RICH.replace(train_size=None)),
        ("train_size", "200", RICH.replace(train_size=200)),
        ("monitor", "val_loss", RICH.replace(monitor="val_loss")),
        ("monitor", "none", RICH.replace(monitor=None)),
        ("weight_init", "glorot", RICH.replace(weight_init="xavier_initialization")),
        ("optimizer.momentum", "0.5", RICH.replace(optimizer=SGD(learning_rate=0.2, momentum=0.5))),
        ("optimizer.nesterov", "on", RICH.replace(optimizer=RICH.optimizer.replace(nesterov=True))),
        ("optimizer", "adam", RICH.replace(optimizer=Adam())),
        ("optimizer", " adam ", RICH.replace(optimizer=Adam())),
        ("optimizer", '{"type": "adam", "beta_1": 0.8}', RICH.replace(optimizer=Adam(beta_1=0.8))),
        ("schedule", "exponential", RICH.replace(schedule="exponential_decay")),
        ("preprocessing.mean", "0.13", RICH.replace(preprocessing=Preprocessing(mean=0.13))),
        ("data.folder", "/tmp/digits", RICH.replace(data=RICH.data.replace(folder="/tmp/digits"))),
        ("layers", "[]", RICH.replace(layers=())),
        ("augmentation", "off", RICH.replace(augmentation=())),
        ("augmentation", "none", RICH.replace(augmentation=())),
        ("epochs", "1e2", RICH.replace(epochs=100)),
        ("augmentation", '["rotation"]', RICH.replace(augmentation=(Rotation(),))),
        ("augmentation", '[{"type": "scaling", "percent": 5}]', RICH.replace(augmentation=(Scaling(percent=5),))),
    ],
)
def test_a_value_is_set(path: str, text: str, expected: Experiment) -> None:
    assert changed(path, text) == expected


def test_settings_given_one_after_the_other_add_up() -> None:
    result = RICH
    for path, text in (("optimizer", "adam"), ("optimizer.learning_rate", "0.003"), ("optimizer.beta_1", "0.8")):
        result = changed(path, text, result)
    assert result == RICH.replace(optimizer=Adam(learning_rate=0.003, beta_1=0.8))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("epochs", 3, RICH.replace(epochs=3)),
        ("name", "3", RICH.replace(name="3")),
        ("name", "off", RICH.replace(name="off")),
        ("optimizer", "adam", RICH.replace(optimizer=Adam())),
        ("optimizer", Adam(beta_1=0.8), RICH.replace(optimizer=Adam(beta_1=0.8))),
        ("optimizer.momentum", 0.5, RICH.replace(optimizer=SGD(learning_rate=0.2, momentum=0.5))),
        ("optimizer.nesterov", True, RICH.replace(optimizer=RICH.optimizer.replace(nesterov=True))),
        ("augmentation", (), RICH.replace(augmentation=())),
        ("augmentation.rotation", False, RICH.replace(augmentation=(Translation(pixels=1.5),))),
        ("augmentation.rotation", True, RICH),
        ("augmentation.scaling", False, RICH),
        ("augmentation.scaling", True, RICH.replace(augmentation=(*RICH.augmentation, Scaling()))),
        ("augmentation.1", Scaling(), RICH.replace(augmentation=(Translation(pixels=1.5), Scaling()))),
        ("layers.2.rate", 0.3, RICH.replace(layers=(*RICH.layers[:2], DropoutLayer(rate=0.3), RICH.layers[3]))),
    ],
)
def test_a_value_that_is_one_already_is_set(path: str, value: Any, expected: Experiment) -> None:
    assert set_value(RICH, path, value) == expected


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("epochs", "3", "^epochs: expected a whole number .*; received '3'"),
        ("epochs", 1.5, "^epochs: expected a whole number .*; received 1.5"),
        ("optimizer.momentum", "0.5", "^optimizer.momentum: expected a number .*; received '0.5'"),
        ("optimizer.nesterov", "on", "^optimizer.nesterov: expected true or false; received 'on'"),
        ("augmentation.rotation", "off", "^augmentation.rotation: .*expected a list"),
        ("augmentation", "off", "^augmentation: expected a list"),
        ("optimizer", None, "^optimizer: expected one optimizer"),
    ],
)
def test_a_value_that_is_one_already_is_not_read_as_text(path: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        set_value(RICH, path, value)


# -- items of lists -----------------------------------------------------------------------------------------------


def with_layer(index: int, layer: Any) -> Experiment:
    """``RICH`` with another layer at one place, or without the one there."""
    return RICH.replace(layers=(*RICH.layers[:index], *([layer] if layer else []), *RICH.layers[index + 1 :]))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("layers.1.units", "50", with_layer(1, DenseLayer(units=50, fn="relu", weight_init="he"))),
        ("layers.1.weight_init", "none", with_layer(1, DenseLayer(units=300, fn="relu"))),
        ("layers.1.fn", "tanh", with_layer(1, DenseLayer(units=300, fn="tanh", weight_init="he"))),
        ("layers.3.fn", "sigmoid", with_layer(3, DenseLayer(units=10, fn="sigmoid"))),
        ("layers.2.rate", "0.3", with_layer(2, DropoutLayer(rate=0.3))),
        ("layers.dropout.rate", "0.3", with_layer(2, DropoutLayer(rate=0.3))),
        ("layers.2", "off", with_layer(2, None)),
        ("layers.2", "none", with_layer(2, None)),
        ("layers.dropout", "OFF", with_layer(2, None)),
        ("layers.2", "on", RICH),
        ("layers.2", "flatten", RICH.replace(layers=(*RICH.layers[:2], "flatten", RICH.layers[3]))),
        ("layers.2", '{"type": "dense", "units": 7}', with_layer(2, DenseLayer(units=7))),
    ],
)
def test_an_item_of_a_list_is_set_by_index_or_by_name(path: str, text: str, expected: Experiment) -> None:
    assert changed(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("augmentation.rotation.degrees", "15", (Translation(pixels=1.5), Rotation(degrees=15))),
        ("augmentation.rotation", "off", (Translation(pixels=1.5),)),
        ("augmentation.rotation", "false", (Translation(pixels=1.5),)),
        ("augmentation.0", "off", (Rotation(degrees=10),)),
        ("augmentation.rotation", "on", (Translation(pixels=1.5), Rotation(degrees=10))),
        ("augmentation.rotation", "rotation", (Translation(pixels=1.5), Rotation())),
        ("augmentation.scaling", "on", (Translation(pixels=1.5), Rotation(degrees=10), Scaling())),
        ("augmentation.scaling.percent", "5", (Translation(pixels=1.5), Rotation(degrees=10), Scaling(percent=5))),
        ("augmentation.scaling", "off", (Translation(pixels=1.5), Rotation(degrees=10))),
        (
            "augmentation.rotation",
            '{"type": "rotation", "degrees": 5, "probability": 0.5}',
            (Translation(pixels=1.5), Rotation(degrees=5, probability=0.5)),
        ),
    ],
)
def test_a_part_is_added_changed_and_taken_out_by_name(path: str, text: str, expected: Any) -> None:
    assert changed(path, text) == RICH.replace(augmentation=expected)


def test_a_part_is_added_to_an_empty_list() -> None:
    plain = Experiment()
    assert changed("augmentation.rotation.degrees", "15", plain).augmentation == (Rotation(degrees=15),)
    assert changed("callbacks.early_stopping.patience", "2", plain).callbacks == (EarlyStopping(patience=2),)
    assert changed("regularization.l2", "on", plain).regularization == (L2(),)
    assert changed("regularization.l2", "off", plain) == plain
    # A layer that cannot be made from its name alone need not be made to be left out.
    assert changed("layers.dense", "off", plain.replace(layers=())) == plain.replace(layers=())


def test_several_items_of_one_name_are_told_apart_by_index() -> None:
    twice = RICH.replace(augmentation=(Rotation(degrees=5), Rotation(degrees=50)))
    with pytest.raises(ValueError, match=r"^augmentation\.rotation\.degrees: the list holds 2 items named 'rotation'"):
        set_path(twice, "augmentation.rotation.degrees", "15")
    with pytest.raises(ValueError, match="the list holds 2 items named 'rotation'"):
        get_path(twice, "augmentation.rotation.degrees")
    assert changed("augmentation.1.degrees", "15", twice).augmentation == (Rotation(degrees=5), Rotation(degrees=15))


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("epoch", "3", "Experiment has no setting 'epoch': .*Did you mean 'epochs'"),
        ("", "3", "Experiment has no setting ''"),
        (".", "3", "Experiment has no setting ''"),
        ("optimizer.", "3", "SGD has no setting ''"),
        ("optimizer.momentun", "0.5", "SGD has no setting 'momentun': .*Did you mean 'momentum'"),
        ("optimizer.beta_1", "0.5", "SGD has no setting 'beta_1'"),
        ("optimizer", "adma", "expected one optimizer of: .*received 'adma'.*Did you mean 'adam'"),
        ("optimizer", "rotation", "expected one optimizer of"),
        ("optimizer", "none", "expected one optimizer of"),
        ("optimizer", '{"type": "adma"}', "no optimizer named 'adma'.*Did you mean 'adam'"),
        ("optimizer", '{"momentum": 0.5}', "needs a 'type'"),
        ("optimizer", "[1]", r"expected one optimizer of: .*received \[1\]"),
        ("optimizer.momentum", "1", r": expected a number from 0 and below 1; received 1\."),
        ("optimizer.momentum", "much", ": expected a number .*received 'much'"),
        ("optimizer.momentum.x", "1", "momentum has no settings of its own"),
        ("epochs.x", "1", "epochs has no settings of its own"),
        ("epochs", "1.5", r"expected a whole number .*received 1\.5"),
        ("epochs", "[" * 100_000, "expected a whole number"),
        ("epochs", "9" * 5_000, "expected a whole number"),
        ("layers", "dense", "expected a list"),
        ("layers.1", "dense", r"DenseLayer\.units: .*not given"),
        ("layers.0", "input", "InputLayer: expected units, or a shape; received neither"),
        ("layers.1.fn", "rellu", ": expected one of .*Did you mean 'relu'"),
        ("layers.4.units", "3", "there is no item 4: the list has 4, counted from 0"),
        ("layers.4", "off", "there is no item 4"),
        ("layers.-1.units", "3", "no layer named '-1'"),
        ("layers.².units", "3", "no layer named '²'"),
        ("layers." + 5_000 * "1", "off", "no layer named"),
        ("layers.dens.units", "3", "no layer named 'dens': .*Did you mean 'dense'"),
        ("layers.dense.units", "3", "the list holds 2 items named 'dense': say which by its index"),
        ("layers.1.units.x", "3", "units has no settings of its own"),
        ("augmentation.rotation.degrees", "999", r": expected .*from 0 to 180 °; received 999\."),
        ("augmentation.scaling.percent", "100", r": expected .*received 100\."),
        ("augmentation.scaling.percents", "5", "Scaling has no setting 'percents': .*Did you mean 'percent'"),
        ("augmentation.scaling", "of", "expected a list, each item one augmentation of"),
        ("regularization.l3", "on", "no regularizer named 'l3'"),
    ],
)
def test_a_refusal_names_the_path_and_the_fault(path: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        changed(path, text)
    assert str(refused.value).startswith(f"{path}: ")


def test_a_layer_that_needs_more_than_its_name_cannot_be_added_by_name() -> None:
    with pytest.raises(ValueError, match=r"^layers\.input\.units: InputLayer: expected units, or a shape"):
        set_path(RICH.replace(layers=()), "layers.input.units", "784")


@given(path=st.text(alphabet="layersoptimz.0123456789 ²-", max_size=20), text=st.text(max_size=10))
def test_no_path_and_no_text_crashes(path: str, text: str) -> None:
    try:
        set_path(RICH, path, text)
    except ValueError as refused:
        assert str(refused).startswith(f"{path}: ")  # noqa: PT017 - most paths are refused, a few are not


# -- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("epochs", 20),
        ("optimizer", SGD(learning_rate=0.2, momentum=0.9)),
        ("optimizer.momentum", 0.9),
        ("layers", RICH.layers),
        ("layers.1", RICH.layers[1]),
        ("layers.1.units", 300),
        ("layers.dropout.rate", 0.2),
        ("layers.dropout", DropoutLayer(rate=0.2)),
        ("augmentation.rotation.degrees", 10.0),
        ("train_size", None),
    ],
)
def test_a_value_is_read(path: str, value: Any) -> None:
    assert get_path(RICH, path) == value


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("epoch", "Did you mean 'epochs'"),
        ("", "no setting ''"),
        ("epochs.x", "nothing below it"),
        ("train_size.x", "nothing below it"),
        ("layers.4", "there is no item 4"),
        ("layers.1.units.x", "nothing below it"),
        ("augmentation.scaling.percent", "the list holds 0 items named 'scaling'"),
        ("augmentation.scalin", "no augmentation named 'scalin'"),
    ],
)
def test_reading_what_is_not_there_is_refused(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        get_path(RICH, path)
    with pytest.raises(ValueError, match=message):
        setting_at(RICH, f"{path}.x")


def test_how_a_setting_is_declared() -> None:
    assert setting_at(RICH, "epochs") in settings_of(Experiment)
    assert setting_at(RICH, "optimizer.momentum").owner == "SGD"
    assert setting_at(RICH, "layers.2.rate") in settings_of(DropoutLayer)
    assert setting_at(RICH, "layers.dropout.rate").setting.live
    with pytest.raises(ValueError, match=r"^layers\.2: layers is a list; name a setting of one of its items\.$"):
        setting_at(RICH, "layers.2")
    with pytest.raises(ValueError, match=r"^layers\.2\.rate\.x: layers\.2\.rate has no settings of its own\.$"):
        setting_at(RICH, "layers.2.rate.x")


# -- all of them --------------------------------------------------------------------------------------------------


def leaves(declaration: Declaration) -> int:
    """How many settings there are in all, counted without paths."""
    count = 0
    for value in declaration.values().values():
        below = value if isinstance(value, tuple) else (value,)
        count += 1 + sum(leaves(part) for part in below if isinstance(part, Declaration))
    return count


def check_all_paths(experiment: Experiment) -> None:
    """Every path is listed once, can be read, and set to the value it has."""
    listed = all_paths(experiment)
    assert len({path for path, _ in listed}) == len(listed) == leaves(experiment)
    for path, spec in listed:
        value = get_path(experiment, path)
        assert setting_at(experiment, path) is spec
        assert spec.check(value) == value
        assert changed(path, as_typed(spec.kind, value), experiment) == experiment, path


@pytest.mark.parametrize(
    "experiment", [RICH, *(preset.experiment for preset in PRESETS.values())], ids=lambda e: e.name
)
def test_every_listed_path_can_be_read_and_set_again(experiment: Experiment) -> None:
    check_all_paths(experiment)


@given(experiment=declarations(Experiment))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_listed_path_of_any_experiment_can_be_read_and_set_again(experiment: Experiment) -> None:
    check_all_paths(experiment)


@given(data=st.data())
@settings(max_examples=200)
def test_setting_a_path_changes_that_and_nothing_else(data: st.DataObject) -> None:
    listed = [
        (path, spec) for path, spec in all_paths(RICH) if not isinstance(get_path(RICH, path), tuple | Declaration)
    ]
    path, spec = data.draw(st.sampled_from(listed))
    value = data.draw(values(spec.kind))
    try:
        result = changed(path, as_typed(spec.kind, value))
    except ValueError as refused:
        # Settings that are fine alone may contradict each other.
        assert "InputLayer" in str(refused) or "Preprocessing" in str(refused)  # noqa: PT017
        return
    assert get_path(result, path) == value
    others = [other for other, _ in listed if other != path]
    assert [get_path(result, other) for other in others] == [get_path(RICH, other) for other in others]


def test_the_list_of_paths_follows_what_is_there() -> None:
    paths = [path for path, _ in all_paths(RICH)]
    for path in ("optimizer", "optimizer.momentum", "layers", "layers.2.rate", "augmentation.1.degrees", "data.folder"):
        assert path in paths
    assert "optimizer.beta_1" not in paths
    other = [path for path, _ in all_paths(changed("optimizer", "adam"))]
    assert "optimizer.beta_1" in other
    assert "optimizer.momentum" not in other


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("layers", "[{type:dense,units:3}]"),
        ("layers", '[{"type": "dense"'),
        ("layers.1", "{type:dense}"),
        ("optimizer", "{'type': 'sgd'}"),
    ],
)
def test_brackets_that_are_no_json_are_told_what_is_missing(path: str, text: str) -> None:
    """A shell takes the quotes of what is not quoted as a whole."""
    with pytest.raises(
        ValueError, match=r'In brackets it has to be JSON, with names in double quotes, such as {"type": "\w+"}'
    ):
        set_path(preset("mnist-300"), path, text)
