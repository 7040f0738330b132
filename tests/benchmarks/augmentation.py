"""Images augmented in a second, beside SciPy and PyTorch.

    python3 -m tests.benchmarks.augmentation [--rounds 5]

28×28 pixels of float32, turned, shifted and stretched with bilinear interpolation and nothing around them, on one
thread. Ours is the public way, ``AugmentationPipeline.apply``: it draws the numbers, makes the maps and moves the
pixels. SciPy gets ready matrices, image by image (``affine_transform(order=1)``; for elastic fields ``gaussian_filter``
of noise and ``map_coordinates``). PyTorch gets ready matrices in batches of 128 (``affine_grid`` and ``grid_sample``).
Every measurement is a process of its own; the contestants take turns, and what is compared are medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.bootstrap import ensure_environment

if TYPE_CHECKING:
    import numpy as np

SIZE, BATCH, BATCHES = 28, 128, 40
SECONDS = 1.0
"""How long one measurement goes on at least."""


def images() -> np.ndarray:
    """As many as one measurement goes through again and again: more than a cache holds."""
    import numpy as np

    return np.random.default_rng(0).random((BATCHES, BATCH, SIZE, SIZE), np.float32)


def maps(count: int) -> np.ndarray:
    """Inverse maps, (count, 2, 3), such as augmentation draws: the shift in pixels."""
    import numpy as np

    rng = np.random.default_rng(1)
    angle, scale = np.deg2rad(rng.uniform(-10, 10, count)), rng.uniform(0.9, 1.1, count)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    return np.concatenate((turn.transpose(2, 0, 1), rng.uniform(-2, 2, (count, 2, 1))), axis=2)


def ours(*more: str) -> Callable[[int], object]:
    """Our pipeline on one batch."""
    import numpy as np

    from nn_engine import Rotation, Scaling, Translation, registered
    from nn_engine.data.augmentation import AugmentationPipeline

    others = tuple(registered("augmentation")[name]() for name in more)
    pipeline = AugmentationPipeline((Translation(), Rotation(), Scaling(), *others), (SIZE, SIZE))
    batches, room, rng = images(), np.empty((BATCH, SIZE, SIZE), np.float32), np.random.Generator(np.random.SFC64(0))

    def run(number: int) -> object:
        np.copyto(room, batches[number])  # as reading a batch does
        return pipeline.apply(room, rng)

    return run


def scipy_affine() -> Callable[[int], object]:
    """SciPy's ``affine_transform`` on each image of a batch."""
    import numpy as np
    from scipy import ndimage

    batches, inverse, out = images(), maps(BATCH), np.empty((BATCH, SIZE, SIZE), np.float32)
    centre = (SIZE - 1) / 2
    offsets = centre - inverse[:, :, :2].sum(axis=2) * centre + inverse[:, :, 2]

    def run(number: int) -> object:
        for place in range(BATCH):
            ndimage.affine_transform(
                batches[number, place],
                inverse[place, :, :2],
                offsets[place],
                output=out[place],
                order=1,
                prefilter=False,
            )
        return out

    return run


def scipy_elastic() -> Callable[[int], object]:
    """SciPy's way to bend: noise, smoothed, added to the places of the same maps."""
    import numpy as np
    from scipy import ndimage

    batches, inverse, out = images(), maps(BATCH), np.empty((BATCH, SIZE, SIZE), np.float32)
    grid = np.indices((SIZE, SIZE), np.float32) - (SIZE - 1) / 2
    rng = np.random.default_rng(0)

    def run(number: int) -> object:
        for place in range(BATCH):
            noise = rng.standard_normal((2, SIZE, SIZE), np.float32)
            field = 15 * ndimage.gaussian_filter(noise, (0, 4.2, 4.2), mode="constant")
            moved = np.tensordot(inverse[place, :, :2], grid + field, 1) + inverse[place, :, 2, None, None]
            ndimage.map_coordinates(
                batches[number, place], moved + (SIZE - 1) / 2, output=out[place], order=1, prefilter=False
            )
        return out

    return run


def torch_affine() -> Callable[[int], object]:
    """PyTorch's ``affine_grid`` and ``grid_sample`` on one batch."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    batches = torch.from_numpy(images())[:, :, None]
    theta = torch.from_numpy((maps(BATCH) / (1, 1, SIZE / 2)).astype(np.float32))
    functional = torch.nn.functional

    def run(number: int) -> object:
        with torch.inference_mode():
            grid = functional.affine_grid(theta, [BATCH, 1, SIZE, SIZE], align_corners=False)
            return functional.grid_sample(batches[number], grid, align_corners=False)

    return run


CONTESTANTS: dict[str, Callable[[], Callable[[int], object]]] = {
    "ours, affine": ours,
    "SciPy, affine": scipy_affine,
    "PyTorch, affine": torch_affine,
    "ours, affine and elastic": lambda: ours("elastic"),
    "SciPy, affine and elastic": scipy_elastic,
}
RATIOS = (
    ("ours, affine", "SciPy, affine"),
    ("ours, affine", "PyTorch, affine"),
    ("ours, affine and elastic", "SciPy, affine and elastic"),
)


def images_a_second(run: Callable[[int], object]) -> float:
    """The median rate over the batches, once everything is warm."""
    for number in range(3):
        run(number)
    seconds: list[float] = []
    while sum(seconds) < SECONDS:
        for number in range(BATCHES):
            started = time.perf_counter()
            run(number)
            seconds.append(time.perf_counter() - started)
    return BATCH / statistics.median(seconds)


def measure(contestant: str) -> float:
    """One measurement in a process of its own, since threads are chosen before NumPy is imported."""
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, "-m", "tests.benchmarks.augmentation", "--one", contestant]
    environment = os.environ | dict.fromkeys(variables, "1")
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default 5)")
    parser.add_argument("--one", choices=CONTESTANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(images_a_second(CONTESTANTS[arguments.one]()))
        return 0
    ensure_environment(("runtime", "bench"))
    import numpy as np
    import scipy
    import torch

    from tests.benchmarks.turns import processor

    rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(arguments.rounds):
        for name, found in rates.items():
            found.append(measure(name))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    print(f"{processor()}, one thread; NumPy {np.__version__}, SciPy {scipy.__version__}, PyTorch {torch.__version__};")
    print(f"images of {SIZE}×{SIZE} in a second, medians of {arguments.rounds} alternating runs\n")
    for name, rate in medians.items():
        print(f"{name:<26} {rate:>9,.0f}")
    print()
    for one, other in RATIOS:
        print(f"{one} / {other}: {medians[one] / medians[other]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
