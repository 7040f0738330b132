"""Batch normalization: the whole batch's statistics in training, running ones in prediction."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from nn_engine import BatchNormLayer, Conv2DLayer, DenseLayer, InputLayer, MaxPool2DLayer, Network, ResidualBlock
from nn_engine.crew import Crew
from nn_engine.shard_group import ShardGroup
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
        network.settle()
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
        network.settle()
    np.testing.assert_allclose(windowed.state, plain.state, rtol=1e-12)


def test_many_channels_are_worked_through_in_parts() -> None:
    x = samples(300, 700)
    network = Network([InputLayer(units=700), BatchNormLayer(epsilon=1e-12)], dtype=np.float64)
    expected = (x - x.mean(axis=0)) / x.std(axis=0)
    np.testing.assert_allclose(network.forward(x, training=True), expected, rtol=1e-8, atol=1e-10)


def test_a_network_that_holds_one_anywhere_needs_the_whole_batch() -> None:
    def whole(*layers: object) -> bool:
        return Network([InputLayer(units=4), *layers]).needs_whole_batch  # type: ignore[list-item]

    assert not whole(DenseLayer(units=3))
    assert whole(DenseLayer(units=3), BatchNormLayer())
    assert whole(ResidualBlock(layers=(ResidualBlock(layers=(BatchNormLayer(),)),)))
    assert not whole(ResidualBlock(layers=(DenseLayer(units=4),)))


@pytest.mark.parametrize("counts", [(5, 5), (6, 4, 1), (1, 9)])
def test_shards_side_by_side_make_what_the_batch_makes_as_a_whole(counts: tuple[int, ...]) -> None:
    layers = [
        InputLayer(shape=(6, 5, 2)),
        Conv2DLayer(filters=3),
        BatchNormLayer(),
        ResidualBlock(layers=(BatchNormLayer(),)),
    ]
    whole = Network(layers, dtype=np.float64, weight_init="standard_normal_weights")
    x, grad = samples(sum(counts), 6, 5, 2), samples(sum(counts), *whole.output_shape)
    first = whole.replica()
    shards = [first, *(first.replica(first.state) for _ in counts[1:])]
    y = whole.forward(x, training=True).copy()
    back = whole.backward(grad.copy(), need_input_grad=True)
    ends = np.cumsum(counts)
    group, crew = ShardGroup(len(counts), threads=2), Crew()

    def work(network: Network, shard: int) -> tuple[Floats, Floats]:
        part = slice(ends[shard] - counts[shard], ends[shard])
        with group.joined(network.peers, shard):
            found = network.forward(x[part], training=True).copy()
            given = network.backward(grad[part].copy(), need_input_grad=True)
            assert given is not None
            return found, given

    found = crew.each(work, shards, range(len(counts)))
    crew.dismiss()
    close = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11)
    close(np.concatenate([each[0] for each in found]), y)
    close(np.concatenate([each[1] for each in found]), back)
    close(np.sum([network.gradients for network in shards], axis=0), whole.gradients)
    before = whole.state.copy()
    for network in (whole, shards[0]):
        network.settle()
    assert not np.array_equal(whole.state, before)
    close(shards[0].state, whole.state)


def test_running_statistics_follow_once_for_a_step_and_never_before() -> None:
    block = ResidualBlock(layers=(BatchNormLayer(),))
    network = Network([InputLayer(units=3), BatchNormLayer(), block], dtype=np.float64)
    before = network.state.copy()
    for _ in range(3):  # a step that is cut short is made again
        network.forward(samples(7, 3), training=True)
        np.testing.assert_array_equal(network.state, before)
    network.settle()
    settled = network.state.copy()
    means = [view for name, view in network.named_parameters().items() if name.endswith("running_mean")]
    np.testing.assert_allclose(means[0], 0.1 * samples(7, 3).mean(axis=0), rtol=1e-12)
    assert len(means) == 2
    network.settle()
    np.testing.assert_array_equal(network.state, settled)


def test_one_sample_and_none_leave_the_running_statistics_as_they_are() -> None:
    network = Network([InputLayer(units=3), BatchNormLayer(momentum=0)])
    at_start = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    network.forward(np.empty((0, 3), np.float32), training=True)
    network.settle()
    np.testing.assert_array_equal(network.state, at_start)
    np.testing.assert_array_equal(network.forward(np.full((1, 3), 5, np.float32), training=True), np.zeros((1, 3)))
    network.settle()
    np.testing.assert_array_equal(network.state, at_start)
