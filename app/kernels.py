"""Which of OpenBLAS's kernels are fastest on this processor: found by trying, once, before NumPy is imported.

OpenBLAS has matrix kernels for many processors and chooses by what it knows of this one; of a processor newer than
itself, or behind a hypervisor, it may know too little and take kernels half as fast. Kernels that the processor cannot
run end the process, so each is tried in a process of its own, and only where the processor says that it has what they
need. The answer is kept in the user's cache. Nothing here is ever fatal: in doubt OpenBLAS's own choice holds.

Standard library only. Run as a program, it tries the kernels of its own process and prints what it found.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

KERNEL_VARIABLE = "OPENBLAS_CORETYPE"
CACHE_VARIABLE = "BACKPROP_STUDIO_CACHE"
DESCRIPTION = Path("/proc/cpuinfo")
WORTH_IT = 0.95  # of the seconds that OpenBLAS's own choice takes: less of a gain is within the noise
PATIENCE = 20  # seconds for one attempt; a usual one takes a fifth of a second

NEEDS = {
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "Cooperlake": {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"},
}
"""What each of OpenBLAS's kernels needs of a processor, as far as it matters here."""

CANDIDATES = ("SkylakeX", "Haswell")
"""What is worth trying: the others compute float32 products with the kernels of one of these."""


def fastest_kernels() -> str | None:
    """The kernels to ask OpenBLAS for; none where its own choice is as fast, or nothing could be tried."""
    if openblas_library() is None:
        return None
    known, key = _read_cache(), cache_key()
    if key in known:
        found = known[key]
        return found if can_use(found) else None
    own = _attempt(None)
    if own is None:  # a busy machine, perhaps: the next start tries again
        return None
    found = _faster_than(own)
    _write_cache({**known, key: found})
    return found


def _faster_than(own: tuple[str, float]) -> str | None:
    best, kernels = WORTH_IT * own[1], None
    for name in CANDIDATES:
        if name != own[0] and can_use(name):
            tried = _attempt(name)
            # OpenBLAS falls back on others where it was built without these; that says nothing about them.
            if tried is not None and tried[0] == name and tried[1] < best:
                best, kernels = tried[1], name
    return kernels


def _attempt(name: str | None) -> tuple[str, float] | None:
    """The kernels that a process really got when it asked for these, and its seconds; none where it failed."""
    environment = {variable: value for variable, value in os.environ.items() if variable != KERNEL_VARIABLE}
    if name is not None:
        environment[KERNEL_VARIABLE] = name
    environment.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        answer = json.loads(done.stdout)
        return str(answer["kernels"]), float(answer["seconds"])
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError):
        return None


# ---- What this machine has ----


def can_use(kernels: object) -> bool:
    """Whether this processor is known to run these kernels."""
    return isinstance(kernels, str) and kernels in NEEDS and set(_described("flags").split()) >= NEEDS[kernels]


def _described(field: str) -> str:
    """What the system says under this heading of the first core; "" where it says nothing."""
    try:
        lines = DESCRIPTION.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == field), "")


def openblas_library() -> Path | None:
    """The OpenBLAS that NumPy brings with it, found without importing NumPy; none where it computes with another."""
    try:
        spec = importlib.util.find_spec("numpy")
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parents[1] / "numpy.libs"
    return next(iter(sorted(folder.glob("*openblas*"))), None)


# ---- What is remembered ----


def cache_file() -> Path:
    """Where the answer is kept between starts: in the usual place for what can be found out again."""
    if told := os.environ.get(CACHE_VARIABLE):
        return Path(told).expanduser() / "kernels.json"
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Backprop Studio"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "Backprop Studio"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "backprop-studio"
    return folder / "kernels.json"


def cache_key() -> str:
    """What an answer holds for: this processor, with what it can do, this OpenBLAS, and these candidates."""
    library = openblas_library()
    flags = hashlib.sha256(_described("flags").encode()).hexdigest()[:12]
    return f"{_described('model name')} {flags} | {library.name if library else ''} | {', '.join(CANDIDATES)}"


def _read_cache() -> dict[str, str | None]:
    try:
        entries = json.loads(cache_file().read_text("utf-8"))
        return {key: name for key, name in entries.items() if name is None or isinstance(name, str)}
    except (OSError, ValueError, AttributeError, RuntimeError, RecursionError):
        return {}


def _write_cache(entries: dict[str, str | None]) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        path = cache_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        temporary.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")
        os.replace(temporary, path)


# ---- In the process that tries ----


def time_products() -> float:
    """Seconds for the products of one training step, the best of many; refuses kernels that compute them wrongly."""
    import numpy as np

    # Small whole numbers, so that every sum is exact and right kernels of any kind agree to the last bit.
    rng = np.random.default_rng(0)
    x, w = rng.integers(-8, 9, (128, 784)), rng.integers(-8, 9, (784, 300))
    x32, w32 = x.astype(np.float32), w.astype(np.float32)
    right_z, right_grad = x @ w, x.T @ (x @ w)
    z, grad = np.empty(right_z.shape, np.float32), np.empty(right_grad.shape, np.float32)
    seconds = []
    for _ in range(24):
        started = time.perf_counter()
        np.matmul(x32, w32, out=z)
        np.matmul(x32.T, z, out=grad)
        seconds.append(time.perf_counter() - started)
    if not (np.array_equal(z, right_z) and np.abs(right_grad).max() < 2**24 and np.array_equal(grad, right_grad)):
        raise ArithmeticError("these kernels compute products wrongly")
    return min(seconds)


def own_kernels() -> str:
    """The kernels that this process computes with, by their name."""
    import ctypes

    library = openblas_library()
    if library is None:
        raise OSError("NumPy does not compute with an OpenBLAS of its own")
    ask = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
    ask.restype = ctypes.c_char_p
    return bytes(ask()).decode("ascii")


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"kernels": own_kernels(), "seconds": time_products()}))
