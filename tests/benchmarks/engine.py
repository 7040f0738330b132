"""How fast training is, beside PyTorch and beside its bare matrix products.

    python3 -m tests.benchmarks.engine [--rounds 5] [--only WORD]

Seconds for an epoch (or, for answers, for all digits once), the medians of runs that take turns, each in a process of
its own: see ``contestants.py`` for what is done. Each contestant is measured with one and with two threads, and its
better figure counts. NumPy's are measured with the matrix kernels that are fastest on this processor, and with those
for AVX2, which most processors have.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from app.bootstrap import ensure_environment
from app.kernels import KERNEL_VARIABLE, can_use

THREADS = (1, 2)


@dataclass(frozen=True)
class Work:
    """One line of the table: the same work by ours, PyTorch and, where that makes sense, the bare products."""

    name: str
    batch_size: int
    ours: str
    torch: str
    products: str = ""


WORKS = (
    *(Work("MLP, SGD", size, "ours_sgd", "torch_sgd", "products") for size in (32, 128, 512)),
    Work("MLP, Adam", 128, "ours_adam", "torch_adam", "products"),
    Work("CNN, Adam", 128, "ours_cnn", "torch_cnn"),
    Work("CNN, answers", 128, "ours_cnn_answers", "torch_cnn_answers"),
    Work("3x3 and batch norm", 128, "ours_normalized", "torch_normalized"),
)


def measure(contestant: str, batch_size: int, threads: int, kernels: str) -> float:
    """One measurement in a process of its own, since threads and kernels are chosen before NumPy is imported."""
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, "-m", "tests.benchmarks.engine", "--one", contestant, str(batch_size), str(threads)]
    environment = os.environ | dict.fromkeys(variables, str(threads)) | {KERNEL_VARIABLE: kernels}
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def compare(work: Work, kernels: list[str], rounds: int) -> Iterator[str]:
    """A line of the table for each kind of kernels, once everything has been measured."""
    runs = [(work.torch, "")]
    runs += [(who, name) for name in kernels for who in (work.ours, work.products) if who]
    seconds: dict[tuple[str, str, int], list[float]] = {(*run, threads): [] for run in runs for threads in THREADS}
    for _ in range(rounds):
        for (who, name, threads), times in seconds.items():
            times.append(measure(who, work.batch_size, threads, name or kernels[0]))
    best = {run: min((statistics.median(seconds[*run, threads]), threads) for threads in THREADS) for run in runs}
    torch = best[work.torch, ""]
    for name in kernels:
        ours = best[work.ours, name]
        products = best.get((work.products, name))
        shown = "  ".join(f"{time:>8.3f} ({threads})" for time, threads in (ours, torch))
        bare = f"{products[0]:>8.3f} ({products[1]})" if products else " " * 12
        above = f"{ours[0] / products[0]:>13.2f}" if products else ""
        yield f"{work.name:<19}{work.batch_size:>5}  {name:<8}  {shown}  {bare}  {torch[0] / ours[0]:>12.2f}  {above}"


def fastest() -> str:
    """The name of the kernels that the studio computes with where nobody has chosen others."""
    environment = {name: value for name, value in os.environ.items() if name != KERNEL_VARIABLE}
    command = [sys.executable, "-c", "from app import blas, kernels; blas.configure(); print(kernels.own_kernels())"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def processor() -> str:
    """What the machine computes with, as its system calls it."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default 5)")
    parser.add_argument("--only", default="", help="only the work whose name has this in it, such as MLP")
    parser.add_argument("--one", nargs=3, metavar=("WHO", "BATCH", "THREADS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        from tests.benchmarks.contestants import CONTESTANTS

        who, batch_size, threads = arguments.one
        print(CONTESTANTS[who](int(batch_size), int(threads)))
        return 0
    ensure_environment(("runtime", "bench"))
    import numpy as np
    import torch

    from nn_engine.environment import describe_environment

    found = describe_environment()
    kernels = list(dict.fromkeys((fastest(), *filter(can_use, ("Haswell",)))))
    print(f"{processor()}, {os.cpu_count()} cores; Python {found['python']}, NumPy {np.__version__} ({found['blas']}),")
    print(f"PyTorch {torch.__version__}; seconds, medians of {arguments.rounds} alternating runs\n")
    heads = [f"{who:>12}" for who in ("ours", "PyTorch", "products", "PyTorch/ours")]
    print(f"{'work':<19}batch", f"{'kernels':<8}", *heads, "ours/products", sep="  ")
    for work in WORKS:
        if arguments.only.lower() in work.name.lower():
            for line in compare(work, kernels, arguments.rounds):
                print(line, flush=True)
    print("\nIn brackets: with how many threads. PyTorch/ours above 1 means faster than PyTorch.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
