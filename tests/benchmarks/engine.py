"""How fast training is, beside PyTorch and beside its bare matrix products; how it grows, and what memory it takes.

    python3 -m tests.benchmarks.engine [--rounds 5] [--only WORD] [--quick]

Seconds for an epoch (or, for answers, for all digits once), the medians of runs that take turns, each in a process of
its own: see ``contestants.py`` for what is done. Each contestant is measured with one and with two threads, and its
better figure counts. NumPy's are measured with the matrix kernels that are fastest on this processor, and with those
for AVX2, which most processors have. What follows the table are those of ``growth.py`` and ``memory.py``; ``--quick``
is a single round over fewer of the points.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from app.bootstrap import ensure_environment
from app.kernels import can_use
from tests.benchmarks import growth, memory
from tests.benchmarks.turns import Run, Time, best_times, fastest_kernels, heading


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


def compare(work: Work, kernels: list[str], rounds: int) -> Iterator[str]:
    """A line of the table for each kind of kernels, once everything has been measured."""
    runs = {(work.torch, ""): Run(work.torch, kernels[0], {"batch_size": work.batch_size})}
    for name in kernels:
        for who in filter(None, (work.ours, work.products)):
            runs[who, name] = Run(who, name, {"batch_size": work.batch_size})
    best: dict[tuple[str, str], Time] = dict(zip(runs, best_times(runs.values(), rounds), strict=True))
    torch = best[work.torch, ""]
    for name in kernels:
        ours, products = best[work.ours, name], best.get((work.products, name))
        above = f"{ours.seconds / products.seconds:>13.2f}" if products else ""
        bare = products or " " * 12
        ratio = torch.seconds / ours.seconds
        yield f"{work.name:<19}{work.batch_size:>5}  {name:<8}  {ours}  {torch}  {bare}  {ratio:>12.2f}  {above}"


def speed_table(rounds: int, only: str) -> Iterator[str]:
    """The lines of the table of all work whose name has ``only`` in it."""
    chosen = [work for work in WORKS if only.lower() in work.name.lower()]
    if not chosen:
        return
    heads = [f"{who:>12}" for who in ("ours", "PyTorch", "products", "PyTorch/ours")]
    yield ""
    yield "  ".join((f"{'work':<19}batch", f"{'kernels':<8}", *heads, "ours/products"))
    kernels = list(dict.fromkeys((fastest_kernels(), *filter(can_use, ("Haswell",)))))
    for work in chosen:
        yield from compare(work, kernels, rounds)


def memory_table(only: str, quick: bool) -> Iterator[str]:
    """What trainings hold at most."""
    if only.lower() in "memory":
        yield f"\nmemory held at most in two epochs, wanted below {memory.LIMIT} MB"
        yield from (line for line, _ in memory.peaks(memory.PRESETS[1:2] if quick else memory.PRESETS, epochs=2))


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default 5)")
    parser.add_argument("--only", default="", help="only what has this in its name, such as MLP, width or memory")
    parser.add_argument("--quick", action="store_true", help="a single round over fewer points")
    arguments = parser.parse_args()
    ensure_environment(("runtime", "bench"))
    only, quick = arguments.only, arguments.quick
    rounds = 1 if quick else arguments.rounds
    print(heading(rounds), flush=True)
    tables = (
        speed_table(rounds, only),
        growth.tables(rounds, fastest_kernels(), only, quick),
        memory_table(only, quick),
    )
    for line in itertools.chain(*tables):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
