"""``main.py evaluate``: how good a checkpoint is on data it has never seen."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.output import metric_text, print_json
from nn_engine.evaluation import evaluate
from nn_engine.io.checkpoint import load_checkpoint


def run(arguments: argparse.Namespace) -> int:
    """Measure the checkpoint on the test set of the data it was trained on."""
    path = Path(arguments.checkpoint)
    checkpoint = load_checkpoint(path)
    if checkpoint.experiment is None:
        raise ValueError(f"{path}: the checkpoint does not say on which data it was trained.")
    test = checkpoint.experiment.data.load().test
    metrics = evaluate(checkpoint.network, test, checkpoint.preprocessing, checkpoint.plan.loss)
    if arguments.json:
        found = {f"test_{name}": value for name, value in metrics.items()}
        print_json({"event": "evaluation", "epoch": checkpoint.epochs_done, "samples": len(test), **found})
        return 0
    print(f"{path}: {checkpoint.experiment.name}, after {checkpoint.epochs_done} epochs, on {len(test):,} test samples")
    for name, value in metrics.items():
        print(metric_text(f"test_{name}", value))
    return 0
