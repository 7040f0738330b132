"""Experiments as files."""

from pathlib import Path

from nn_engine.experiments.experiment import Experiment
from nn_engine.io import documents
from nn_engine.io.files import write_atomically

FORMAT, VERSION = "backprop-studio-experiment", 1
MIGRATIONS: dict[int, documents.Migration] = {}
"""From each older version to the next; there is none yet."""


class ExperimentFileError(ValueError):
    """A file that is not a whole experiment; the message names the file and the fault."""


def experiment_text(experiment: Experiment) -> bytes:
    """The contents of an experiment's file."""
    return documents.to_text(FORMAT, VERSION, {"experiment": experiment.to_config()})


def save_experiment(path: Path | str, experiment: Experiment) -> None:
    """Write an experiment atomically."""
    path = Path(path)
    write_atomically(path, experiment_text(experiment))


def load_experiment(path: Path | str) -> Experiment:
    """Read an experiment. Raises ExperimentFileError naming file and fault; OSError as ``open`` does."""
    path = Path(path)
    content = documents.load_document(path, FORMAT, VERSION, MIGRATIONS, ExperimentFileError)
    config = content.get("experiment")
    if not isinstance(config, dict):
        raise ExperimentFileError(f'{path}: expected an object named "experiment"; found {type(config).__name__}.')
    try:
        return Experiment.from_config(config)
    except (ValueError, TypeError) as error:
        raise ExperimentFileError(f"{path}: {error}") from None
