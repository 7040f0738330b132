"""Layers against PyTorch's figures: outputs and every gradient, in whatever layout they work."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nn_engine import InputLayer, Layer, Network, registered
from nn_engine.declarations.kinds import PartKind
from nn_engine.randomness import LayerRandomness
from nn_engine.types import Floats
from tests.golden.figures import DTYPES, array, assert_golden, golden

CASES = golden("layers")["cases"]
OTHERWISE = {
    "input": "has nothing to compute",
    "dense": "has figures of its own, with every activation",
}


class FixedDraws:
    """In place of a generator: always what stands in the file, a mask of 0 and 1 or noise."""

    def __init__(self, drawn: Floats) -> None:
        self._drawn = drawn

    @property
    def bit_generator(self) -> FixedDraws:
        return self

    def random_raw(self, size: int) -> npt.NDArray[np.uint64]:
        """Words of which each sixteen bits are the lowest number, which is dropped, or the highest, which is kept."""
        bits = np.zeros(4 * size, np.uint16)
        bits[: self._drawn.size] = 65535 * self._drawn.ravel()
        return bits.view(np.uint64)

    def standard_normal(self, out: Floats, dtype: type) -> None:
        assert out.dtype == dtype
        out[...] = self._drawn


def test_every_layer_has_figures_or_a_reason() -> None:
    covered = {case["config"]["type"] for case in CASES.values()}
    ours = {name for name, cls in registered("layer").items() if cls.__module__.startswith("nn_engine.")}
    assert ours == covered | set(OTHERWISE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_outputs_and_gradients_agree_with_pytorch(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, expected = CASES[name], CASES[name][dtype]
    if "drawn" in case:
        draws = FixedDraws(array(case["drawn"], "float64"))
        monkeypatch.setattr(LayerRandomness, "generator", lambda *args: draws)
    layer: Layer = PartKind(Layer).from_json(case["config"])
    x, upstream = array(case["x"], dtype), array(case["upstream"], dtype)
    network = Network([InputLayer(shape=x.shape[1:]), layer], dtype=dtype)
    parameters: dict[str, Any] = {f"layers.1.{key}": array(value, dtype) for key, value in case["parameters"].items()}
    network.load_state_dict({**network.state_dict(), **parameters})

    assert_golden(network.forward(x, case.get("training", True)), expected["outputs"], dtype, f"{name}: outputs")
    back = network.backward(upstream.copy(), need_input_grad=True)

    assert back is not None
    found = {"x": back, **{key.removeprefix("layers.1."): each for key, each in network.named_gradients().items()}}
    assert set(found) == set(expected["gradients"])
    for key, gradient in found.items():
        assert_golden(gradient, expected["gradients"][key], dtype, f"{name}: gradient of {key}")
