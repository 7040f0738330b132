"""``main.py train``: train a network and keep everything about it in a folder."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

from app.cli.commands import UsageError
from app.cli.session import drive
from app.cli.settings import typed_settings
from app.thread_share import share_threads
from nn_engine.declarations import set_path
from nn_engine.experiments import Experiment, assemble, preset
from nn_engine.io.experiment_file import load_experiment
from nn_engine.io.run_folder import RunFolder

DEFAULT_PRESET = "mnist-300"


def run(arguments: argparse.Namespace) -> int:
    """Train as the arguments say."""
    experiment = chosen_experiment(arguments)
    path = Path(arguments.output) if arguments.output is not None else new_run_path(experiment.name)
    session = assemble(experiment)
    share_threads(session.trainer, may_fork=True)
    with RunFolder.create(path, session.trainer) as folder:
        session.trainer.observe(folder.record)
        if not arguments.json:
            print(session.network.summary())
            print(f"The run is kept in {path}.", flush=True)
        return drive(session, folder, arguments.json)


def chosen_experiment(arguments: argparse.Namespace) -> Experiment:
    """The preset or file, with every setting from the command line. Raises ValueError in words."""
    if arguments.experiment is not None:
        return _with_settings(load_experiment(Path(arguments.experiment)), arguments)
    try:
        experiment = preset(DEFAULT_PRESET if arguments.preset is None else arguments.preset)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return _with_settings(experiment, arguments)


def _with_settings(experiment: Experiment, arguments: argparse.Namespace) -> Experiment:
    try:
        for path, value in typed_settings(arguments):
            experiment = set_path(experiment, path, value)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return experiment


def new_run_path(name: str) -> Path:
    """A folder in ``runs`` that does not exist yet, named by the time and the experiment."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}-{plain}"
    path, number = Path("runs") / stem, 2
    while path.exists():
        path, number = Path("runs") / f"{stem}-{number}", number + 1
    return path
