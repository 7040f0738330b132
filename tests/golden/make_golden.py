"""Make the golden files: what PyTorch computes for the same numbers, so that our tests need no PyTorch.

    python3 -m tests.golden.make_golden

The files are committed; make them again when something new is to be compared. Inputs are drawn by NumPy and rounded to
float32, so that both types begin with the same numbers; the figures of each type are PyTorch's own in that type.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from app.bootstrap import ensure_environment

if __name__ == "__main__":
    ensure_environment(("runtime", "bench"))

# Only now are these certain to be there.
import numpy as np

from nn_engine.types import Floats
from tests.golden.figures import DTYPES, FOLDER
from tests.golden.layer_figures import layer_figures

SEED = 20_240_601
STEPS = 10

OPTIMIZERS: dict[str, dict[str, Any]] = {
    # name: our optimizer's config, and weight decay, which is L2 regularization for us
    "sgd": {"type": "sgd", "learning_rate": 0.1},
    "sgd with momentum": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "sgd with nesterov": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True},
    "sgd with momentum and l2": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9, "l2": 0.25},
    "adam": {"type": "adam", "learning_rate": 0.001},
    "adam with other betas": {"type": "adam", "learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.75},
    "adam without momentum": {"type": "adam", "learning_rate": 0.02, "beta_1": 0.0, "beta_2": 0.99},
    "adam with a large epsilon": {"type": "adam", "learning_rate": 0.02, "epsilon": 0.125},
    "adam with l2": {"type": "adam", "learning_rate": 0.02, "l2": 0.25},
    "adamw": {"type": "adamw", "learning_rate": 0.02, "weight_decay": 0.25},
    "nadam": {"type": "nadam", "learning_rate": 0.02},
    "nadam with other betas": {"type": "nadam", "learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.75},
    "adagrad": {"type": "adagrad", "learning_rate": 0.1},
    "adadelta": {"type": "adadelta", "learning_rate": 1.0},
    "adadelta with another rho": {"type": "adadelta", "learning_rate": 0.5, "rho": 0.75, "epsilon": 0.001},
    "rmsprop": {"type": "rmsprop", "learning_rate": 0.02},
    "rmsprop with momentum": {"type": "rmsprop", "learning_rate": 0.02, "rho": 0.75, "momentum": 0.5},
    "lion": {"type": "lion", "learning_rate": 0.02},
    "lion with decay": {"type": "lion", "learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.75, "weight_decay": 0.25},
}


def rounded(values: Floats) -> Floats:
    """Values that both float32 and float64 can hold."""
    return values.astype(np.float32).astype(np.float64)


def listed(value: Any) -> Any:
    """A tensor or array as lists; float32 with as many digits as tell it from its neighbours."""
    values = np.asarray(value.detach().numpy() if hasattr(value, "detach") else value)
    if values.dtype == np.float32:
        return _shortest(values)
    return values.tolist()


def _shortest(values: Any) -> Any:
    return [_shortest(row) for row in values] if np.ndim(values) else float(str(values))


def dense(torch: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Two dense layers with each activation between them: outputs, and every gradient of Σ outputs · upstream."""
    from nn_engine import registered

    functions: dict[str, Callable[[Any], Any]] = {
        "elu": torch.nn.functional.elu,
        "gelu": torch.nn.functional.gelu,
        "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
        "linear": lambda z: z,
        "relu": torch.relu,
        "selu": torch.selu,
        "sigmoid": torch.sigmoid,
        "silu": torch.nn.functional.silu,
        "softmax": lambda z: torch.softmax(z, dim=1),
        "softplus": torch.nn.functional.softplus,
        "tanh": torch.tanh,
    }
    if set(functions) != set(registered("activation")):
        raise SystemExit(f"Say in make_golden.py what PyTorch calls each of: {', '.join(registered('activation'))}.")
    given = {
        "x": rounded(rng.normal(size=(5, 4))),
        "layers.1.weights": rounded(rng.normal(size=(4, 6))),
        "layers.1.bias": rounded(rng.normal(size=6)),
        "layers.2.weights": rounded(rng.normal(size=(6, 3))),
        "layers.2.bias": rounded(rng.normal(size=3)),
        "upstream": rounded(rng.normal(size=(5, 3))),
    }
    results: dict[str, Any] = {}
    for name, function in functions.items():
        for dtype in DTYPES:
            t = {key: torch.tensor(value, dtype=getattr(torch, dtype)) for key, value in given.items()}
            for key, tensor in t.items():
                tensor.requires_grad_(key != "upstream")
            hidden = function(t["x"] @ t["layers.1.weights"] + t["layers.1.bias"])
            outputs = hidden @ t["layers.2.weights"] + t["layers.2.bias"]
            (outputs * t["upstream"]).sum().backward()
            gradients = {key: listed(tensor.grad) for key, tensor in t.items() if key != "upstream"}
            results.setdefault(name, {})[dtype] = {"outputs": listed(outputs), "gradients": gradients}
    return {"given": {key: listed(value) for key, value in given.items()}, "activations": results}


