"""The normal distribution's tail against Python's own complementary error function, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine.activations.normal_tail import normal_tail
from nn_engine.types import Floats


def tail(a: Floats) -> Floats:
    return normal_tail(a, np.exp(-a * a / 2), np.empty_like(a), np.empty_like(a))


def exact(a: Floats) -> Floats:
    return np.array([math.erfc(value / math.sqrt(2)) / 2 for value in a.tolist()])


PLACES = np.concatenate([np.linspace(0, 8, 20_001), np.geomspace(1e-12, 37, 2_000)])


def test_it_is_right_to_the_last_digits() -> None:
    found, expected = tail(PLACES), exact(PLACES)
    assert np.abs(found - expected).max() < 4e-15
    assert np.abs(found / expected - 1).max() < 1e-12, "far out it is small, but no less exact"


def test_in_float32_it_is_as_right_as_float32_can_be() -> None:
    places = PLACES[PLACES < 12].astype(np.float32)
    found, expected = tail(places), exact(places)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 2e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_ends(dtype: type[np.floating]) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = tail(np.array([0, 40], dtype))
    assert abs(found[0] - 0.5) < 1e-7
    assert found[1] == 0
