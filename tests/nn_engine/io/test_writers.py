"""Whatever is registered can be exported, and computes elsewhere what it computes here."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    PRESETS,
    ActivationLayer,
    AveragePool2DLayer,
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GaussianNoiseLayer,
    GlobalAveragePool2DLayer,
    InputLayer,
    Layer,
    LayerNormLayer,
    MaxPool2DLayer,
    Preprocessing,
    ReshapeLayer,
    ResidualBlock,
    SpatialDropoutLayer,
    registered,
)
from nn_engine.data import LoadedData, Task
from nn_engine.experiments.assemble import build_network
from nn_engine.io import onnx_writers, script_writers
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.io.writers import Writers
from nn_engine.types import Array
from tests.nn_engine.io.exported import EXPORTS
from tests.nn_engine.io.trained import answers, raw_samples, trained
from tests.nn_engine.sample_settings import instances
from tests.nn_engine.test_contract import SHAPES, layer_accepts
from tests.nn_engine.test_throwaway import GainLayer

ROOT = Path(__file__).parents[3]
CLOSE = 1e-5
ABOUT_ZERO = Preprocessing(mean=0.5, deviation=0.3)
"""Makes samples of both signs."""
BELOW_ZERO = Preprocessing(mean=2)
NAMES = {family: list(registered(family)) for family in ("layer", "activation")}


@pytest.fixture(scope="module")
def digits(mnist: LoadedData) -> Array:
    """Some digits as the data has them: (300, 28, 28), bytes."""
    images: Array = np.empty((300, 28, 28), np.uint8)
    return mnist.test.read(np.arange(300), images)


@pytest.mark.parametrize("writers", [onnx_writers.layers, script_writers.layers])
def test_every_registered_layer_has_a_writer(writers: Writers[Any]) -> None:
    missing = [name for name in NAMES["layer"] if name not in writers]
    assert not missing, f"there is no writer for {missing}: say in onnx_writers and script_writers how they are written"


@pytest.mark.parametrize("writers", [onnx_writers.activations, script_writers.activations])
def test_every_registered_activation_has_a_writer(writers: Writers[Any]) -> None:
    missing = [name for name in NAMES["activation"] if name not in writers]
    assert not missing, f"there is no writer for {missing}: say in onnx_writers and script_writers how they are written"


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("name", NAMES["layer"])
def test_every_layer_with_all_its_settings(tmp_path: Path, name: str, format_name: str) -> None:
    tried = 0
    cls: type[Layer] = registered("layer")[name]
    for layer in instances(cls):
        for shape in SHAPES:
            layers: list[Layer] = [layer]
            if not isinstance(layer, InputLayer):
                if not layer_accepts(layer)(shape):
                    continue
                layers.insert(0, InputLayer(shape=shape))
            exported = trained(*layers, seed=tried, preprocessing=ABOUT_ZERO)
            for count in (5, 1):
                raw = raw_samples(exported, count, seed=tried)
                found = EXPORTS[format_name](exported, raw, tmp_path)
                assert found.dtype == np.float32
                np.testing.assert_allclose(found, answers(exported, raw), rtol=CLOSE, atol=CLOSE, err_msg=f"{layers}")
            tried += 1
    assert tried


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("name", NAMES["activation"])
def test_every_activation_near_and_far_from_zero(tmp_path: Path, name: str, format_name: str) -> None:
    exported = trained(
        InputLayer(units=4), DenseLayer(units=4, fn=name), preprocessing=Preprocessing(divide_by=10, mean=12.8)
    )
    exported.network.load_state_dict({"layers.1.weights": np.eye(4), "layers.1.bias": np.zeros(4)})
    raw = np.arange(256, dtype=np.uint8).reshape(-1, 4)
    found, expected = EXPORTS[format_name](exported, raw, tmp_path), answers(exported, raw)
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE)


STACKS: dict[str, tuple[Layer, ...]] = {
    "a small convolutional network": (
        InputLayer(shape=(11, 13, 1)),
        Conv2DLayer(filters=4, kernel_size=(5, 3), fn="relu"),
        MaxPool2DLayer(),
        Conv2DLayer(filters=6, padding="same", fn="relu"),
        MaxPool2DLayer(pool_size=(2, 2), padding="same"),
        FlattenLayer(),
        DenseLayer(units=5, fn="softmax"),
    ),
    "a residual network": (
        InputLayer(units=64),
        ReshapeLayer(shape=(8, 8, 1)),
        Conv2DLayer(filters=4, padding="same"),
        ResidualBlock(
            layers=(
                BatchNormLayer(),
                ActivationLayer(fn="relu"),
                Conv2DLayer(filters=8, strides=(2, 2), padding="same", fn="gelu"),
                SpatialDropoutLayer(),
                ResidualBlock(layers=(LayerNormLayer(), Conv2DLayer(filters=8, padding="same"))),
            ),
            shortcut=(Conv2DLayer(filters=8, kernel_size=(1, 1), strides=(2, 2)),),
        ),
        AveragePool2DLayer(pool_size=(3, 2), strides=(1, 1), padding="same"),
        ActivationLayer(fn="softmax"),
        GaussianNoiseLayer(),
        GlobalAveragePool2DLayer(),
        ResidualBlock(layers=(DenseLayer(units=8, fn="tanh"),)),
        BatchNormLayer(),
        DropoutLayer(),
        DenseLayer(units=3, fn="softmax"),
    ),
}


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("stack", STACKS)
def test_layers_of_all_kinds_together(tmp_path: Path, stack: str, format_name: str) -> None:
    exported = trained(*STACKS[stack], preprocessing=ABOUT_ZERO)
    for count in (9, 1, 0):
        raw = raw_samples(exported, count)
        found, expected = EXPORTS[format_name](exported, raw, tmp_path), answers(exported, raw)
        np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE)
    assert np.ptp(answers(exported, raw_samples(exported, 9)), axis=0).max() > 0.01


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("pooling", [MaxPool2DLayer(padding="same"), AveragePool2DLayer(padding="same")])
def test_what_lies_beyond_the_edge_does_not_count(tmp_path: Path, pooling: Layer, format_name: str) -> None:
    exported = trained(InputLayer(shape=(3, 5, 2)), pooling, preprocessing=BELOW_ZERO)
    raw = raw_samples(exported, 4)
    expected = answers(exported, raw)
    assert expected.max() < -0.5
    np.testing.assert_allclose(EXPORTS[format_name](exported, raw, tmp_path), expected, atol=CLOSE)


def preset_network(name: str) -> TrainedNetwork:
    """The network of a preset, all its numbers moved a little so that none is zero or one."""
    experiment = PRESETS[name].experiment
    network = build_network(experiment)
    network.state += 0.01 * np.random.default_rng(5).standard_normal(network.state.size, np.float32)
    names = tuple(str(number) for number in range(network.output_shape[0]))
    return TrainedNetwork(network, experiment.preprocessing, Task((28, 28), "classes", names))


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset(tmp_path: Path, digits: Array, name: str, format_name: str) -> None:
    exported = preset_network(name)
    found, expected = EXPORTS[format_name](exported, digits, tmp_path), answers(exported, digits)
    assert np.abs(found - expected).max() <= CLOSE
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))


@pytest.mark.parametrize("format_name", EXPORTS)
def test_the_network_that_comes_with_the_studio(tmp_path: Path, digits: Array, format_name: str) -> None:
    exported = load_checkpoint(ROOT / "assets" / "pretrained" / "digits.npz")
    found, expected = EXPORTS[format_name](exported, digits, tmp_path), answers(exported, digits)
    assert np.abs(found - expected).max() <= CLOSE
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
    assert expected.max(axis=1).min() < 0.999 < expected.max()


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize(
    "preprocessing",
    [Preprocessing(divide_by=1), Preprocessing(divide_by=2, mean=0.3, deviation=0.7), Preprocessing(mean=-1)],
)
def test_raw_samples_are_prepared_as_in_training(
    tmp_path: Path, preprocessing: Preprocessing, format_name: str
) -> None:
    exported = trained(preprocessing=preprocessing)
    plain = answers(dataclasses.replace(exported, preprocessing=Preprocessing()), raw_samples(exported, 9))
    expected = answers(exported, raw_samples(exported, 9))
    assert np.abs(expected - plain).max() > 0.01, "the preprocessing makes no difference, so this test shows nothing"
    np.testing.assert_allclose(EXPORTS[format_name](exported, raw_samples(exported, 9), tmp_path), expected, atol=CLOSE)


@pytest.mark.parametrize("format_name", EXPORTS)
@pytest.mark.parametrize("count", [0, 1, 2, 1001])
def test_any_number_of_samples(tmp_path: Path, count: int, format_name: str) -> None:
    exported = trained()
    raw = raw_samples(exported, count)
    found = EXPORTS[format_name](exported, raw, tmp_path)
    assert found.shape == (count, 4)
    np.testing.assert_allclose(found, answers(exported, raw), atol=CLOSE)


@pytest.mark.parametrize("format_name", EXPORTS)
def test_a_layer_that_no_writer_knows_is_named(tmp_path: Path, format_name: str) -> None:
    class UnknownLayer(GainLayer):
        registered_name = "unknown"

    exported = trained(InputLayer(units=3), UnknownLayer())
    with pytest.raises(
        ValueError,
        match=r"The layer 'unknown' cannot be exported as .*: no writer knows it\. .* take the format safetensors",
    ):
        EXPORTS[format_name](exported, raw_samples(exported, 1), tmp_path)
    assert list(tmp_path.iterdir()) == []