def layers(torch: Any, rng: np.random.Generator) -> dict[str, Any]:
    """See ``layer_figures``."""
    return layer_figures(torch, rng, rounded, listed)


def losses(torch: Any, rng: np.random.Generator) -> dict[str, Any]:
    """The mean of every loss over a batch, each sample's own, and the gradient of the mean."""
    functional = torch.nn.functional
    classes = rng.integers(0, 4, 6)
    labels = rng.integers(0, 2, (6, 4)).astype(np.float64)
    logits = rounded(3 * rng.normal(size=(6, 4)))
    shares = rounded(rng.dirichlet(np.ones(4), size=6))
    values = rounded(rng.normal(size=(6, 4)))
    # As MixUp makes them: shares of two classes each, here and there of the same.
    mixed = 0.75 * np.eye(4)[classes] + 0.25 * np.eye(4)[rng.permutation(classes)]
    weights = [0.5, 2.0, 1.0, 0.25]
    entropy = functional.cross_entropy

    def mean(per_output: Any) -> Any:
        return per_output.mean(dim=1)

    def over_probabilities(y: Any, t: Any) -> Any:
        return functional.nll_loss(torch.log(y), t, reduction="none")

    def with_weights(y: Any, t: Any, **settings: Any) -> Any:
        return entropy(y, t, weight=torch.tensor(weights, dtype=y.dtype), reduction="none", **settings)

    cases: dict[str, tuple[dict[str, Any], bool, Floats, Any, Callable[[Any, Any], Any]]] = {
        # name: our loss's config, whether it takes logits, outputs, targets, and what PyTorch makes of them
        "cross-entropy on logits": (
            {"type": "cross_entropy"},
            True,
            logits,
            classes,
            lambda y, t: entropy(y, t, reduction="none"),
        ),
        "cross-entropy on probabilities": ({"type": "cross_entropy"}, False, shares, classes, over_probabilities),
        "cross-entropy with label smoothing": (
            {"type": "cross_entropy", "label_smoothing": 0.25},
            True,
            logits,
            classes,
            lambda y, t: entropy(y, t, label_smoothing=0.25, reduction="none"),
        ),
        "cross-entropy with class weights": (
            {"type": "cross_entropy", "class_weights": weights},
            True,
            logits,
            classes,
            with_weights,
        ),
        "cross-entropy with both": (
            {"type": "cross_entropy", "class_weights": weights, "label_smoothing": 0.25},
            True,
            logits,
            classes,
            lambda y, t: with_weights(y, t, label_smoothing=0.25),
        ),
        "cross-entropy with shares as targets": (
            {"type": "cross_entropy"},
            True,
            logits,
            mixed,
            lambda y, t: entropy(y, t, reduction="none"),
        ),
        "cross-entropy on probabilities with shares as targets": (
            {"type": "cross_entropy"},
            False,
            shares,
            mixed,
            lambda y, t: -(t * torch.log(y)).sum(dim=1),
        ),
        "cross-entropy with both and shares as targets": (
            {"type": "cross_entropy", "class_weights": weights, "label_smoothing": 0.25},
            True,
            logits,
            mixed,
            lambda y, t: with_weights(y, t, label_smoothing=0.25),
        ),
        "binary cross-entropy on logits": (
            {"type": "binary_cross_entropy"},
            True,
            logits,
            labels,
            lambda y, t: mean(functional.binary_cross_entropy_with_logits(y, t, reduction="none")),
        ),
        "binary cross-entropy on probabilities": (
            {"type": "binary_cross_entropy"},
            False,
            shares,
            labels,
            lambda y, t: mean(functional.binary_cross_entropy(y, t, reduction="none")),
        ),
        "mean squared error": (
            {"type": "mean_squared_error"},
            False,
            logits,
            values,
            lambda y, t: mean(functional.mse_loss(y, t, reduction="none")),
        ),
        "mean absolute error": (
            {"type": "mean_absolute_error"},
            False,
            logits,
            values,
            lambda y, t: mean(functional.l1_loss(y, t, reduction="none")),
        ),
        "huber": (
            {"type": "huber", "delta": 1.5},
            False,
            logits,
            values,
            lambda y, t: mean(functional.huber_loss(y, t, delta=1.5, reduction="none")),
        ),
        "hinge": (
            {"type": "hinge", "margin": 1.5},
            False,
            logits,
            classes,
            lambda y, t: functional.multi_margin_loss(y, t, margin=1.5, reduction="none"),
        ),
    }
    found: dict[str, Any] = {}
    for name, (config, paired, outputs, targets, function) in cases.items():
        found[name] = {"config": config, "paired": paired, "outputs": listed(outputs), "targets": listed(targets)}
        for dtype in DTYPES:
            y = torch.tensor(outputs, dtype=getattr(torch, dtype), requires_grad=True)
            t = torch.tensor(targets) if targets is classes else torch.tensor(targets, dtype=getattr(torch, dtype))
            each = function(y, t)
            each.mean().backward()
            found[name][dtype] = {"per sample": listed(each), "mean": listed(each.mean()), "gradient": listed(y.grad)}
    return {"cases": found}


