"""What PyTorch makes of a few samples in each layer: outputs, and every gradient of Σ outputs · upstream.

Our images are (batch, height, width, channels), PyTorch's (batch, channels, height, width); our weights (height, width,
in, out), PyTorch's (out, in, height, width). All that is written down here is laid out as ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn_engine.types import Floats
from tests.golden.figures import DTYPES


@dataclass(frozen=True)
class LayerCase:
    """One layer with settings, as both sides write it."""

    config: dict[str, Any]
    shape: tuple[int, ...]
    function: Callable[[Any, dict[str, Any]], Any]
    """From torch's input and the parameters, both as ours, to outputs as ours."""
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def layer_cases(torch: Any) -> dict[str, LayerCase]:
    """Every layer that has figures, with settings that matter."""
    functional = torch.nn.functional

    def images(function: Callable[[Any, dict[str, Any]], Any]) -> Callable[[Any, dict[str, Any]], Any]:
        return lambda x, p: function(x.permute(0, 3, 1, 2), p).permute(0, 2, 3, 1)

    def convolution(pads: tuple[int, ...] = (0, 0, 0, 0), **settings: Any) -> Callable[[Any, dict[str, Any]], Any]:
        return images(
            lambda x, p: functional.conv2d(
                functional.pad(x, pads), p["weights"].permute(3, 2, 0, 1), p["bias"], **settings
            )
        )

    def normalized(x: Any, p: dict[str, Any]) -> Any:
        return functional.batch_norm(x, None, None, p["scale"], p["shift"], training=True, eps=1e-5)

    conv_shapes = {"weights": (3, 3, 2, 3), "bias": (3,)}
    five = {"weights": (5, 4, 1, 3), "bias": (3,)}
    channels = {"scale": (3,), "shift": (3,)}
    conv = {"type": "conv2d", "filters": 3}
    return {
        "conv2d": LayerCase(conv, (5, 4, 2), convolution(), conv_shapes),
        "conv2d same": LayerCase({**conv, "padding": "same"}, (4, 3, 2), convolution((1, 1, 1, 1)), conv_shapes),
        # Of an odd number of pixels to add, the one more is below and to the right.
        "conv2d same, even width": LayerCase(
            {**conv, "kernel_size": [5, 4], "padding": "same"}, (4, 5, 1), convolution((1, 2, 2, 2)), five
        ),
        "conv2d with strides": LayerCase(
            {**conv, "strides": [2, 3]}, (6, 7, 2), convolution(stride=(2, 3)), conv_shapes
        ),
        "conv2d same with strides": LayerCase(
            {**conv, "strides": [2, 2], "padding": "same"}, (5, 4, 2), convolution((0, 1, 1, 1), stride=2), conv_shapes
        ),
        "max_pool2d": LayerCase({"type": "max_pool2d"}, (5, 4, 2), images(lambda x, p: functional.max_pool2d(x, 2))),
        "max_pool2d, overlapping": LayerCase(
            {"type": "max_pool2d", "pool_size": [3, 2], "strides": [2, 1]},
            (5, 4, 2),
            images(lambda x, p: functional.max_pool2d(x, (3, 2), (2, 1))),
        ),
        "average_pool2d": LayerCase(
            {"type": "average_pool2d"}, (4, 5, 2), images(lambda x, p: functional.avg_pool2d(x, 2))
        ),
        "average_pool2d same": LayerCase(
            {"type": "average_pool2d", "pool_size": [3, 3], "strides": [1, 1], "padding": "same"},
            (4, 5, 2),
            images(lambda x, p: functional.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)),
        ),
        "global_average_pool2d": LayerCase(
            {"type": "global_average_pool2d"}, (3, 4, 2), lambda x, p: x.mean(dim=(1, 2))
        ),
        "batch_norm": LayerCase({"type": "batch_norm"}, (3,), normalized, channels),
        "batch_norm of images": LayerCase({"type": "batch_norm"}, (3, 2, 3), images(normalized), channels),
        "layer_norm": LayerCase(
            {"type": "layer_norm"},
            (2, 3),
            lambda x, p: functional.layer_norm(x, (3,), p["scale"], p["shift"], 1e-5),
            channels,
        ),
        "activation": LayerCase({"type": "activation", "fn": "tanh"}, (2, 3), lambda x, p: torch.tanh(x)),
    }


def layer_figures(
    torch: Any, rng: np.random.Generator, rounded: Callable[[Floats], Floats], listed: Callable[[Any], Any]
) -> dict[str, Any]:
    """The figures of every case."""
    found: dict[str, Any] = {}
    for name, case in layer_cases(torch).items():
        x = rounded(rng.normal(size=(2, *case.shape)))
        parameters = {key: rounded(rng.normal(size=shape)) for key, shape in case.parameters.items()}
        upstream: Floats | None = None
        entry: dict[str, Any] = {"config": case.config, "x": listed(x)}
        entry["parameters"] = {key: listed(value) for key, value in parameters.items()}
        for dtype in DTYPES:
            kind = getattr(torch, dtype)
            given = torch.tensor(x, dtype=kind, requires_grad=True)
            tensors = {key: torch.tensor(value, dtype=kind, requires_grad=True) for key, value in parameters.items()}
            outputs = case.function(given, tensors)
            if upstream is None:
                upstream = rounded(rng.normal(size=tuple(outputs.shape)))
                entry["upstream"] = listed(upstream)
            (outputs * torch.tensor(upstream, dtype=kind)).sum().backward()
            gradients = {"x": given, **tensors}
            entry[dtype] = {
                "outputs": listed(outputs),
                "gradients": {key: listed(tensor.grad) for key, tensor in gradients.items()},
            }
        found[name] = entry
    return {"cases": found}
