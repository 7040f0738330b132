"""``main.py export``: a trained network for other programs."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from app.cli.commands import UsageError
from app.cli.output import print_json
from nn_engine.io.network_files import EXPORT_FORMATS, ExportFormat, format_for, load_trained


def run(arguments: argparse.Namespace) -> int:
    """Write the network of a checkpoint as ONNX, safetensors or a script."""
    source, target = Path(arguments.checkpoint), Path(arguments.file)
    chosen = _format(arguments.format, target)
    trained = load_trained(source)
    files = chosen.files(target)
    if not target.parent.is_dir():
        raise ValueError(f"{target.parent}: there is no such folder.")
    if any(path.exists() and os.path.samefile(path, source) for path in files):
        raise ValueError(f"{target}: this would overwrite what is exported; choose another name.")
    chosen.write(target, trained)
    if arguments.json:
        print_json({"event": "export", "format": arguments.format or _name(chosen), "files": list(map(str, files))})
        return 0
    for path in files:
        print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


def _format(name: str | None, target: Path) -> ExportFormat:
    if name is not None:
        return EXPORT_FORMATS[name]
    try:
        return format_for(target)
    except ValueError as error:
        raise UsageError(f"{error} Or say which with --format.") from None


def _name(chosen: ExportFormat) -> str:
    return next(name for name, each in EXPORT_FORMATS.items() if each is chosen)
