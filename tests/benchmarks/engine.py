"""Seconds for an epoch of ``mnist-300``, beside PyTorch and beside its bare matrix products.

    python3 -m tests.benchmarks.engine [--rounds 5]

Every measurement is a process of its own; the contestants take turns, and what is compared are medians. Ours is the
public way: ``Trainer.fit()`` with every event drained, metrics included. PyTorch gets its data as ready tensors, a
fused optimizer, and computes no metrics. Each contestant is measured with one and with two threads, and its better
figure counts. NumPy's are measured with the matrix kernels that are fastest on this processor, and with those for
AVX2, which most processors have.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from app.bootstrap import ensure_environment
from app.kernels import KERNEL_VARIABLE, can_use

BATCH_SIZES = (32, 128, 512)
THREADS = (1, 2)
SAMPLES = 60_000
EPOCHS = 3  # the first warms up and does not count


def time_ours(batch_size: int, threads: int) -> float:
    """Seconds for an epoch of ``Trainer.fit()``."""
    from nn_engine import assemble, preset
    from nn_engine.training import EpochEnd

    experiment = preset("mnist-300").replace(batch_size=batch_size, epochs=EPOCHS, validation_share=0)
    events = assemble(experiment).trainer.fit()
    ends = [time.perf_counter() for event in events if isinstance(event, EpochEnd)]
    return min(later - earlier for earlier, later in itertools.pairwise(ends))


def time_products(batch_size: int, threads: int) -> float:
    """Seconds for the five matrix products of every step, and nothing else."""
    import numpy as np

    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    x, w1, w2 = some(batch_size, 784), some(784, 300), some(300, 10)
    h, z, dh = some(batch_size, 300), some(batch_size, 10), some(batch_size, 300)
    dw1, dw2 = np.empty_like(w1), np.empty_like(w2)

    def epoch() -> None:
        for _ in range(-(-SAMPLES // batch_size)):
            np.matmul(x, w1, out=h)
            np.matmul(h, w2, out=z)
            np.matmul(h.T, z, out=dw2)
            np.matmul(z, w2.T, out=dh)
            np.matmul(x.T, dh, out=dw1)

    return _best_of(epoch)


def time_torch(batch_size: int, threads: int) -> float:
    """Seconds for an epoch of the same training in PyTorch."""
    import numpy as np
    import torch

    from nn_engine import MNIST, Preprocessing

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    data = MNIST().load().train
    raw = data.read(np.arange(SAMPLES), np.empty((SAMPLES, 28, 28), data.dtype))
    x = torch.from_numpy(Preprocessing()(raw).reshape(SAMPLES, 784))
    y = torch.from_numpy(data.targets)
    net = torch.nn.Sequential(torch.nn.Linear(784, 300), torch.nn.ReLU(), torch.nn.Linear(300, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def epoch() -> None:
        for indices in torch.randperm(SAMPLES).split(batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss_of(net(x[indices]), y[indices]).backward()
            optimizer.step()

    return _best_of(epoch)


CONTESTANTS: dict[str, Callable[[int, int], float]] = {
    "ours": time_ours,
    "PyTorch": time_torch,
    "products": time_products,
}


def _best_of(epoch: Callable[[], None]) -> float:
    seconds = []
    for _ in range(EPOCHS):
        started = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:])


def measure(contestant: str, batch_size: int, threads: int, kernels: str) -> float:
    """One measurement in a process of its own, since threads and kernels are chosen before NumPy is imported."""
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, "-m", "tests.benchmarks.engine", "--one", contestant, str(batch_size), str(threads)]
    environment = os.environ | dict.fromkeys(variables, str(threads)) | {KERNEL_VARIABLE: kernels}
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def compare(batch_size: int, kernels: list[str], rounds: int) -> Iterator[str]:
    """A line of the table for each kind of kernels, once everything has been measured."""
    runs = [("PyTorch", "")] + [(who, name) for name in kernels for who in ("ours", "products")]
    seconds: dict[tuple[str, str, int], list[float]] = {(*run, threads): [] for run in runs for threads in THREADS}
    for _ in range(rounds):
        for (who, name, threads), times in seconds.items():
            times.append(measure(who, batch_size, threads, name or kernels[0]))
    best = {run: min((statistics.median(seconds[*run, threads]), threads) for threads in THREADS) for run in runs}
    torch = best["PyTorch", ""]
    for name in kernels:
        ours, products = best["ours", name], best["products", name]
        shown = "  ".join(f"{time:>8.3f} ({threads})" for time, threads in (ours, torch, products))
        yield f"{batch_size:>5}  {name:<8}  {shown}  {torch[0] / ours[0]:>12.2f}  {ours[0] / products[0]:>13.2f}"


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
    parser.add_argument("--one", nargs=3, metavar=("WHO", "BATCH", "THREADS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
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
    print(f"PyTorch {torch.__version__}; seconds for an epoch of {SAMPLES:,} samples,")
    print(f"medians of {arguments.rounds} alternating runs\n")
    print(
        "batch", f"{'kernels':<8}", *(f"{who:>12}" for who in (*CONTESTANTS, "PyTorch/ours")), "ours/products", sep="  "
    )
    for batch_size in BATCH_SIZES:
        for line in compare(batch_size, kernels, arguments.rounds):
            print(line, flush=True)
    print("\nIn brackets: with how many threads. PyTorch/ours above 1 means faster than PyTorch.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
