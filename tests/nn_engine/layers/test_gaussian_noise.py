"""Noise: keyed by its place in the training, of the stated size, absent from prediction."""

from __future__ import annotations

import numpy as np

from nn_engine import GaussianNoiseLayer, InputLayer, Network


def test_noise_has_the_stated_deviation_and_comes_from_its_key() -> None:
    network = Network([InputLayer(units=100), GaussianNoiseLayer(deviation=0.25)])
    x = np.full((400, 100), 3, np.float32)
    network.randomness.position = (1, 2, 3)
    first = network.forward(x, training=True).copy()
    assert abs(first.mean() - 3) < 0.01
    assert abs(first.std() / 0.25 - 1) < 0.02
    np.testing.assert_array_equal(network.forward(x, training=True), first)
    network.randomness.position = (1, 2, 4)
    assert not np.array_equal(network.forward(x, training=True), first)
    np.testing.assert_array_equal(network.predict(x), x)


def test_both_types_get_the_same_noise() -> None:
    made = [Network([InputLayer(units=9), GaussianNoiseLayer()], dtype=dtype) for dtype in ("float32", "float64")]
    noise = [network.forward(np.zeros((4, 9), network.state.dtype), training=True) for network in made]
    np.testing.assert_allclose(noise[0], noise[1], rtol=1e-6)
