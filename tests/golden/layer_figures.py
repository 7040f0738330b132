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
    constants: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Parameters that are not trained; numbers from 1/2 to 2."""
    drawn: Callable[[np.random.Generator], Floats] | None = None
    """What the layer draws by chance, for a batch of two; the function finds it as ``p["drawn"]``."""
    training: bool = True


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

    def residual(x: Any, p: dict[str, Any]) -> Any:
        given = x.permute(0, 3, 1, 2)
        learned = torch.sigmoid(convolved(functional.pad(given, (1, 1, 0, 1)), p, "layers.0", stride=2))
        learned = convolved(learned, p, "layers.1")
        return (learned + convolved(given, p, "shortcut.0", stride=2)).permute(0, 2, 3, 1)

    def convolved(x: Any, p: dict[str, Any], name: str, **settings: Any) -> Any:
        return functional.conv2d(x, p[f"{name}.weights"].permute(3, 2, 0, 1), p[f"{name}.bias"], **settings)

    def predicted(x: Any, p: dict[str, Any]) -> Any:
        return functional.batch_norm(x, p["running_mean"], p["running_variance"], p["scale"], p["shift"], eps=1e-5)

    def kept(*shape: int) -> Callable[[np.random.Generator], Floats]:
        return lambda rng: (rng.random(shape) < 0.5).astype(np.float64)

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
        "conv2d same with strides, even kernel": LayerCase(
            {**conv, "kernel_size": [4, 2], "strides": [2, 2], "padding": "same"},
            (5, 5, 1),
            convolution((0, 1, 1, 2), stride=2),
            {"weights": (4, 2, 1, 3), "bias": (3,)},
        ),
        "max_pool2d same": LayerCase(
            {"type": "max_pool2d", "pool_size": [3, 2], "strides": [2, 2], "padding": "same"},
            (5, 5, 2),
            images(
                lambda x, p: functional.max_pool2d(functional.pad(x, (0, 1, 1, 1), value=-torch.inf), (3, 2), (2, 2))
            ),
        ),
        "batch_norm in prediction": LayerCase(
            {"type": "batch_norm"},
            (2, 2, 3),
            images(predicted),
            channels,
            constants={"running_mean": (3,), "running_variance": (3,)},
            training=False,
        ),
        "flatten": LayerCase({"type": "flatten"}, (2, 3, 2), lambda x, p: torch.flatten(x, 1)),
        "reshape": LayerCase({"type": "reshape", "shape": [2, 3, 2]}, (12,), lambda x, p: x.reshape(-1, 2, 3, 2)),
        "dropout": LayerCase(
            {"type": "dropout", "rate": 0.25}, (7,), lambda x, p: x * p["drawn"] / 0.75, drawn=kept(2, 7)
        ),
        "dropout in prediction": LayerCase(
            {"type": "dropout", "rate": 0.25}, (3,), lambda x, p: functional.dropout(x, 0.25, False), training=False
        ),
        "spatial_dropout": LayerCase(
            {"type": "spatial_dropout", "rate": 0.5},
            (2, 2, 5),
            lambda x, p: x * p["drawn"][:, None, None] / 0.5,
            drawn=kept(2, 5),
        ),
        "gaussian_noise": LayerCase(
            {"type": "gaussian_noise", "deviation": 0.25},
            (5,),
            lambda x, p: x + 0.25 * p["drawn"],
            drawn=lambda rng: rng.normal(size=(2, 5)),
        ),
        "residual": LayerCase(
            {
                "type": "residual",
                "layers": [
                    {**conv, "filters": 2, "strides": [2, 2], "padding": "same", "fn": "sigmoid"},
                    {**conv, "kernel_size": [1, 1]},
                ],
                "shortcut": [{**conv, "kernel_size": [1, 1], "strides": [2, 2]}],
            },
            (4, 3, 2),
            residual,
            {
                "layers.0.weights": (3, 3, 2, 2),
                "layers.0.bias": (2,),
                "layers.1.weights": (1, 1, 2, 3),
                "layers.1.bias": (3,),
                "shortcut.0.weights": (1, 1, 2, 3),
                "shortcut.0.bias": (3,),
            },
        ),
    }


def layer_figures(
    torch: Any, rng: np.random.Generator, rounded: Callable[[Floats], Floats], listed: Callable[[Any], Any]
) -> dict[str, Any]:
    """The figures of every case."""
    found: dict[str, Any] = {}
    for name, case in layer_cases(torch).items():
        x = rounded(rng.normal(size=(2, *case.shape)))
        parameters = {key: rounded(rng.normal(size=shape)) for key, shape in case.parameters.items()}
        constants = {key: rounded(rng.uniform(0.5, 2, shape)) for key, shape in case.constants.items()}
        upstream: Floats | None = None
        entry: dict[str, Any] = {"config": case.config, "x": listed(x)}
        entry["parameters"] = {key: listed(value) for key, value in (parameters | constants).items()}
        if case.drawn is not None:
            constants["drawn"] = rounded(case.drawn(rng))
            entry["drawn"] = listed(constants["drawn"])
        if not case.training:
            entry["training"] = False
        for dtype in DTYPES:
            kind = getattr(torch, dtype)
            given = torch.tensor(x, dtype=kind, requires_grad=True)
            tensors = {key: torch.tensor(value, dtype=kind, requires_grad=True) for key, value in parameters.items()}
            fixed = {key: torch.tensor(value, dtype=kind) for key, value in constants.items()}
            outputs = case.function(given, tensors | fixed)
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
