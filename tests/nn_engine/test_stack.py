"""What a stack of layers would be, told without making a network of it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import DenseLayer, DropoutLayer, FlattenLayer, InputLayer, Layer, Network
from nn_engine.stack import MOST_PARAMETERS, LayerError, describe, takes_samples


@given(st.lists(st.integers(1, 12), min_size=1, max_size=3), st.lists(st.integers(0, 9), max_size=5))
def test_a_description_is_what_the_network_then_is(shape: list[int], widths: list[int]) -> None:
    layers: list[Layer] = [InputLayer(shape=tuple(shape)), FlattenLayer()]
    layers += [DenseLayer(units=width) if width else DropoutLayer() for width in widths]
    described, network = describe(layers), Network(layers)
    assert described == network.descriptions
    assert sum(each.parameter_count for each in described) == network.parameter_count
    x = np.zeros((2, *shape), np.float32)
    for layer, each in zip(network.layers, described, strict=True):
        assert x.shape == (2, *each.input_shape)
        x = layer.forward(x, training=False)
        assert x.shape == (2, *each.output_shape)


def test_the_missions_layers() -> None:
    described = describe([InputLayer(units=784), DenseLayer(units=300), DenseLayer(units=10)])
    assert [each.parameter_count for each in described] == [0, 235_500, 3_010]
    assert [each.output_shape for each in described] == [(784,), (300,), (10,)]
    assert [each.input_shape for each in described] == [(784,), (784,), (300,)]


def test_nothing_is_allocated_however_large_the_network() -> None:
    layers = [InputLayer(units=30_000), DenseLayer(units=30_000)]
    tracemalloc.start()
    try:
        described = describe(layers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert described[1].parameter_count == 900_030_000
    assert peak < 100_000


def test_more_parameters_than_any_machine_should_hold_are_refused_where_they_become_too_many() -> None:
    layers: list[Layer] = [InputLayer(units=30_000), DenseLayer(units=30_000), DenseLayer(units=30_000)]
    with pytest.raises(LayerError, match=r"^Layer 2 \(DenseLayer\): .*1,800,060,000 parameters; at most 1,073,741,824"):
        describe(layers)
    with pytest.raises(LayerError):
        Network(layers)
    assert MOST_PARAMETERS == 2**30


def test_the_refusal_says_which_layer_and_what_is_wrong() -> None:
    with pytest.raises(LayerError) as refused:
        describe([InputLayer(shape=(2, 2)), DropoutLayer(), DenseLayer(units=3)])
    error = refused.value
    assert error.index == 2
    assert error.fault.startswith("expected one row of values a sample")
    assert str(error) == f"Layer 2 (DenseLayer): {error.fault}"
    assert isinstance(error, ValueError)


def test_no_layers_at_all() -> None:
    with pytest.raises(ValueError, match="received no layers"):
        describe([])


@pytest.mark.parametrize(
    ("inputs", "samples"), [((6,), (2, 3)), ((2, 3), (6,)), ((2, 3, 1), (2, 3)), ((2, 1, 3), (2, 3, 1)), ((1,), (1, 1))]
)
def test_samples_that_are_laid_out_anew_without_being_mixed_up(
    inputs: tuple[int, ...], samples: tuple[int, ...]
) -> None:
    assert takes_samples(inputs, samples)


@pytest.mark.parametrize(
    ("inputs", "samples"), [((8, 8, 3), (3, 8, 8)), ((2, 3), (3, 2)), ((2, 6), (3, 4)), ((6,), (7,)), ((2, 3), (2, 4))]
)
def test_samples_that_would_be_mixed_up_or_do_not_fill_the_inputs(
    inputs: tuple[int, ...], samples: tuple[int, ...]
) -> None:
    assert not takes_samples(inputs, samples)
