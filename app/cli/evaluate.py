"""``main.py evaluate``: how good a checkpoint is on data it has never seen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli.output import metric_text, print_json
from app.cli.per_class import judge_per_class, print_per_class, refuse_unless_there_are_classes
from nn_engine.data.augmentation import Augmentation
from nn_engine.evaluation import evaluate
from nn_engine.io.checkpoint import Checkpoint
from nn_engine.io.network_files import load_trained


def run(arguments: argparse.Namespace) -> int:
    """Measure the checkpoint on the test set of the data it was trained on."""
    path = Path(arguments.checkpoint)
    checkpoint = load_trained(path)
    if not isinstance(checkpoint, Checkpoint) or checkpoint.experiment is None:
        raise ValueError(
            f"{path}: the file does not say on which data its network was trained; a run's checkpoint does."
        )
    if arguments.per_class:
        refuse_unless_there_are_classes(checkpoint)
    augmentation: tuple[Augmentation, ...] = ()
    draws = 1
    if arguments.draws is not None:
        augmentation, draws = checkpoint.plan.augmentation, arguments.draws
        if not augmentation:
            raise ValueError(
                "--draws: expected a checkpoint trained with augmentation; this one was trained without. Leave it out "
                "to judge by the samples as they are."
            )
    test = checkpoint.experiment.data.load().test
    metrics = evaluate(checkpoint.network, test, checkpoint.preprocessing, checkpoint.plan.loss, augmentation, draws)
    each = judge_per_class(checkpoint, test, augmentation, draws) if arguments.per_class else None
    if arguments.json:
        found: dict[str, Any] = {f"test_{name}": value for name, value in metrics.items()}
        found |= each.fields if each else {}
        print_json({"event": "evaluation", "epoch": checkpoint.epochs_done, "samples": len(test), **found})
        return 0
    epochs = "1 epoch" if checkpoint.epochs_done == 1 else f"{checkpoint.epochs_done} epochs"
    print(f"{path}: {checkpoint.experiment.name}, after {epochs}, on {len(test):,} test samples")
    for name, value in metrics.items():
        print(metric_text(f"test_{name}", value))
    if each:
        print_per_class(each)
    return 0
