"""What a network answers to one sample, as text and as JSON, by what the task's targets mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.cli.output import percent
from nn_engine.data.dataset import TargetKind
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.metrics.accuracy import says_yes
from nn_engine.types import Floats

_PROBABILITIES = ("softmax", "sigmoid")
"""Activations whose outputs are probabilities; what others give are scores."""


@dataclass(frozen=True)
class Answer:
    """The outputs for one sample, and what they are of."""

    names: Sequence[str]
    outputs: Floats
    probable: bool
    """Whether the outputs are probabilities, as far as the network's last activation says."""

    @property
    def by_name(self) -> dict[str, float]:
        """Each output under its name."""
        return dict(zip(self.names, map(float, self.outputs), strict=True))

    @property
    def all_as_json(self) -> dict[str, dict[str, float]]:
        """``by_name``, under the name of what the outputs are."""
        return {"probabilities" if self.probable else "scores": self.by_name}

    def number(self, index: int) -> str:
        """One output as a person reads it."""
        value = float(self.outputs[index])
        return percent(value) if self.probable else f"score {value:.4g}"


def _class_text(answer: Answer) -> str:
    first, *others = (int(index) for index in np.argsort(-answer.outputs, kind="stable"))
    sure = " sure" if answer.probable else ""
    text = f"{answer.names[first]}, {answer.number(first)}{sure}"
    return f"{text}; next {answer.names[others[0]]}, {answer.number(others[0])}" if others else text


def _class_fields(answer: Answer) -> dict[str, Any]:
    return {"class": answer.names[int(answer.outputs.argmax())], **answer.all_as_json}


def _labels_text(answer: Answer) -> str:
    words = ("yes" if yes else "no" for yes in says_yes(answer.outputs, logits=False))
    told = enumerate(zip(answer.names, words, strict=True))
    return "; ".join(f"{name} {word}, {answer.number(index)}" for index, (name, word) in told)


def _labels_fields(answer: Answer) -> dict[str, Any]:
    there = says_yes(answer.outputs, logits=False)
    return {"labels": [name for name, yes in zip(answer.names, there, strict=True) if yes], **answer.all_as_json}


def _values_text(answer: Answer) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in answer.by_name.items())


def _values_fields(answer: Answer) -> dict[str, Any]:
    return {"values": answer.by_name}


_REPORTS: Mapping[TargetKind, tuple[Callable[[Answer], str], Callable[[Answer], dict[str, Any]]]] = {
    "classes": (_class_text, _class_fields),
    "labels": (_labels_text, _labels_fields),
    "values": (_values_text, _values_fields),
}
"""For a person, and for a program."""


def as_text(trained: TrainedNetwork, outputs: Floats) -> str:
    """The answer in words."""
    return _REPORTS[trained.task.target_kind][0](_answer(trained, outputs))


def as_fields(trained: TrainedNetwork, outputs: Floats) -> dict[str, Any]:
    """The answer as JSON holds it."""
    return _REPORTS[trained.task.target_kind][1](_answer(trained, outputs))


def _answer(trained: TrainedNetwork, outputs: Floats) -> Answer:
    return Answer(trained.task.names, outputs, trained.network.output_fn in _PROBABILITIES)
