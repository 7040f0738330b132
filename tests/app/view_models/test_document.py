"""The document: every edit can be taken back, says what it was, and tells a running training what it needs to know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view_models.document import ExperimentDocument
from app.view_models.layer_stack import layer_rows
from nn_engine import PRESETS, Experiment, Layer, preset, register
from nn_engine.data import MNIST, ArrayDataset, LoadedData
from nn_engine.declarations import Setting, find, registered, unregister
from nn_engine.layers import (
    BatchNormLayer,
    Conv2DLayer,
    GaussianNoiseLayer,
    InputLayer,
    MaxPool2DLayer,
    ReshapeLayer,
    ResidualBlock,
    SpatialDropoutLayer,
)
from nn_engine.optimizers import SGD, AdamW
from nn_engine.regularizers import L2
from nn_engine.types import Floats, Shape
from tests.nn_engine.io.damage import nested_blocks


@pytest.fixture
def document() -> ExperimentDocument:
    return ExperimentDocument(preset("mnist-300"))


class Heard:
    """What a document said."""

    def __init__(self, document: ExperimentDocument) -> None:
        self.changed = self.structure = 0
        self.live: list[tuple[str, str]] = []
        document.changed.connect(self._on_changed)
        document.structure_changed.connect(self._on_structure)
        document.live_changed.connect(lambda path, text: self.live.append((path, text)))

    def _on_changed(self) -> None:
        self.changed += 1

    def _on_structure(self) -> None:
        self.structure += 1


def digits(train: int = 60, test: int = 10, shape: Shape = (28, 28), classes: int = 10) -> LoadedData:
    names = tuple(str(number) for number in range(classes))

    def made(count: int) -> ArrayDataset:
        return ArrayDataset(np.zeros((count, *shape), np.uint8), np.arange(count) % classes, names)

    return LoadedData(made(train), made(test))


# -- undo -------------------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["1", "0", "0.5", "-3", "300", "relu", "softmax", "adam", "sgd", "none", "on", "off", "28x28", "x"]
)
PATHS = st.sampled_from(
    [
        "layers.0.units",
        "layers.0.shape",
        "layers.1.units",
        "layers.1.fn",
        "layers.2.rate",
        "optimizer",
        "optimizer.learning_rate",
        "optimizer.momentum",
        "schedule",
        "epochs",
        "seed",
        "name",
        "augmentation.rotation",
        "augmentation.0.degrees",
        "augmentation",
        "regularization.l2",
        "callbacks.early_stopping",
        "monitor",
        "validation_share",
        "nonsense.path",
    ]
)
PLACES = st.integers(0, 6)

Action = Callable[[ExperimentDocument], object]


def _at(index: int, document: ExperimentDocument) -> int:
    return index % len(document.layers)


def _sets(path: str, text: str, dragging: bool) -> Action:
    return lambda document: document.set(path, text, dragging)


def _inserts(place: int | None, name: str) -> Action:
    return lambda document: document.insert_layer(place, name)


def _removes(place: int) -> Action:
    def remove(document: ExperimentDocument) -> None:
        if document.layers:
            document.remove_layer(_at(place, document))

    return remove


def _duplicates(place: int) -> Action:
    return lambda document: document.layers and document.duplicate_layer(_at(place, document))


def _moves(place: int, to: int) -> Action:
    return lambda document: document.layers and document.move_layer(_at(place, document), to)


def _presets(name: str, only_layers: bool) -> Action:
    return lambda document: document.use_preset(name, only_layers)


def _pastes(text: str, place: int) -> Action:
    return lambda document: document.paste_layers(text, place)


ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(_sets, PATHS, TEXTS, st.booleans()),
    st.builds(_inserts, st.none() | PLACES, st.sampled_from(sorted(registered("layer")))),
    st.builds(_removes, PLACES),
    st.builds(_duplicates, PLACES),
    st.builds(_moves, PLACES, PLACES),
    st.builds(_presets, st.sampled_from(sorted(PRESETS)), st.booleans()),
    st.builds(_pastes, st.sampled_from(['{"type": "dropout"}\n', '{"type": "input", "units": 3}\n', "bad"]), PLACES),
    st.just(lambda document: document.settle()),
    st.just(lambda document: document.undo()),
)


@given(st.lists(ACTIONS, max_size=25))
def test_undoing_everything_gives_the_start_and_redoing_everything_the_end(actions: list[Action]) -> None:
    document = ExperimentDocument(preset("deep-mlp"))
    start = document.experiment
    for action in actions:
        action(document)
    while document.can_redo:  # an undo may have been the last action
        document.redo()
    end, steps = document.experiment, 0
    document.layer_rows()
    assert isinstance(document.fits, str)
    while document.can_undo:
        assert document.undo_text.startswith("Undo ")
        assert len(document.undo_text) > len("Undo ")
        document.undo()
        steps += 1
    assert document.experiment == start
    assert not document.modified
    for _ in range(steps):
        assert document.redo_text.startswith("Redo ")
        document.redo()
    assert document.experiment == end
    assert not document.can_redo


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("layers.1.units", "200", "Undo units 300 → 200"),
        ("layers.1.fn", "tanh", "Undo activation relu → tanh"),
        ("layers.1.weight_init", "xavier", "Undo weights as the network → Xavier initialization"),
        ("layers.0.shape", "28x28", "Undo shape none → 28 × 28"),
        ("optimizer", "adam", "Undo optimizer SGD → Adam"),
        ("optimizer.nesterov", "on", "Undo nesterov off → on"),
        ("schedule", "constant", "Undo schedule One cycle → Constant"),
        ("augmentation.rotation", "on", "Undo add rotation"),
        ("regularization.l2", "on", "Undo add L2"),
        ("validation_share", "0.1", "Undo validation share 0.166667 → 0.1"),
        ("name", "another", "Undo name mnist-300 → another"),
    ],
)
def test_an_edit_is_told_in_words(document: ExperimentDocument, path: str, text: str, words: str) -> None:
    assert document.set(path, text) == ""
    assert document.undo_text == words


def test_taking_a_part_out_is_told_in_words() -> None:
    document = ExperimentDocument(preset("deep-mlp"))
    assert document.set("regularization.l2", "off") == ""
    assert document.undo_text == "Undo remove L2"


def test_layer_edits_are_told_in_words(document: ExperimentDocument) -> None:
    document.insert_layer(None, "dropout")
    assert document.undo_text == "Undo add Dropout"
    document.duplicate_layer(1)
    assert document.undo_text == "Undo duplicate Dense"
    document.move_layer(1, 2)
    # the two are alike, so nothing changed and there is nothing to take back
    assert document.undo_text == "Undo duplicate Dense"
    document.move_layer(3, 1)
    assert document.undo_text == "Undo move Dropout"
    document.remove_layer(1)
    assert document.undo_text == "Undo remove Dropout"
    document.use_preset("deep-mlp")
    assert document.undo_text == "Undo preset deep-mlp"
    document.undo()
    assert document.redo_text == "Redo preset deep-mlp"


def test_a_drag_is_one_edit(document: ExperimentDocument) -> None:
    for rate in ("0.19", "0.15", "0.1"):
        document.set("optimizer.learning_rate", rate, dragging=True)
    assert document.undo_text == "Undo learning rate 0.2 → 0.1"
    document.settle()
    document.set("optimizer.learning_rate", "0.05", dragging=True)
    assert document.undo_text == "Undo learning rate 0.1 → 0.05"
    document.undo()
    document.undo()
    assert not document.can_undo
    assert document.value("optimizer.learning_rate") == 0.2


def test_the_end_of_another_drag_does_not_end_this_one(document: ExperimentDocument) -> None:
    document.set("optimizer.learning_rate", "0.1", dragging=True)
    document.settle("optimizer.momentum")
    document.set("optimizer.learning_rate", "0.05", dragging=True)
    document.undo()
    assert not document.can_undo


def test_drags_of_different_settings_stay_apart(document: ExperimentDocument) -> None:
    document.set("optimizer.learning_rate", "0.1", dragging=True)
    document.set("optimizer.momentum", "0.5", dragging=True)
    document.undo()
    assert document.value("optimizer.learning_rate") == 0.1


def test_a_drag_back_to_where_it_was_is_no_edit(document: ExperimentDocument) -> None:
    document.set("optimizer.learning_rate", "0.1", dragging=True)
    document.set("optimizer.learning_rate", "0.2", dragging=True)
    assert not document.can_undo
    assert not document.modified


def test_setting_the_same_value_is_no_edit(document: ExperimentDocument) -> None:
    heard = Heard(document)
    assert document.set("layers.1.units", "300") == ""
    assert not document.can_undo
    assert heard.changed == 0


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("layers.1.units", "0", "Expected a whole number from 1 to 65536; received 0."),
        ("layers.1.units", "many", "Expected a whole number from 1 to 65536; received 'many'."),
        ("optimizer.momentum", "1", "Expected a number from 0 and below 1; received 1."),
        ("optimizer", "addam", "Did you mean 'adam'?"),
        ("layers.9.units", "3", "There is no item 9"),
        ("layers.0.units", "none", "Expected units, or a shape; received neither."),
    ],
)
def test_what_is_refused_is_told_in_words_and_changes_nothing(
    document: ExperimentDocument, path: str, text: str, sentence: str
) -> None:
    heard, before = Heard(document), document.experiment
    told = document.set(path, text)
    assert sentence in told
    assert told[0].isupper()
    assert document.experiment is before
    assert not document.can_undo
    assert heard.changed == 0


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_path_and_no_text_raises(path: str, text: str) -> None:
    document = ExperimentDocument()
    assert isinstance(document.set(path, text), str)


# -- what a training is told ------------------------------------------------------------------------------------------


def test_live_settings_are_told_with_their_text(document: ExperimentDocument) -> None:
    heard = Heard(document)
    document.set("optimizer.learning_rate", "0.05")
    document.undo()
    document.set("augmentation.rotation", "on")
    document.set("augmentation.rotation.degrees", "5")
    document.set("schedule", "constant")
    assert heard.structure == 0
    assert heard.live == [
        ("optimizer.learning_rate", "0.05"),
        ("optimizer.learning_rate", "0.2"),
        ("augmentation", '[{"type": "rotation", "probability": 1.0, "fill": "background", "degrees": 10.0}]'),
        ("augmentation.0.degrees", "5.0"),
        ("schedule", '{"type": "constant"}'),
    ]


def test_every_live_text_sets_what_it_says() -> None:
    document, twin = ExperimentDocument(preset("deep-mlp")), ExperimentDocument(preset("deep-mlp"))
    document.live_changed.connect(lambda path, text: twin.set(path, text))
    for path, text in (
        ("layers.2.rate", "0.4"),
        ("regularization.l2", "off"),
        ("augmentation.scaling", "on"),
        ("schedule", "step"),
        ("schedule.every", "3"),
    ):
        assert document.set(path, text) == ""
    assert twin.experiment == document.experiment


@pytest.mark.parametrize(
    ("path", "text"), [("layers.1.units", "20"), ("optimizer", "adam"), ("batch_size", "3"), ("layers.1.fn", "tanh")]
)
def test_other_settings_ask_for_a_new_training(document: ExperimentDocument, path: str, text: str) -> None:
    heard = Heard(document)
    document.set(path, text)
    assert (heard.structure, heard.live, heard.changed) == (1, [], 1)


def test_the_name_concerns_no_training(document: ExperimentDocument) -> None:
    heard = Heard(document)
    document.set("name", "another")
    assert (heard.structure, heard.live, heard.changed) == (0, [], 1)


# -- files ------------------------------------------------------------------------------------------------------------


def test_modified_compares_with_what_was_saved(document: ExperimentDocument, tmp_path: Path) -> None:
    told: list[bool] = []
    document.changed.connect(lambda: told.append(document.modified))
    document.set("epochs", "3")
    document.saved_to(tmp_path / "a.json")
    assert document.path == tmp_path / "a.json"
    document.undo()
    document.redo()
    assert told == [True, False, True, False]


def test_another_experiment_starts_with_an_empty_undo_list(document: ExperimentDocument) -> None:
    document.set("epochs", "3")
    document.start(Experiment(name="fresh"))
    assert document.experiment.name == "fresh"
    assert not document.can_undo
    assert not document.modified


# -- layers -----------------------------------------------------------------------------------------------------------


def test_rows_tell_shapes_and_counts(document: ExperimentDocument) -> None:
    document.insert_layer(None, "dropout")
    rows = document.layer_rows()
    assert [(row.title, row.detail, row.output, row.parameters, row.error) for row in rows] == [
        ("Input", "784", "→ 784", 0, ""),
        ("Dense", "300 relu", "→ 300", 235_500, ""),
        ("Dropout", "20 %", "→ 300", 0, ""),
        ("Dense", "10 softmax", "→ 10", 3_010, ""),
    ]
    assert document.parameter_count == 238_510
    assert document.fits == ""
    assert document.layer_rows() is rows


@pytest.mark.parametrize(
    ("layer", "detail"),
    [
        (Conv2DLayer(filters=8, kernel_size=(5, 5), fn="relu"), "8 5×5 relu"),
        (Conv2DLayer(filters=8, strides=(2, 2), padding="same"), "8 3×3 strides 2×2 same linear"),
        (MaxPool2DLayer(), "2×2"),
        (BatchNormLayer(), ""),
        (BatchNormLayer(momentum=0.8), "momentum 80 %"),
        (SpatialDropoutLayer(rate=0.25), "25 %"),
        (GaussianNoiseLayer(), "0.1"),
        (ReshapeLayer(shape=(4, 4, 1)), "4×4×1"),
        (ResidualBlock(layers=(BatchNormLayer(),), shortcut=(BatchNormLayer(), BatchNormLayer())), "1 layer shortcut"),
    ],
)
def test_a_row_names_what_a_person_sets_and_what_is_not_as_usual(layer: Layer, detail: str) -> None:
    assert layer_rows([layer])[0].detail == detail


def test_rows_follow_an_edit(document: ExperimentDocument) -> None:
    document.set("layers.1.units", "200")
    assert [row.parameters for row in document.layer_rows()] == [0, 157_000, 2_010]


def test_a_layer_behind_what_takes_the_shape_of_an_image_is_told_where_it_fits(document: ExperimentDocument) -> None:
    document.set("layers.0.shape", "28x28x1")
    document.insert_layer(1, "flatten")
    document.insert_layer(2, "conv2d")
    error = document.layer_rows()[2].error
    assert "received the shape 784. Give the Input the shape of an image, such as 28 × 28 × 1." in error
    assert error.endswith(" Or put it before the Flatten.")
    assert document.fits == f"Convolution: e{error[1:]}"
    document.set("layers.0.shape", "28x28")  # where it would not fit before it either
    assert "put it before" not in document.layer_rows()[2].error


def test_the_input_row_shows_the_shape_of_the_data(document: ExperimentDocument) -> None:
    document.use_data(MNIST(), digits())
    assert document.layer_rows()[0].detail == "28 × 28"
    assert document.layer_rows()[0].output == "→ 784"


def test_an_error_stands_in_its_own_row_and_the_rest_stays(document: ExperimentDocument) -> None:
    document.set("layers.0.shape", "28x28")
    rows = document.layer_rows()
    assert rows[0].error == ""
    assert rows[1].error.startswith(
        "Expected one row of values a sample; received the shape 28 × 28. Put a Flatten before it."
    )
    assert rows[2].error == ""
    assert (rows[2].output, rows[2].parameters) == ("", None)
    assert document.parameter_count is None
    assert document.fits.startswith("Dense: expected one row")
    document.insert_layer(1, "flatten")
    assert document.fits == ""


@pytest.mark.parametrize("stack", ["", "dense", "input input", "dense input", "input", "input dropout", "dropout"])
def test_no_stack_is_too_wrong_to_be_kept(document: ExperimentDocument, stack: str) -> None:
    while document.layers:
        document.remove_layer(0)
    for index, name in enumerate(stack.split()):
        document.insert_layer(index, name)
    assert len(document.layer_rows()) == len(stack.split())
    assert document.fits
    assert document.fits[-1] == "."


def test_misplaced_inputs_are_told_where_they_are(document: ExperimentDocument) -> None:
    document.move_layer(0, 1)
    rows = document.layer_rows()
    assert "starts with an input layer" in rows[0].error
    assert "Only the first layer" in rows[1].error


def test_rows_answer_to_the_data(document: ExperimentDocument) -> None:
    document.use_data(MNIST(), digits(shape=(8, 8), classes=4))
    rows = document.layer_rows()
    assert rows[0].error == "The data has 64 values a sample, 8 × 8. Set 64 units."
    assert rows[2].error.startswith("The data has 4 classes")
    assert rows[1].parameters == 235_500
    document.set("layers.0.units", "64")
    document.set("layers.2.units", "4")
    assert document.fits == ""


def test_the_loss_has_to_fit_the_output(document: ExperimentDocument) -> None:
    document.set("layers.2.fn", "relu")
    assert "softmax" in document.fits


def test_what_a_training_would_refuse_is_said_in_the_same_words(document: ExperimentDocument) -> None:
    document.use_data(MNIST(), digits())
    document.set("optimizer", "adamw")
    document.set("regularization.weight_decay", "on")
    assert document.fits.startswith("Weights would shrink for 2 reasons that add up: AdamW (0.01) and weight decay")
    document.set("optimizer.weight_decay", "0")
    assert document.fits == ""
    document.set("augmentation.mix_up", "on")
    document.set("layers.2.fn", "linear")
    document.set("loss", "hinge")
    assert "hinge needs one class a sample" in document.fits


def test_an_undo_that_is_taken_back_leaves_the_edits_before_it(document: ExperimentDocument) -> None:
    before = document.experiment
    document.set("optimizer.momentum", "0.5")
    document.set("optimizer.learning_rate", "0.02")
    kept = document.experiment
    document.undo()
    document.take_back("optimizer.learning_rate", kept)
    assert document.experiment == kept
    assert "momentum" not in document.undo_text
    document.undo()
    assert (document.value("optimizer.momentum"), document.experiment.optimizer.learning_rate) == (
        0.5,
        before.optimizer.learning_rate,
    )
    document.undo()
    assert document.experiment == before
    document.redo()
    document.take_back("optimizer.momentum", before)
    assert not document.can_undo, "one done again is taken back as it was"


def test_augmentations_are_judged_without_being_made(
    document: ExperimentDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After every edit; the fields of an elastic warp of large images take longer than a picture on the screen."""
    monkeypatch.setattr("nn_engine.data.augmentation.pipeline.Warp", lambda *_: pytest.fail("a warp was made"))
    document.use_data(MNIST(), digits())
    document.set("augmentation.elastic", "on")
    assert document.fits == ""
    document.use_data(MNIST(), digits(shape=(784,)))
    assert document.fits.startswith("Expected images, (height, width)")


