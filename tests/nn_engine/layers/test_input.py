"""The entrance of a network: what one sample looks like."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import FlattenLayer, InputLayer, Network


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 4))
def test_samples_are_laid_out_row_by_row(shape: list[int], count: int) -> None:
    size = math.prod(shape)
    x = np.arange(count * size, dtype=np.float32).reshape(count, *shape)
    flat, shaped = Network([InputLayer(units=size)]), Network([InputLayer(shape=tuple(shape))])
    assert flat.output_shape == (size,)
    assert shaped.output_shape == tuple(shape)
    np.testing.assert_array_equal(flat.forward(x), x.reshape(count, size))
    np.testing.assert_array_equal(shaped.forward(x.reshape(count, size)), x)
    if count:  # no samples at all are of no particular size
        np.testing.assert_array_equal(flat.predict(x), x.reshape(count, size))
        np.testing.assert_array_equal(shaped.predict(x.reshape(count, size)), x)
    back = shaped.backward(x, need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back, x)


def test_flattening_after_a_shape_is_the_same_as_units() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 5, 2)).astype(np.float32)
    network = Network([InputLayer(shape=(4, 5, 2)), FlattenLayer()])
    np.testing.assert_array_equal(network.predict(x), Network([InputLayer(units=40)]).predict(x))
    back = network.backward(np.ones((3, 40), np.float32), need_input_grad=True)
    assert back is not None
    assert back.shape == (3, 4, 5, 2)


def test_columns_of_another_memory_layout_come_out_in_order() -> None:
    x = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(2, 2, 3))
    np.testing.assert_array_equal(Network([InputLayer(units=6)]).predict(x), np.arange(12).reshape(2, 6))


@pytest.mark.parametrize("settings", [{}, {"units": None, "shape": None}])
def test_something_says_what_a_sample_is(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="InputLayer: expected units, or a shape; received neither"):
        InputLayer(**settings)


def test_units_and_shape_may_both_be_given_if_they_agree() -> None:
    assert InputLayer(units=6, shape=(2, 3)).output_shape(()) == (2, 3)
    with pytest.raises(ValueError, match="a shape with as many values as units; received 5 units and 2 × 3"):
        InputLayer(units=5, shape=(2, 3))


def test_a_shape_may_be_a_list_and_is_kept_as_a_tuple() -> None:
    layer = InputLayer(shape=[28, 28])  # type: ignore[arg-type]
    assert layer.shape == (28, 28)
    assert layer == InputLayer(shape=(28, 28))
    assert layer.output_shape(()) == (28, 28)
