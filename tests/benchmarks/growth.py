"""How the time of an epoch grows with the network, the batch and the data, beside PyTorch.

    python3 -m tests.benchmarks.growth [--rounds 3] [--only width] [--quick]

784-300-10 with momentum, batches of 128 and 60,000 digits, of which one is changed at a time. Seconds are measured as
in ``engine.py``. "times" says how many times as much it is as on the first line of the table: the multiplications of
an epoch, and the seconds of each. With batches smaller than 32 a tenth of the digits are learned from, and the seconds
taken times ten.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.bootstrap import ensure_environment
from tests.benchmarks.turns import Run, Time, best_times, fastest_kernels, heading

DIGITS, SMALL_BATCH = 60_000, 32


@dataclass(frozen=True)
class Point:
    """One line: a network of dense layers, and how it is trained. ``quick`` ones are in the short form too."""

    name: str
    hidden: tuple[int, ...] = (300,)
    batch_size: int = 128
    samples: int = DIGITS
    quick: bool = True

    @property
    def share(self) -> float:
        """The share of the samples that is learned from while it is measured."""
        return 0.1 if self.batch_size < SMALL_BATCH else 1.0

    @property
    def multiplications(self) -> int:
        """How many there are in an epoch, forward: three times as many in all, but for the first layer's."""
        return self.samples * sum(inputs * units for inputs, units in pairwise((784, *self.hidden, 10)))

    def times(self, rounds: int, kernels: str) -> list[Time]:
        """What an epoch takes ours and PyTorch."""
        told = {"hidden": self.hidden, "batch_size": self.batch_size, "samples": round(self.samples * self.share)}
        runs = [Run(who, kernels, told) for who in ("ours_grown", "torch_grown")]
        return [Time(each.seconds / self.share, each.threads) for each in best_times(runs, rounds)]


SERIES: dict[str, tuple[Point, ...]] = {
    "width": tuple(Point(f"{n} units", hidden=(n,), quick=n in (100, 300, 1000)) for n in (100, 200, 300, 500, 1000)),
    "depth": tuple(Point(f"{n} x 300 units", hidden=(300,) * n, quick=n in (1, 4)) for n in (1, 2, 3, 4)),
    "batch": tuple(Point(f"{n} at once", batch_size=n, quick=n != 8) for n in (1, 8, 32, 128, 512, 2048)),
    "data": tuple(
        Point(f"{n:,} samples", samples=n, quick=n in (10_000, 60_000, 120_000))
        for n in (10_000, 20_000, 40_000, 60_000, 120_000, 240_000)
    ),
}
"""What grows; beyond 60,000 the digits are repeated."""


def table(name: str, points: tuple[Point, ...], rounds: int, kernels: str) -> Iterator[str]:
    """The lines of one table, each as soon as it has been measured."""
    heads = ("ours", "PyTorch", "PyTorch/ours", "work, times", "ours, times", "PyTorch, times")
    yield "".join((f"{name:<16}", *(f"{head:>16}" for head in heads)))
    first: tuple[float, ...] = ()
    for point in points:
        ours, torch = point.times(rounds, kernels)
        now = point.multiplications, ours.seconds, torch.seconds
        first = first or now
        ratios = torch.seconds / ours.seconds, *(value / before for value, before in zip(now, first, strict=True))
        times = (f"{each!s:>16}" for each in (ours, torch))
        yield "".join((f"{point.name:<16}", *times, *(f"{ratio:>16.2f}" for ratio in ratios)))


def tables(rounds: int, kernels: str, only: str = "", quick: bool = False) -> Iterator[str]:
    """The lines of all tables whose names have ``only`` in them."""
    for name, points in SERIES.items():
        if only.lower() in name:
            yield ""
            yield from table(name, tuple(each for each in points if each.quick or not quick), rounds, kernels)


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each (default 3)")
    parser.add_argument("--only", default="", help=f"only one of {', '.join(SERIES)}")
    parser.add_argument("--quick", action="store_true", help="a round over few of the points")
    arguments = parser.parse_args()
    ensure_environment(("runtime", "bench"))
    rounds, kernels = 1 if arguments.quick else arguments.rounds, fastest_kernels()
    print(heading(rounds), flush=True)
    for line in tables(rounds, kernels, arguments.only, arguments.quick):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
