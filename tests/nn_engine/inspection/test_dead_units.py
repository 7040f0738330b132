"""Units that never fire are found, others are not."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import (
    ActivationLayer,
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    FlattenLayer,
    InputLayer,
    ResidualBlock,
    registered,
)
from nn_engine.inspection import dead_units
from tests.nn_engine.inspection.asked import made, samples


def test_rectifiers_that_are_pushed_down_for_good() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=5, fn="relu"), DenseLayer(units=4, fn="softmax"))
    network.named_parameters()["layers.1.bias"][[1, 4]] = -1000
    found = dead_units(network, samples(network, 300))
    assert list(found) == ["layers.1"]
    np.testing.assert_array_equal(found["layers.1"], [False, True, False, False, True])


def test_one_sample_that_wakes_a_unit_is_enough() -> None:
    network = made(InputLayer(units=1), DenseLayer(units=1, fn="relu"))
    network.load_state_dict({"layers.1.weights": np.ones((1, 1)), "layers.1.bias": np.zeros(1)})
    x = -np.ones((1500, 1))
    assert dead_units(network, x)["layers.1"].all()
    x[1234] = 1
    assert not dead_units(network, x)["layers.1"].any()


def test_a_channel_is_dead_if_it_is_so_everywhere() -> None:
    network = made(
        InputLayer(shape=(6, 7, 1)),
        Conv2DLayer(filters=3),
        BatchNormLayer(),
        ActivationLayer(fn="relu"),
        FlattenLayer(),
        DenseLayer(units=2),
    )
    network.named_parameters()["layers.2.shift"][:] = [0, -1000, 0]
    found = dead_units(network, samples(network, 20))
    assert list(found) == ["layers.3"]
    np.testing.assert_array_equal(found["layers.3"], [False, True, False])


def test_rectifiers_inside_a_block() -> None:
    block = ResidualBlock(layers=(DenseLayer(units=4, fn="relu"), DenseLayer(units=3)))
    network = made(InputLayer(units=3), block, DenseLayer(units=2))
    network.named_parameters()["layers.1.layers.0.bias"][2] = -1000
    found = dead_units(network, samples(network, 50))
    assert list(found) == ["layers.1.layers.0"]
    np.testing.assert_array_equal(found["layers.1.layers.0"], [False, False, True, False])


def test_without_samples_nothing_can_be_said() -> None:
    network = made(InputLayer(units=3), DenseLayer(units=5, fn="relu"))
    with pytest.raises(ValueError, match="Expected at least one sample"):
        dead_units(network, np.zeros((0, 3)))


@pytest.mark.parametrize("fn", registered("activation"))
def test_only_rectifiers_can_die(fn: str) -> None:
    network = made(InputLayer(units=2), DenseLayer(units=3, fn=fn))
    network.state[...] = 0
    network.named_parameters()["layers.1.bias"][:] = -3
    found = dead_units(network, samples(network, 5))
    assert {name: flags.all() for name, flags in found.items()} == ({"layers.1": True} if fn == "relu" else {})
