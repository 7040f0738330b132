"""Files: written so that a crash at any moment leaves the old or the new, read so that nothing wrong gets in."""

from nn_engine.io.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from nn_engine.io.experiment_file import ExperimentFileError, load_experiment, save_experiment
from nn_engine.io.images import ImageError, read_images
from nn_engine.io.run_folder import RunFolder, RunFolderError

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "ExperimentFileError",
    "ImageError",
    "RunFolder",
    "RunFolderError",
    "load_checkpoint",
    "load_experiment",
    "read_images",
    "save_checkpoint",
    "save_experiment",
]
