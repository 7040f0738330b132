"""How parameters start: each rule's moments, and the names it is found by."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import DenseLayer, Experiment, InputLayer, Network, registered
from nn_engine.initializers import make_initializer
from nn_engine.types import Floats

FAN_IN, FAN_OUT = 300, 200

VARIANCES = {
    "he_initialization": 2 / FAN_IN,
    "he_initialization_uniform": 2 / FAN_IN,
    "xavier_initialization": 2 / (FAN_IN + FAN_OUT),
    "xavier_initialization_uniform": 2 / (FAN_IN + FAN_OUT),
    "lecun_initialization": 1 / FAN_IN,
    "lecun_initialization_uniform": 1 / FAN_IN,
    "standard_normal_weights": 1.0,
}

CONSTANTS = {"ones": 1.0, "zeros": 0.0, "small_constant": 0.01}

ALIASES = {
    "he": "he_initialization",
    "he_normal": "he_initialization",
    "kaiming": "he_initialization",
    "he_uniform": "he_initialization_uniform",
    "xavier": "xavier_initialization",
    "glorot": "xavier_initialization",
    "glorot_normal": "xavier_initialization",
    "glorot_uniform": "xavier_initialization_uniform",
    "lecun": "lecun_initialization",
    "lecun_uniform": "lecun_initialization_uniform",
    "standard_normal": "standard_normal_weights",
}


def draw(name: str, seed: int = 0) -> Floats:
    return make_initializer(name).draw((FAN_IN, FAN_OUT), FAN_IN, FAN_OUT, np.random.default_rng(seed))


@pytest.mark.parametrize("name", VARIANCES)
def test_values_have_the_mean_and_the_spread_of_the_formula(name: str) -> None:
    values, deviation = draw(name), math.sqrt(VARIANCES[name])
    # 60,000 draws: the mean is within four of its standard errors, the deviation within one per cent.
    assert abs(values.mean()) < 4 * deviation / math.sqrt(values.size)
    assert abs(values.std() / deviation - 1) < 0.01


@pytest.mark.parametrize("name", VARIANCES)
def test_values_have_the_shape_that_the_name_says(name: str) -> None:
    values, deviation = draw(name), math.sqrt(VARIANCES[name])
    kurtosis = float(((values / values.std()) ** 4).mean())
    if name.endswith("_uniform"):
        assert abs(kurtosis - 1.8) < 0.05
        assert np.abs(values).max() <= math.sqrt(3) * deviation
    else:
        assert abs(kurtosis - 3) < 0.1
        assert np.abs(values).max() > 3.5 * deviation


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_constant(name: str) -> None:
    np.testing.assert_array_equal(draw(name), np.full((FAN_IN, FAN_OUT), CONSTANTS[name]))


def test_every_initializer_is_compared_with_its_formula() -> None:
    ours = {name for name, cls in registered("initializer").items() if cls.__module__.startswith("nn_engine.")}
    assert ours == {*VARIANCES, *CONSTANTS, "orthogonal"}


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (25, 25), (3, 3, 4, 8), (2, 2, 1, 16), (7,), (1, 1)])
def test_orthogonal_columns_or_rows_are_orthonormal(shape: tuple[int, ...]) -> None:
    values = make_initializer("orthogonal").draw(shape, 1, 1, np.random.default_rng(0)).reshape(-1, shape[-1])
    product = values.T @ values if values.shape[0] >= values.shape[1] else values @ values.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_favour_no_sign() -> None:
    """Straight from the decomposition every first entry would be negative."""
    rng = np.random.default_rng(0)
    draws = np.array([make_initializer("orthogonal").draw((3, 3), 3, 3, rng) for _ in range(2000)])
    assert np.abs((draws > 0).mean(axis=0) - 0.5).max() < 0.05
    # Entries of a random rotation or reflection in space have the variance 1/3.
    assert np.abs(draws.var(axis=0) - 1 / 3).max() < 0.03


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_stands_for_one_canonical_name(alias: str) -> None:
    assert make_initializer(alias).registered_name == ALIASES[alias]
    np.testing.assert_array_equal(draw(alias), draw(ALIASES[alias]))


def test_a_network_keeps_the_canonical_name() -> None:
    layers = [InputLayer(units=4), DenseLayer(units=3, weight_init="glorot")]
    network = Network(layers, weight_init="he", bias_init="zeros")
    assert network.to_config()["weight_init"] == "he_initialization"
    assert network.to_config()["layers"][1]["weight_init"] == "xavier_initialization"


def test_what_networks_start_with_by_default_exists() -> None:
    defaults = inspect.signature(Network).parameters
    for name in (defaults["weight_init"].default, defaults["bias_init"].default):
        assert make_initializer(name).registered_name == name
    experiment = Experiment()
    assert {experiment.weight_init, experiment.bias_init} <= set(registered("initializer"))


@pytest.mark.parametrize("name", ["", "He", "uniform", "he_initialization "])
def test_an_unknown_name_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(ValueError, match=r"There is no initializer named .*: expected one of he_initialization,"):
        make_initializer(name)


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_wider_layers_start_smaller(fan_in: int, fan_out: int) -> None:
    """The fans are what counts, not the shape: a convolution's is not its number of inputs."""
    for name, expected in (
        ("he", math.sqrt(2 / fan_in)),
        ("xavier_uniform", math.sqrt(2 / (fan_in + fan_out))),
        ("lecun", math.sqrt(1 / fan_in)),
    ):
        values = make_initializer(name).draw((2000,), fan_in, fan_out, np.random.default_rng(0))
        assert abs(values.std() / expected - 1) < 0.1
