"""Running what was exported, without the studio's own mathematics."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime

from nn_engine.io.onnx_export import INPUT, OUTPUT, export_onnx
from nn_engine.io.script_export import export_script
from nn_engine.io.trained_network import TrainedNetwork

Answers = np.ndarray[Any, Any]


def session(path: Path) -> Any:
    """The file as the runtime loads it; on one thread, which leaves none behind."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_onnx(path: Path, samples: Answers) -> Answers:
    """What onnxruntime makes of samples."""
    found: Answers = session(path).run([OUTPUT], {INPUT: samples.astype(np.float32)})[0]
    return found


def imported(path: Path) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location("exported_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_onnx(trained: TrainedNetwork, raw: Answers, folder: Path) -> Answers:
    """Export as ONNX and run that."""
    export_onnx(folder / "a.onnx", trained)
    return run_onnx(folder / "a.onnx", raw)


def by_script(trained: TrainedNetwork, raw: Answers, folder: Path) -> Answers:
    """Export as a script and run that."""
    export_script(folder / "a.py", trained)
    found: Answers = imported(folder / "a.py").predict(raw)
    return found


EXPORTS: dict[str, Callable[[TrainedNetwork, Answers, Path], Answers]] = {"onnx": by_onnx, "script": by_script}