def test_a_training_that_goes_on_may_have_the_decays_it_was_trained_with(document: ExperimentDocument) -> None:
    before = document.experiment.replace(optimizer=AdamW(), regularization=(L2(),))
    document.use_data(MNIST(), digits())
    document.start(before, trained=True)
    assert document.fits == ""
    document.set("optimizer.weight_decay", "0.02")
    assert "reasons that add up" in document.fits
    document.undo()
    assert document.fits == ""
    document.start(before)
    assert "reasons that add up" in document.fits


def test_what_is_taken_back_is_no_edit(document: ExperimentDocument) -> None:
    before = document.experiment
    document.set("epochs", "7")
    document.set("warm_up", "2")
    document.take_back("warm_up", before)
    assert (document.experiment.epochs, document.experiment.warm_up) == (7, before.warm_up)
    assert "epochs" in document.undo_text
    for text in ("0.1", "0.2", "0.3"):
        document.set("optimizer.learning_rate", text, dragging=True)
    document.take_back("optimizer.learning_rate", before.replace(optimizer=SGD(learning_rate=0.15)))
    assert "0.15" in document.undo_text
    document.undo()
    assert document.experiment == before.replace(epochs=7)
    document.undo()
    assert document.experiment == before
    document.take_back("epochs", before.replace(epochs=9))
    assert document.experiment.epochs == 9, "with nothing to amend, too"


