"""Setting some samples apart, with every class in its share."""

import numpy as np

from nn_engine.randomness import Stream, keyed_generator
from nn_engine.types import Array, Indices


def stratified_split(targets: Array, apart: int, seed: int) -> tuple[Indices, Indices]:
    """Split sample numbers in two: the rest, and ``apart`` samples in which each class has its share.

    The same seed gives the same split. Targets that are not class numbers are split by chance alone. Both results are
    in ascending order. Raises ValueError unless at least one sample is left on each side (or ``apart`` is 0).
    """
    count = len(targets)
    if apart not in range(max(count, 1)):
        raise ValueError(f"Expected to set 0 to {count - 1} of {count} samples apart; received {apart}.")
    chosen = stratified_sample(targets, int(apart), seed)
    return np.setdiff1d(np.arange(count), chosen, assume_unique=True), chosen


def stratified_sample(targets: Array, size: int, seed: int) -> Indices:
    """The numbers of ``size`` samples in which each class has its share, in ascending order.

    Every class gets its share rounded down, and what is left goes to the classes with the largest remainders.
    """
    rng, targets = keyed_generator(seed, Stream.SPLIT), np.asarray(targets)
    if targets.dtype.kind == "b":
        targets = targets.astype(np.intp)
    if targets.ndim != 1 or targets.dtype.kind not in "iu" or targets.min(initial=0) < 0 or not len(targets):
        return np.sort(rng.permutation(len(targets))[:size])
    counts = np.bincount(targets)
    shares = counts * (size / len(targets))
    quota = np.floor(shares).astype(np.intp)
    largest_remainders = np.argsort(quota - shares, kind="stable")
    quota[largest_remainders[: size - quota.sum()]] += 1
    picked = [rng.permutation(np.flatnonzero(targets == number))[: quota[number]] for number in range(len(counts))]
    return np.sort(np.concatenate(picked)).astype(np.intp)