def optimizers(torch: Any, rng: np.random.Generator) -> dict[str, Any]:
    """The parameters after each of ten steps along given gradients, some of them zero, some tiny."""
    start = rounded(rng.normal(size=6))
    gradients = rounded(rng.normal(size=(STEPS, 6)))
    gradients[:, 1] *= 1e-3
    gradients[::2, 2] = 0
    gradients = rounded(gradients)
    found: dict[str, Any] = {}
    for name, settings in OPTIMIZERS.items():
        found[name] = {"config": settings}
        for dtype in DTYPES:
            parameters = torch.tensor(start, dtype=getattr(torch, dtype), requires_grad=True)
            optimizer = _reference_optimizer(torch, parameters, dict(settings))
            path = []
            for gradient in gradients:
                parameters.grad = torch.tensor(gradient, dtype=getattr(torch, dtype))
                optimizer.step()
                path.append(listed(parameters))
            found[name][dtype] = path
    return {"start": listed(start), "gradients": listed(gradients), "optimizers": found}


def _reference_optimizer(torch: Any, parameters: Any, settings: dict[str, Any]) -> Any:
    """PyTorch's optimizer for our config; for Lion, which PyTorch lacks, the formula of its paper."""
    if settings["type"] == "lion":
        return PaperLion(torch, parameters, **{name: value for name, value in settings.items() if name != "type"})
    kind = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "nadam": torch.optim.NAdam,
        "adagrad": torch.optim.Adagrad,
        "adadelta": torch.optim.Adadelta,
        "rmsprop": torch.optim.RMSprop,
    }[settings.pop("type")]
    names = {"learning_rate": "lr", "l2": "weight_decay", "epsilon": "eps"}
    if kind is torch.optim.RMSprop:
        names["rho"] = "alpha"
    given = {names.get(name, name): value for name, value in settings.items() if not name.startswith("beta_")}
    if "beta_1" in settings:
        given["betas"] = (settings["beta_1"], settings["beta_2"])
    elif "beta_2" in settings:
        raise SystemExit("Give both betas.")
    return kind([parameters], **given)