def test_a_watched_metric_has_to_exist(document: ExperimentDocument) -> None:
    document.use_data(MNIST(), digits())
    document.set("callbacks.early_stopping", "on")
    assert document.fits == ""
    document.set("callbacks.early_stopping.monitor", "val_los")
    assert "received 'val_los'" in document.fits
    document.undo()
    document.set("validation_share", "0")
    assert "val_loss" in document.fits


def test_a_network_beyond_the_memory_is_refused(document: ExperimentDocument) -> None:
    document.set("layers.0.units", "100000000")
    document.set("layers.1.units", "65536")
    assert "Use fewer units." in document.fits


def test_new_layers_are_as_the_stack_usually_has_them(document: ExperimentDocument) -> None:
    assert document.insert_layer(None, "dense") == 2
    assert document.layer_rows()[2].detail == "300 relu"
    assert document.insert_layer(4, "dense") == 4, "behind the output layer where that is asked for"
    softmax = ExperimentDocument(preset("softmax-regression"))
    softmax.insert_layer(None, "dense")
    assert softmax.layer_rows()[1].detail == "128 relu"


def test_new_input_layers_fit_the_data(document: ExperimentDocument) -> None:
    document.use_data(MNIST(), digits(shape=(8, 8)))
    document.remove_layer(0)
    assert document.insert_layer(None, "input") == 0
    assert document.layer_rows()[0].output == "→ 64"


