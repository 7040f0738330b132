"""Layers against PyTorch's figures: outputs and every gradient, in whatever layout they work."""

from __future__ import annotations

from typing import Any

import pytest

from nn_engine import InputLayer, Layer, Network, registered
from nn_engine.declarations.kinds import PartKind
from tests.golden.figures import DTYPES, array, assert_golden, golden

CASES = golden("layers")["cases"]
OTHERWISE = {
    "input": "only lays out",
    "flatten": "only lays out",
    "reshape": "only lays out",
    "dense": "has figures of its own, with every activation",
    "dropout": "draws at random: see test_dropout.py",
    "spatial_dropout": "draws at random: see test_dropout.py",
    "gaussian_noise": "draws at random: see test_gaussian_noise.py",
    "residual": "is made of others: see test_residual.py",
}


def test_every_layer_has_figures_or_a_reason() -> None:
    covered = {case["config"]["type"] for case in CASES.values()}
    ours = {name for name, cls in registered("layer").items() if cls.__module__.startswith("nn_engine.")}
    assert ours == covered | set(OTHERWISE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_outputs_and_gradients_agree_with_pytorch(name: str, dtype: str) -> None:
    case, expected = CASES[name], CASES[name][dtype]
    layer: Layer = PartKind(Layer).from_json(case["config"])
    x, upstream = array(case["x"], dtype), array(case["upstream"], dtype)
    network = Network([InputLayer(shape=x.shape[1:]), layer], dtype=dtype)
    parameters: dict[str, Any] = {f"layers.1.{key}": array(value, dtype) for key, value in case["parameters"].items()}
    network.load_state_dict({**network.state_dict(), **parameters})

    assert_golden(network.forward(x, training=True), expected["outputs"], dtype, f"{name}: outputs")
    back = network.backward(upstream.copy(), need_input_grad=True)

    assert back is not None
    found = {"x": back, **{key.removeprefix("layers.1."): each for key, each in network.named_gradients().items()}}
    assert set(found) == set(expected["gradients"])
    for key, gradient in found.items():
        assert_golden(gradient, expected["gradients"][key], dtype, f"{name}: gradient of {key}")