class PaperLion:
    """Algorithm 2 of Chen et al. (2023), computed in float64 whatever the parameters are."""

    def __init__(
        self,
        torch: Any,
        parameters: Any,
        learning_rate: float,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float = 0.0,
    ) -> None:
        self.torch, self.parameters, self.rate, self.decay = torch, parameters, learning_rate, weight_decay
        self.betas = beta_1, beta_2
        self.exact = parameters.detach().to(torch.float64)
        self.m = torch.zeros_like(self.exact)

    def step(self) -> None:
        """One step along ``parameters.grad``."""
        g = self.parameters.grad.to(self.torch.float64)
        update = self.torch.sign(self.betas[0] * self.m + (1 - self.betas[0]) * g)
        self.exact = self.exact - self.rate * (update + self.decay * self.exact)
        self.m = self.betas[1] * self.m + (1 - self.betas[1]) * g
        self.parameters.data = self.exact.to(self.parameters.dtype)


def augmentation(torch: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Images moved by affine maps, as ``grid_sample`` moves them, filled up with zeros and with the edge."""
    turn, slant = np.radians(25), np.tan(np.radians(20))
    cosine, sine = np.cos(turn), np.sin(turn)
    # How points move, x to the right and y down: textbooks let y point up, so angles change their sign.
    moves: dict[str, tuple[dict[str, float], Floats]] = {
        "rotation": ({"rotation": 25}, np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])),
        "scaling": ({"scale": 130}, np.diag([1.3, 1.3, 1])),
        "shear": ({"shear": 20}, np.array([[1, -slant, 0], [0, 1, 0], [0, 0, 1]])),
        "translation": ({"shift x": 1.25, "shift y": -0.5}, np.array([[1, 0, 1.25], [0, 1, -0.5], [0, 0, 1]])),
    }
    images = rounded(rng.random((2, 7, 6)))
    height, width = images.shape[1:]
    y, x = np.mgrid[:height, :width]
    places = np.stack((x - (width - 1) / 2, y - (height - 1) / 2, np.ones((height, width))), axis=-1)
    found: dict[str, Any] = {}
    for name, (draws, move) in moves.items():
        found[name] = {"draws": draws}
        inverse = np.linalg.inv(move)[:2]
        grid = torch.tensor(places @ inverse.T / ((width - 1) / 2, (height - 1) / 2)).repeat(len(images), 1, 1, 1)
        for fill, padding in (("background", "zeros"), ("edge", "border")):
            moved = torch.nn.functional.grid_sample(
                torch.tensor(images)[:, None], grid, padding_mode=padding, align_corners=True
            )
            found[name][fill] = listed(moved[:, 0].to(torch.float32))
    return {"images": listed(images), "moved": found}


def main() -> int:
    """Write every golden file."""
    import torch

    for number, make in enumerate((dense, losses, optimizers, layers, augmentation)):
        figures = make(torch, np.random.default_rng((SEED, number)))
        content = {"made by": f"PyTorch {torch.__version__}", "seed": [SEED, number], **figures}
        path = FOLDER / f"{make.__name__}.json"
        path.write_text(_laid_out(content) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    return 0


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with a line for each row of numbers: small, and readable in a comparison of two versions."""
    if isinstance(value, dict):
        inner = indent + " "
        items = (f"\n{inner}{json.dumps(key)}: {_laid_out(item, inner)}" for key, item in value.items())
        return "{" + ",".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[" + ",".join(f"\n{indent} {_laid_out(item, indent + ' ')}" for item in value) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


if __name__ == "__main__":
    sys.exit(main())