# -- text -------------------------------------------------------------------------------------------------------------


def test_the_stack_goes_through_text(document: ExperimentDocument) -> None:
    text = document.layers_as_text()
    assert text.splitlines()[1] == '{"type": "dense", "units": 300, "fn": "relu"}'
    other = ExperimentDocument(preset("deep-mlp"))
    assert other.paste_layers(text) == ""
    assert other.layers == document.layers


def test_a_piece_of_a_stack_is_inserted(document: ExperimentDocument) -> None:
    piece = document.layers_as_text(1)
    assert document.paste_layers(piece, 1) == ""
    assert [row.detail for row in document.layer_rows()] == ["784", "300 relu", "300 relu", "10 softmax"]
    assert document.paste_layers(piece) == ""
    assert document.layer_rows()[-1].detail == "10 softmax"


def test_an_input_layer_alone_only_replaces_the_one_there_is(document: ExperimentDocument) -> None:
    document.set("layers.0.shape", "28x28")
    copied, behind = document.layers_as_text(0), document.layers[1:]
    document.set("layers.0.units", "100")
    assert document.paste_layers(copied, 2) == ""
    assert document.layers[0] == InputLayer(units=784, shape=(28, 28))
    assert document.layers[1:] == behind
    document.remove_layer(0)
    assert document.paste_layers(copied) == ""
    assert document.layers[1:] == behind


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The clipboard has no layers in it"),
        ("\n \n", "The clipboard has no layers in it"),
        ("hello", "The clipboard, line 1, column 1: expected a value"),
        ("[]", "The clipboard, line 1: expected a layer such as"),
        ("3", "found 3."),
        ('{"type": "dropout"}\n{"type": "dense"', "The clipboard, line 2, column 17: expected a comma, or the bracket"),
        (
            '{"type": "dropout"}\n\n{"type" "dense"}',
            'line 3, column 9: expected a colon after the name; found "dense".',
        ),
        ("{}", "needs a 'type'"),
        ('{"type": ["dense"]}', "There is no layer named"),
        ('{"type": "dens", "units": 3}', "Did you mean 'dense'?"),
        ('{"type": "dense"}', "DenseLayer.units: expected a whole number"),
        ('{"type": "dense", "units": -1}', "received -1"),
        ('{"type": "dense", "units": 3, "__class__": 1}', "has no setting '__class__'"),
        ('{"type": "dense", "units": 1e999}', "expected a whole number"),
        ('{"type": "dense", "units": NaN}', "line 1, column 28: NaN is not a number in JSON"),
        ('{"type": "dropout", "rate": -Infinity}', "line 1, column 29: -Infinity is not a number in JSON"),
        ('{"type": "input", "shape": [[1]]}', "expected one to 8 whole numbers"),
        ('{"type": "input", "shape": {"a": 1}}', "expected one to 8 whole numbers"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps(nested_blocks(200)), "The clipboard, line 1, its brackets are nested too deeply"),
        (json.dumps(nested_blocks(14)), "in one another at most 4 deep"),
        ("9" * 10_000, "line 1, column 1: expected a number of a few digits; found 10,000."),
        ('{"type": "dense", "units": ' + "9" * 10_000 + "}", "line 1, column 28: expected a number of a few digits"),
        ('{"type": "dropout"}\n' * 257, "more than 256 layers"),
        ("x" * 2_000_000, "2,000,000 characters"),
    ],
)
def test_hostile_text_is_refused_in_words(document: ExperimentDocument, text: str, sentence: str) -> None:
    before = document.experiment
    told = document.paste_layers(text)
    assert sentence in told
    assert len(told) < 400
    assert document.experiment is before


