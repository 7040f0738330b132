"""Arrays that a process and its forks share: what one writes, all see."""

import mmap

import numpy as np

from nn_engine.types import Floats


def shared_like(array: Floats) -> Floats:
    """Room for such an array; zero at first."""
    memory = mmap.mmap(-1, max(1, array.nbytes))
    return np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)


def shared(array: Floats) -> Floats:
    """The same numbers where forks share them: the array itself if it lies there already."""
    if is_shared(array):
        return array
    copy = shared_like(array)
    np.copyto(copy, array)
    return copy


def is_shared(array: Floats) -> bool:
    """Whether forks that are begun from now on will share this array."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base.obj if isinstance(base, memoryview) else base, mmap.mmap)
