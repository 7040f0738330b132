"""With what a result was computed: versions, threads and kernels, which decide the last bits of every sum."""

import ctypes
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.version import VERSION


def describe_environment() -> dict[str, Any]:
    """What has to be the same for a run to repeat bit for bit; JSON-ready.

    The thread count is what NumPy was told before it was imported; null where it chose by itself.
    """
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "studio": VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name')} {blas.get('version')}",
        "threads": _number(os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS")),
        "kernels": kernels(),
        "machine": platform.machine(),
        "system": platform.system(),
    }


def kernels() -> str | None:
    """The kernels that NumPy's OpenBLAS computes with, such as Haswell or SkylakeX; none where it cannot be asked."""
    folder = Path(np.__file__).parents[1] / "numpy.libs"
    for library in folder.glob("*openblas*"):
        try:
            ask = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
        except (OSError, AttributeError):
            continue
        ask.restype = ctypes.c_char_p
        return bytes(ask()).decode("ascii", "replace")
    return os.environ.get("OPENBLAS_CORETYPE") or None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def differences(recorded: dict[str, Any], present: dict[str, Any]) -> list[str]:
    """What is not the same, each as "numpy 2.3.0 then, 2.4.6 now"."""
    return [
        f"{name} {recorded.get(name)} then, {value} now"
        for name, value in present.items()
        if recorded.get(name) != value
    ]
