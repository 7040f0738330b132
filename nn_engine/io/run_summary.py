"""What a run's folder tells at a glance: read from its small files, without its network."""

import csv
import datetime
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn_engine.io.experiment_file import load_experiment
from nn_engine.io.run_folder import RunFolder

MOST_LOOKED_AT = 20
"""Among so many runs, the newest, one that was interrupted is looked for."""


@dataclass(frozen=True)
class RunSummary:
    """One run in a few facts."""

    path: Path
    run_id: str
    name: str
    began: datetime.datetime
    epochs_done: int
    epochs_planned: int
    best_accuracy: float | None
    """The best on the validation set, or, where there is none, in training; none where nothing is counted right."""
    end_reason: str
    """Why it ended; "" where it runs, or was interrupted by something that left it no time."""


def summarize(path: Path) -> RunSummary:
    """Read a run's files. Raises OSError or ValueError where they cannot be read."""
    about = RunFolder(path).about()
    experiment = load_experiment(path / "experiment.json")
    epochs, end_reason = experiment.epochs, ""
    for event in _events(path / "events.jsonl"):
        match event:
            case {"event": "train_begin", "epochs": int(planned)}:
                epochs, end_reason = planned, ""
            case {"event": "setting_changed", "path": "epochs", "new": new} if str(new).isdecimal():
                epochs = int(new)
            case {"event": "train_end", "reason": str(reason)}:
                end_reason = reason
    with (path / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return RunSummary(
        path,
        about["run_id"],
        experiment.name,
        datetime.datetime.fromisoformat(about["began"]),
        len(rows),
        epochs,
        _best_accuracy(rows),
        end_reason,
    )


def find_interrupted(runs: Path) -> RunSummary | None:
    """The newest run that can be gone on with, has not ended, and is not being trained by a living process."""
    found = [path for path in runs.glob("*/checkpoints/last.npz") if not path.parents[1].name.startswith(".")]
    for path in sorted(found, key=_changed, reverse=True)[:MOST_LOOKED_AT]:
        folder = RunFolder(path.parents[1])
        try:
            summary = summarize(folder.path)
            # Without an epoch there is nothing in it but initial weights.
            if not summary.end_reason and summary.epochs_done and not folder.in_use():
                return summary
        except (OSError, ValueError):
            continue
    return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return -math.inf


def _events(path: Path) -> Iterator[Any]:
    for line in path.read_text("utf-8", "replace").splitlines():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            return  # a crash has cut it short; nothing comes after it


def _best_accuracy(rows: list[dict[str, str]]) -> float | None:
    for column in ("val_accuracy", "accuracy"):
        if values := [float(row[column]) for row in rows if row.get(column)]:
            return max(values)
    return None
