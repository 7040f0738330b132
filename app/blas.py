"""How many threads, and which kernels, NumPy's matrix products use: decided before NumPy is imported.

Standard library only. The choice is recorded in every run and used again when the run is resumed, since both decide the
last bits of every sum.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from app.kernels import KERNEL_VARIABLE, can_use, fastest_kernels

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
MOST_BY_DEFAULT = 4  # more do not pay for networks that train on one machine


FASTEST, OPENBLAS_OWN = "fastest", "openblas"


def configure(threads: int | None = None, kernels: str | None = None) -> None:
    """Set the environment for these choices. What the user has set outside holds where nothing is chosen here.

    ``kernels`` is a name of OpenBLAS's, ``fastest`` for what has proved fastest on this processor, which is also
    taken where nobody has chosen, or ``openblas`` for what OpenBLAS chooses by itself. Does nothing once NumPy has
    been imported: it would be too late.
    """
    if "numpy" in sys.modules:
        return
    if threads is None and not any(variable in os.environ for variable in THREAD_VARIABLES):
        threads = default_threads()
    if threads is not None:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    if kernels is None:
        kernels = os.environ.get(KERNEL_VARIABLE) or FASTEST
    if kernels == FASTEST:
        kernels = fastest_kernels()
    os.environ.pop(KERNEL_VARIABLE, None)
    if kernels not in (None, OPENBLAS_OWN):
        os.environ[KERNEL_VARIABLE] = kernels


def default_threads() -> int:
    """All cores but one, which is left for the window and everything else, and at most four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_BY_DEFAULT, cores - 1))


def recorded_choice(run_folder: Path) -> tuple[int | None, str | None]:
    """The threads and kernels a run was begun with; none where its file does not say (it is read with care later).

    Kernels are used again only where this processor is known to have what they need: others would crash it.
    """
    try:
        environment = json.loads((run_folder / "run.json").read_text("utf-8"))["environment"]
        threads, kernels = environment["threads"], environment["kernels"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, None
    sound = isinstance(threads, int) and not isinstance(threads, bool) and 1 <= threads <= 1024
    return threads if sound else None, kernels if can_use(kernels) else None