def test_the_stack_does_not_grow_beyond_what_can_be_shown(document: ExperimentDocument) -> None:
    assert "That would make 257 layers" in document.paste_layers('{"type": "dropout"}\n' * 254, 1)
    assert len(document.layers) == 3
    assert document.paste_layers('{"type": "dropout"}\n' * 251, 1) == ""
    block = '{"type": "residual", "layers": [{"type": "dropout"}, {"type": "dropout"}]}'
    assert "257 layers, those in blocks included" in document.paste_layers(block, 1)
    document.duplicate_layer(1)
    document.insert_layer(None, "dropout")
    with pytest.raises(ValueError, match="256 at most"):
        document.duplicate_layer(1)
    with pytest.raises(ValueError, match="256 at most"):
        document.insert_layer(1, "dense")
    assert len(document.layers) == 256
    document.move_layer(1, 5)
    document.remove_layer(1)
    assert len(document.layers) == 255


def test_a_stack_that_was_opened_with_more_can_be_edited_down() -> None:
    dropouts = tuple(find("layer", "dropout")() for _ in range(300))
    base = ExperimentDocument().experiment
    document = ExperimentDocument(base.replace(layers=(*base.layers[:-1], *dropouts, base.layers[-1])))
    document.move_layer(5, 2)
    document.remove_layer(1)
    assert len(document.layers) == len(base.layers) + 299
    with pytest.raises(ValueError, match="Remove some first"):
        document.insert_layer(None, "dropout")


