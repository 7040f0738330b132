"""Batch normalization: the whole batch's statistics in training, running ones in prediction."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import BatchNormLayer, Conv2DLayer, DenseLayer, InputLayer, MaxPool2DLayer, Network, ResidualBlock
from nn_engine.types import Floats


def samples(*shape: int) -> Floats:
    return 3 + 2 * np.random.default_rng(shape).normal(size=shape)


@pytest.mark.parametrize("shape", [(5,), (4, 3, 5)])
def test_outputs_in_training_have_mean_zero_and_spread_one(shape: tuple[int, ...]) -> None:
    network = Network([InputLayer(shape=shape), BatchNormLayer(epsilon=1e-12)], dtype=np.float64)
    y = network.forward(samples(40, *shape), training=True).reshape(-1, 5)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-9)


def test_running_statistics_follow_those_of_the_batches_as_pytorch_has_it() -> None:
    network = Network([InputLayer(units=3), BatchNormLayer(momentum=0.75)], dtype=np.float64)
    mean, variance = np.zeros(3), np.ones(3)
    for number in range(4):
        x = samples(7 + number, 3)
        network.forward(x, training=True)
        mean = 0.75 * mean + 0.25 * x.mean(axis=0)
        variance = 0.75 * variance + 0.25 * x.var(axis=0, ddof=1)
    named = network.named_parameters()
    np.testing.assert_allclose(named["layers.1.running_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(named["layers.1.running_variance"], variance, rtol=1e-12)
    x = samples(2, 3)
    np.testing.assert_allclose(network.predict(x), (x - mean) / np.sqrt(variance + 1e-5), rtol=1e-12)
    assert set(network.named_gradients()) == {"layers.1.scale", "layers.1.shift"}


def test_in_windows_the_statistics_are_those_of_the_whole_maps() -> None:
    layers = [InputLayer(shape=(8, 6, 1)), Conv2DLayer(filters=3), BatchNormLayer()]
    plain, windowed = Network(layers, dtype=np.float64), Network([*layers, MaxPool2DLayer()], dtype=np.float64)
    assert windowed.layers[2].site.taken.window == (2, 2)
    for network in (plain, windowed):
        network.forward(samples(5, 8, 6, 1), training=True)
    np.testing.assert_allclose(windowed.state, plain.state, rtol=1e-12)


def test_many_channels_are_worked_through_in_parts() -> None:
    x = samples(300, 700)
    network = Network([InputLayer(units=700), BatchNormLayer(epsilon=1e-12)], dtype=np.float64)
    expected = (x - x.mean(axis=0)) / x.std(axis=0)
    np.testing.assert_allclose(network.forward(x, training=True), expected, rtol=1e-8, atol=1e-10)


def test_a_network_that_holds_one_anywhere_needs_the_whole_batch() -> None:
    def shard(*layers: object) -> int | None:
        return Network([InputLayer(units=4), *layers]).shard_size  # type: ignore[list-item]

    assert shard(DenseLayer(units=3)) == 256
    assert shard(DenseLayer(units=3), BatchNormLayer()) is None
    assert shard(ResidualBlock(layers=(ResidualBlock(layers=(BatchNormLayer(),)),))) is None
    assert shard(ResidualBlock(layers=(DenseLayer(units=4),))) == 256
    images = Network([InputLayer(shape=(5, 5, 1)), Conv2DLayer(filters=2)])
    assert images.shard_size == Conv2DLayer.samples_at_once


def test_one_sample_and_none_leave_nothing_undefined() -> None:
    network = Network([InputLayer(units=3), BatchNormLayer()])
    network.forward(np.empty((0, 3), np.float32), training=True)
    np.testing.assert_array_equal(network.state, [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(network.forward(np.full((1, 3), 5, np.float32), training=True), np.zeros((1, 3)))
    assert np.isfinite(network.state).all()
