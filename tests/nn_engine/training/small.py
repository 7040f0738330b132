"""A training small enough to be repeated hundreds of times."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_engine import (
    Adam,
    ArrayDataset,
    DenseLayer,
    DropoutLayer,
    InputLayer,
    Network,
    OneCycle,
    Rotation,
    Trainer,
    TrainingPlan,
    Translation,
)
from nn_engine.training import Event


def blobs(count: int, seed: int = 0) -> ArrayDataset:
    """Images of 6×6 with a bright spot whose quarter is the class: learnable, but not at once."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 120, (count, 6, 6))
    labels = rng.integers(0, 4, count)
    for image, label in zip(images, labels, strict=True):
        row, column = 1 + 3 * (label // 2), 1 + 3 * (label % 2)
        image[row : row + 2, column : column + 2] += 80
    return ArrayDataset(images.astype(np.uint8), labels, tuple("abcd"))


def small_network(dropout: float = 0.25) -> Network:
    """36 inputs, 12 rectifiers, dropout, 4 classes."""
    layers = [
        InputLayer(units=36),
        DenseLayer(units=12, fn="relu"),
        DropoutLayer(rate=dropout),
        DenseLayer(units=4, fn="softmax"),
    ]
    return Network(layers, bias_init="small_constant")


def small_trainer(validation: int = 40, samples: int = 150, **plan: Any) -> Trainer:
    """A trainer with everything that draws random numbers switched on."""
    defaults: dict[str, Any] = {
        "optimizer": Adam(learning_rate=0.01),
        "schedule": OneCycle(),
        "augmentation": (Rotation(degrees=8), Translation(pixels=0.5)),
        "epochs": 4,
        "batch_size": 32,
    }
    held_out = blobs(validation, seed=1) if validation else None
    return Trainer(small_network(), blobs(samples), held_out, TrainingPlan(**{**defaults, **plan}), run_id="small")


def drain(trainer: Trainer) -> list[Event]:
    """Train to the end."""
    return list(trainer.fit())
