"""How many threads, and which kernels, NumPy's matrix products use: decided before NumPy is imported.

Standard library only. The choice is recorded in every run and used again when the run is resumed, since both decide the
last bits of every sum.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
KERNEL_VARIABLE = "OPENBLAS_CORETYPE"
MOST_BY_DEFAULT = 4  # more do not pay for networks that train on one machine


def configure(threads: int | None = None, kernels: str | None = None) -> None:
    """Set the environment for these choices. What the user has set outside holds where nothing is chosen here.

    Does nothing once NumPy has been imported: it would be too late.
    """
    if "numpy" in sys.modules:
        return
    if threads is None and not any(variable in os.environ for variable in THREAD_VARIABLES):
        threads = default_threads()
    if threads is not None:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    if kernels is not None:
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


NEEDS = {
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "Cooperlake": {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"},
}
"""What each of OpenBLAS's kernels needs of a processor, as far as it matters here."""


def can_use(kernels: object) -> bool:
    """Whether this processor is known to run these kernels."""
    if not isinstance(kernels, str) or kernels not in NEEDS:
        return False
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return NEEDS[kernels] <= set(flags)
