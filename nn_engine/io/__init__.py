"""Files: written so that a crash at any moment leaves the old or the new, read so that nothing wrong gets in."""

from nn_engine.io.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from nn_engine.io.experiment_file import ExperimentFileError, load_experiment, save_experiment
from nn_engine.io.images import ImageError, read_images
from nn_engine.io.network_files import EXPORT_FORMATS, ExportFormat, format_for, load_trained
from nn_engine.io.onnx_export import export_onnx
from nn_engine.io.run_folder import RunFolder, RunFolderError
from nn_engine.io.safetensors_files import SafetensorsFileError, load_safetensors, save_safetensors
from nn_engine.io.script_export import export_script
from nn_engine.io.trained_network import TrainedNetwork

__all__ = [
    "EXPORT_FORMATS",
    "Checkpoint",
    "CheckpointError",
    "ExperimentFileError",
    "ExportFormat",
    "ImageError",
    "RunFolder",
    "RunFolderError",
    "SafetensorsFileError",
    "TrainedNetwork",
    "export_onnx",
    "export_script",
    "format_for",
    "load_checkpoint",
    "load_experiment",
    "load_safetensors",
    "load_trained",
    "read_images",
    "save_checkpoint",
    "save_experiment",
    "save_safetensors",
]
