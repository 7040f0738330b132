"""How much memory a training holds at most: python3 -m tests.benchmarks.memory [PRESET …] [--epochs 2]

Each is trained by ``main.py train`` in a process of its own, which is looked at every few milliseconds. What counts is
what the process holds for itself (RssAnon): pages of files that lie in memory can be taken from it at any time. Ends
with 1 where it was more than 600 MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.bootstrap import ROOT, ensure_environment

PRESETS = ("mnist-300", "mnist-300-augmented", "mnist-300-record", "cnn")
LIMIT = 600
"""MB."""
PAUSE = 0.003
"""Seconds between two looks."""


def held(process: int) -> float:
    """What a process holds for itself at this moment, in MB; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


def peak(preset: str, epochs: int) -> float:
    """The most that a training of this preset was seen to hold, in MB. Raises RuntimeError where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "main.py"), "train", "--preset", preset, "--epochs", str(epochs)]
        command += ["--output", str(Path(folder) / "run"), "--json"]
        most = 0.0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as training:
            while training.poll() is None:
                most = max(most, held(training.pid))
                time.sleep(PAUSE)
    if training.returncode:
        raise RuntimeError(f"{preset}: the training has ended with status {training.returncode}.")
    return most


def peaks(presets: Sequence[str], epochs: int) -> Iterator[tuple[str, float]]:
    """A line for each preset, with the figure in it; none where the system does not tell."""
    if not Path("/proc/self/status").exists():
        return
    for preset in presets:
        found = peak(preset, epochs)
        yield f"{preset:<20}{found:>6.0f} MB", found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*", default=PRESETS, metavar="PRESET", help=f"default: {', '.join(PRESETS)}")
    parser.add_argument("--epochs", type=int, default=2, help="of each training (default 2)")
    arguments = parser.parse_args()
    ensure_environment()
    most = 0.0
    for line, found in peaks(arguments.presets, arguments.epochs):
        print(line, flush=True)
        most = max(most, found)
    return int(most > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
