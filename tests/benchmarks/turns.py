"""Measurements that take turns: what the comparisons of the engine with PyTorch share.

Every measurement is a process of its own, since threads and kernels are chosen before NumPy is imported; a thing is
measured once in every round, with one and with two threads, and its better median counts.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.kernels import KERNEL_VARIABLE

THREADS = (1, 2)


@dataclass(frozen=True)
class Run:
    """What one contestant is to do; see ``contestants.py`` for who there is and what they can be told."""

    who: str
    kernels: str
    settings: dict[str, Any] = field(default_factory=dict)

    def seconds(self, threads: int) -> float:
        """One measurement in a process of its own."""
        variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        told = json.dumps({**self.settings, "threads": threads})
        command = [sys.executable, "-m", "tests.benchmarks.contestants", self.who, told]
        environment = os.environ | dict.fromkeys(variables, str(threads)) | {KERNEL_VARIABLE: self.kernels}
        return float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


@dataclass(frozen=True, order=True)
class Time:
    """The better of two medians, and with how many threads it was reached."""

    seconds: float
    threads: int

    def __str__(self) -> str:
        return f"{self.seconds:>8.3f} ({self.threads})"


def best_times(runs: Iterable[Run], rounds: int) -> list[Time]:
    """What each run takes at best; they take turns, so that whatever else the machine does hits all alike."""
    seconds: list[tuple[Run, dict[int, list[float]]]] = [(run, {threads: [] for threads in THREADS}) for run in runs]
    for _ in range(rounds):
        for run, found in seconds:
            for threads, times in found.items():
                times.append(run.seconds(threads))
    return [min(Time(statistics.median(times), threads) for threads, times in found.items()) for _, found in seconds]


def fastest_kernels() -> str:
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


def heading(rounds: int) -> str:
    """What everything was measured on, and how."""
    import numpy as np
    import torch

    from nn_engine.environment import describe_environment

    found = describe_environment()
    return (
        f"{processor()}, {os.cpu_count()} cores; Python {found['python']}, NumPy {np.__version__} ({found['blas']}),\n"
        f"PyTorch {torch.__version__}; fastest kernels here: {fastest_kernels()}. Seconds, medians of {rounds}\n"
        "alternating runs; in brackets, with how many threads. PyTorch/ours above 1: faster than PyTorch."
    )