@given(st.text(max_size=200) | st.from_regex(r'\{"type": "(dense|input|dropout)".{0,40}\}', fullmatch=True))
def test_no_text_raises(text: str) -> None:
    document = ExperimentDocument()
    assert isinstance(document.paste_layers(text), str)


# -- data -------------------------------------------------------------------------------------------------------------


def test_sizes_follow_the_settings(document: ExperimentDocument) -> None:
    assert document.sizes() is None
    document.use_data(MNIST(), digits(600, 100))
    assert document.sizes() == (500, 100, 100)
    document.set("train_size", "60")
    assert document.sizes() == (50, 10, 100)
    assert document.steps_per_epoch == 1
    document.set("batch_size", "20")
    assert document.steps_per_epoch == 3
    document.set("data.folder", "/elsewhere")
    assert document.sizes() is None
    assert document.task is None


def test_data_that_cannot_be_read_says_why(document: ExperimentDocument) -> None:
    document.set("data.folder", "/elsewhere")
    document.data_failed(document.experiment.data, "There is no such folder.")
    assert document.fits == "There is no such folder."
    document.undo()
    assert document.fits == ""


# -- a layer that nothing here knows -----------------------------------------------------------------------------------


def test_a_layer_registered_elsewhere_is_edited_like_any_other(document: ExperimentDocument) -> None:
    @register("lukewarm")
    class LukewarmLayer(Layer):
        """Multiplies by a temperature."""

        degrees: Annotated[float, Setting("How warm.", low=10, high=20, high_open=True, unit="°C")]
        mode: Annotated[str, Setting("Which way.", choices=("up", "down"))]

        def output_shape(self, input_shape: Shape) -> Shape:
            return input_shape

        def forward(self, x: Floats, training: bool) -> Floats:
            return x

        def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
            return grad

    try:
        index = document.insert_layer(None, "lukewarm")
        row = document.layer_rows()[index]
        assert (row.title, row.detail, row.output) == ("Lukewarm", "15 °C up", "→ 300")
        assert row.explanation == "Multiplies by a temperature."
        assert document.set(f"layers.{index}.degrees", "12") == ""
        assert document.undo_text == "Undo degrees 15 → 12"
        assert "below 20" in document.set(f"layers.{index}.degrees", "20")
        assert json.loads(document.layers_as_text(index)) == {"type": "lukewarm", "degrees": 12.0, "mode": "up"}
    finally:
        unregister("layer", "lukewarm")
