"""How good a network is at each class, or each label, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.cli.output import percent
from nn_engine.data import Dataset
from nn_engine.data.augmentation import Augmentation
from nn_engine.data.dataset import TargetKind
from nn_engine.inspection import Confusion, confusion, label_confusions
from nn_engine.io.trained_network import TrainedNetwork

MOST_MISTAKES = 5
"""How many of the most frequent mistakes are told."""

COLUMNS = ("precision", "recall", "f1", "samples")


@dataclass(frozen=True)
class PerClass:
    """A row for each class or label, and what is taken for what."""

    kind: str
    rows: list[dict[str, Any]]
    mistakes: list[tuple[str, str, int]]
    """What it is, what was answered, how often: the most frequent first."""
    fields: dict[str, Any]
    """All of it as JSON holds it."""


def _mistakes(found: Confusion) -> list[tuple[str, str, int]]:
    return [(found.names[right], found.names[answer], count) for right, answer, count in found.mistakes()]


def _of_classes(trained: TrainedNetwork, data: Dataset, augmentation: tuple[Augmentation, ...], draws: int) -> PerClass:
    found = confusion(trained.network, data, trained.preprocessing, augmentation, draws)
    columns = (*(values.tolist() for values in found.per_class), found.support.tolist())
    rows = [
        {"name": name, **dict(zip(COLUMNS, row, strict=True))} for name, *row in zip(found.names, *columns, strict=True)
    ]
    return PerClass("class", rows, _mistakes(found), {"classes": rows, "confusion": found.matrix.tolist()})


def _of_labels(trained: TrainedNetwork, data: Dataset, augmentation: tuple[Augmentation, ...], draws: int) -> PerClass:
    labels = label_confusions(trained.network, data, trained.preprocessing, augmentation, draws)
    rows = []
    for found in labels:
        values = (*(float(values[1]) for values in found.per_class), int(found.support[1]))
        rows.append({"name": found.names[1], **dict(zip(COLUMNS, values, strict=True))})
    mistakes = [mistake for found in labels for mistake in _mistakes(found)]
    matrices = [found.matrix.tolist() for found in labels]
    fields = {"labels": [{**row, "confusion": matrix} for row, matrix in zip(rows, matrices, strict=True)]}
    return PerClass("label", rows, sorted(mistakes, key=lambda each: -each[2]), fields)


_JUDGES: Mapping[TargetKind, Callable[[TrainedNetwork, Dataset, tuple[Augmentation, ...], int], PerClass]] = {
    "classes": _of_classes,
    "labels": _of_labels,
}


def refuse_unless_there_are_classes(trained: TrainedNetwork) -> None:
    """Raise ValueError where there is nothing to tell class by class."""
    if trained.task.target_kind not in _JUDGES:
        raise ValueError(
            f"--per-class: expected a network that answers with {' or '.join(_JUDGES)}; this one answers with "
            f"{trained.task.target_kind}. Leave it out."
        )


def judge_per_class(
    trained: TrainedNetwork, data: Dataset, augmentation: tuple[Augmentation, ...], draws: int
) -> PerClass:
    """Judge the very answers that ``evaluate`` judges."""
    return _JUDGES[trained.task.target_kind](trained, data, augmentation, draws)


def print_per_class(found: PerClass) -> None:
    """A table, and the most frequent mistakes below it."""
    width = max(5, *(len(row["name"]) for row in found.rows))
    print(f"\n{found.kind:<{width}}  precision     recall         F1  samples")
    for row in found.rows:
        shares = "  ".join(f"{percent(row[name]):>9}" for name in ("precision", "recall", "f1"))
        print(f"{row['name']:<{width}}  {shares}  {row['samples']:>7,}")
    for right, answer, count in found.mistakes[:MOST_MISTAKES]:
        print(f"{right} taken for {answer}: {count:,}")
