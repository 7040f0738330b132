"""Trainings small enough for their files to be damaged bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nn_engine import DenseLayer, Experiment, InputLayer, Network, Trainer
from nn_engine.data import ArrayDataset
from nn_engine.training import TrainerState
from tests.nn_engine.training.small import blobs

INPUTS, SAMPLES, BATCH_SIZE = 36, 60, 20
STEPS_PER_EPOCH = SAMPLES // BATCH_SIZE
LAYERS = (InputLayer(units=INPUTS), DenseLayer(units=3, fn="relu"), DenseLayer(units=4, fn="softmax"))


def tiny_trainer(run_id: str = "tiny", validation: bool = True, **settings: Any) -> Trainer:
    """A trainer of an experiment that takes a millisecond an epoch."""
    experiment = Experiment(**{"layers": LAYERS, "epochs": 3, "batch_size": BATCH_SIZE, **settings})
    network = Network(experiment.layers, weight_init=experiment.weight_init, bias_init=experiment.bias_init)
    held_out = blobs(20, seed=1) if validation else None
    return Trainer(network, blobs(SAMPLES), held_out, experiment, run_id=run_id)


def smallest_trainer() -> Trainer:
    """The trainer of a network of six numbers, half-way through its first epoch and with one behind it."""
    rng = np.random.default_rng(0)
    data = ArrayDataset(rng.random((8, 2)), rng.integers(0, 2, 8))
    layers = (InputLayer(units=2), DenseLayer(units=2, fn="softmax"))
    trainer = Trainer(Network(layers), data, data, Experiment(layers=layers, epochs=2, batch_size=4), run_id="least")
    advance(trainer, 3)
    return trainer


def advance(trainer: Trainer, steps: int) -> None:
    """Train until so many steps are made in all."""
    events = trainer.fit()
    while trainer.step < steps:
        next(events)
    events.close()


def assert_same_state(found: TrainerState, expected: TrainerState) -> None:
    """Equal field by field, and bit by bit where there are bits."""
    assert dict(_flattened(found)) == dict(_flattened(expected))


def _flattened(value: Any, where: str = "state") -> Iterator[tuple[str, Any]]:
    if isinstance(value, np.ndarray):
        yield where, (value.dtype.name, value.shape, value.tobytes())
    elif hasattr(value, "__dataclass_fields__") and not hasattr(value, "to_config"):
        yield where, type(value)
        for name in value.__dataclass_fields__:
            yield from _flattened(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        yield where, set(value)
        for name, item in value.items():
            yield from _flattened(item, f"{where}.{name}")
    elif isinstance(value, tuple):
        yield where, len(value)
        for index, item in enumerate(value):
            yield from _flattened(item, f"{where}[{index}]")
    else:
        yield where, (type(value), value)


def refused(caught: pytest.ExceptionInfo[Exception], path: object) -> str:
    """The sentence with which a file was refused: it names the file, and is one line that a person can read."""
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}"), sentence
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    assert len(sentence) < 1000
    fault = sentence.removeprefix(f"{path}")
    assert not any(word in fault for word in ("object has no attribute", "unhashable", "positional argument")), fault
    return sentence
