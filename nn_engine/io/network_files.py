"""The kinds of file that a trained network is exported to, or read from, by what the file's name ends in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nn_engine.declarations.registry import did_you_mean
from nn_engine.io.checkpoint import load_answering
from nn_engine.io.onnx_export import export_onnx
from nn_engine.io.safetensors_files import load_safetensors, save_safetensors
from nn_engine.io.script_export import export_script, weights_path
from nn_engine.io.trained_network import TrainedNetwork


@dataclass(frozen=True)
class ExportFormat:
    """One kind of file to export to."""

    suffix: str
    title: str
    """What a person calls such files."""
    write: Callable[[Path, TrainedNetwork], None]
    files: Callable[[Path], tuple[Path, ...]] = lambda path: (path,)
    """Everything that is written for a file of this name."""


EXPORT_FORMATS: Mapping[str, ExportFormat] = {
    "onnx": ExportFormat(".onnx", "ONNX", export_onnx),
    "safetensors": ExportFormat(".safetensors", "Safetensors", save_safetensors),
    "script": ExportFormat(".py", "NumPy script", export_script, lambda path: (path, weights_path(path))),
}
"""Every format by name."""


def format_for(path: Path) -> ExportFormat:
    """The format that the file's name ends in. Raises ValueError that lists what exists."""
    suffixes = {each.suffix: each for each in EXPORT_FORMATS.values()}
    found = suffixes.get(path.suffix.lower())
    if found is None:
        hint = did_you_mean(path.suffix, suffixes) if path.suffix else ""
        raise ValueError(f"{path}: expected a file name that ends in one of {', '.join(suffixes)}.{hint}")
    return found


def load_trained(path: Path | str) -> TrainedNetwork:
    """Read a network from a ``.safetensors`` file, or else from a checkpoint.

    Raises SafetensorsFileError or CheckpointError naming file and fault; OSError as ``open`` does.
    """
    path = Path(path)
    return (load_safetensors if path.suffix.lower() == ".safetensors" else load_answering)(path)
