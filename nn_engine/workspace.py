"""Buffers that are made once and used in every step.

Allocating large arrays costs page faults in each step; a workspace keeps one flat buffer per name and hands out views
of it in whatever shape a batch needs.
"""

import math

import numpy as np
import numpy.typing as npt

from nn_engine.types import Array

_MOST_VIEWS = 1024
_NUMPY_BUFFER = 1024


class SmallNumpyBuffers(np.errstate):
    """Within, NumPy works on rows of some hundred numbers where they lie, in this thread alone.

    With its own setting it first gathers all rows that are shorter than 8,192 numbers into buffers, which it allocates
    anew each time: adding up patches of an image takes twice as long like that.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        super().__enter__()  # its end puts the size back, too: NumPy keeps both in one place
        np.setbufsize(_NUMPY_BUFFER)


class Workspace:
    """Named scratch arrays of one network. What a name held is overwritten when it is next asked for and written to."""

    def __init__(self) -> None:
        self._flat: dict[tuple[str, np.dtype[np.generic]], Array] = {}
        self._views: dict[tuple[str, tuple[int, ...], npt.DTypeLike], Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """An array of this shape with undefined contents (zero when new): always the same memory for a name."""
        key = (name, shape, dtype)
        view = self._views.get(key)
        if view is None:
            view = self._make(key)
        return view

    def zeros(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """An array of zeros that everyone shares and nobody writes to."""
        view = self.array("zeros", shape, dtype)
        view.flags.writeable = False
        return view

    def ones(self, count: int, dtype: npt.DTypeLike) -> Array:
        """A row of ones that everyone shares and nobody writes to."""
        view = self.array("ones", (count,), dtype)
        if view.flags.writeable:
            view.fill(1)
            view.flags.writeable = False
        return view

    def _make(self, key: tuple[str, tuple[int, ...], npt.DTypeLike]) -> Array:
        name, shape, dtype = key[0], key[1], np.dtype(key[2])
        size = math.prod(shape)
        flat = self._flat.get((name, dtype))
        if flat is None or flat.size < size:
            self._flat[name, dtype] = flat = np.zeros(size, dtype)
            self._views = {other: view for other, view in self._views.items() if other[0] != name}
        if len(self._views) >= _MOST_VIEWS:
            self._views.clear()
        view = self._views[key] = flat[:size].reshape(shape)
        return view
