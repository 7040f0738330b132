"""ELU, SELU, SiLU and softplus: known values, their limits, and what sets each apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nn_engine.activations import ELU, SELU, Activation, SiLU, Softplus
from nn_engine.types import Floats
from nn_engine.workspace import Workspace


def values(cls: type[Activation], *z: float) -> list[float]:
    return [float(y) for y in cls(Workspace(), "").forward(np.array([z], np.float64))[0]]


def slopes(cls: type[Activation], *z: float) -> list[float]:
    activation = cls(Workspace(), "")
    activation.forward(np.array([z], np.float64))
    return [float(slope) for slope in activation.backward(np.ones((1, len(z))))[0]]


def test_elu_by_hand() -> None:
    assert values(ELU, 2, 0, -1, -50) == pytest.approx([2, 0, 1 / math.e - 1, -1], rel=1e-15)
    assert slopes(ELU, 2, -1, -50) == pytest.approx([1, 1 / math.e, 0], abs=1e-15)
    # Near zero nothing is lost by taking 1 from a number close to 1.
    assert values(ELU, -1e-12)[0] == pytest.approx(-1e-12, rel=1e-12)


def test_selu_by_hand() -> None:
    scale, edge = SELU.SCALE, SELU.SCALE * SELU.ALPHA
    assert values(SELU, 2, 0, -1, -50) == pytest.approx([2 * scale, 0, edge * (1 / math.e - 1), -edge], rel=1e-15)
    assert slopes(SELU, 2, -1, -50) == pytest.approx([scale, edge / math.e, 0], abs=1e-15)


def test_selu_keeps_mean_and_variance() -> None:
    z = np.random.default_rng(0).normal(size=(1, 1_000_000))
    y = SELU(Workspace(), "").forward(z)
    assert abs(y.mean()) < 0.005
    assert abs(y.var() - 1) < 0.01


def test_silu_by_hand() -> None:
    assert values(SiLU, math.log(3), -math.log(3), 0) == pytest.approx([0.75 * math.log(3), -0.25 * math.log(3), 0])
    assert slopes(SiLU, 0, 50, -50) == pytest.approx([0.5, 1, 0], abs=1e-12)


def test_softplus_by_hand() -> None:
    assert values(Softplus, 0, math.log(3), 50) == pytest.approx([math.log(2), math.log(4), 50], rel=1e-15)
    assert slopes(Softplus, 0, math.log(3), 50, -50) == pytest.approx([0.5, 0.75, 1, 0], abs=1e-12)
    # Far below zero it is exp(z), not zero: that is what it is chosen for.
    assert values(Softplus, -30)[0] == pytest.approx(math.exp(-30), rel=1e-12)


@pytest.mark.parametrize("cls", [ELU, SELU, SiLU, Softplus])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_inputs_in_silence(cls: type[Activation], dtype: type[np.floating]) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        activation = cls(Workspace(), "")
        y: Floats = activation.forward(np.array([[1e30, -1e30]], dtype))
        slope = activation.backward(np.ones_like(y))
    scale = SELU.SCALE if cls is SELU else 1
    low = {ELU: -1.0, SELU: -SELU.SCALE * SELU.ALPHA}.get(cls, 0.0)
    np.testing.assert_allclose(y, np.array([[scale * 1e30, low]]), rtol=1e-6)
    np.testing.assert_allclose(slope, np.array([[scale, 0]]), atol=1e-6)
