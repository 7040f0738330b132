"""``main.py evaluate``: how good a checkpoint is on data it has never seen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli.output import metric_text, percent, print_json
from nn_engine.data.augmentation import Augmentation
from nn_engine.evaluation import evaluate
from nn_engine.inspection import Confusion, confusion
from nn_engine.io.checkpoint import load_answering

MOST_MISTAKES = 5
"""How many of the most frequent mistakes are told."""


def run(arguments: argparse.Namespace) -> int:
    """Measure the checkpoint on the test set of the data it was trained on."""
    path = Path(arguments.checkpoint)
    checkpoint = load_answering(path)
    if checkpoint.experiment is None:
        raise ValueError(f"{path}: the checkpoint does not say on which data it was trained.")
    augmentation: tuple[Augmentation, ...] = ()
    draws = 1
    if arguments.draws is not None:
        augmentation, draws = checkpoint.plan.augmentation, arguments.draws
        if draws < 1 or not augmentation:
            raise ValueError(
                f"--draws: expected a number from 1 up and a checkpoint trained with augmentation; received {draws} "
                f"and {len(augmentation)} augmentations. Leave it out to judge by the samples as they are."
            )
    test = checkpoint.experiment.data.load().test
    metrics = evaluate(checkpoint.network, test, checkpoint.preprocessing, checkpoint.plan.loss, augmentation, draws)
    classes = confusion(checkpoint.network, test, checkpoint.preprocessing) if arguments.per_class else None
    if arguments.json:
        found: dict[str, Any] = {f"test_{name}": value for name, value in metrics.items()}
        if classes is not None:
            found |= {"classes": _rows(classes), "confusion": classes.matrix.tolist()}
        print_json({"event": "evaluation", "epoch": checkpoint.epochs_done, "samples": len(test), **found})
        return 0
    print(f"{path}: {checkpoint.experiment.name}, after {checkpoint.epochs_done} epochs, on {len(test):,} test samples")
    for name, value in metrics.items():
        print(metric_text(f"test_{name}", value))
    if classes is not None:
        _print_classes(classes)
    return 0


def _rows(classes: Confusion) -> list[dict[str, Any]]:
    columns = (classes.names, *(values.tolist() for values in classes.per_class), classes.support.tolist())
    names = ("name", "precision", "recall", "f1", "samples")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _print_classes(classes: Confusion) -> None:
    width = max(5, *map(len, classes.names))
    print(f"\n{'class':<{width}}  precision     recall         F1  samples")
    for row in _rows(classes):
        shares = "  ".join(f"{percent(row[name]):>9}" for name in ("precision", "recall", "f1"))
        print(f"{row['name']:<{width}}  {shares}  {row['samples']:>7,}")
    for right, answer, count in classes.mistakes()[:MOST_MISTAKES]:
        print(f"{classes.names[right]} taken for {classes.names[answer]}: {count:,}")
