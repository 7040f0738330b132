"""Arrays that grow at the end without being copied each time: room is made by doubling, ``values`` is a view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Growable:
    """A float array whose first axis grows; each row is a number, or so many of them."""

    def __init__(self, columns: int = 0) -> None:
        self._columns = columns
        self._room = self._empty(1024)
        self._count = 0

    def _empty(self, rows: int) -> Floats:
        return np.empty((rows, self._columns) if self._columns else rows, np.float64)

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> Floats:
        """What is there, as a read-only view. It stays as it is while the array grows."""
        view = self._room[: self._count]
        view.flags.writeable = False
        return view

    def extend(self, rows: Sequence[float] | Sequence[Sequence[float]] | Floats) -> None:
        """Add rows at the end."""
        count = self._count + len(rows)
        if count > len(self._room):
            room = self._empty(max(count, 2 * len(self._room)))
            room[: self._count] = self._room[: self._count]
            self._room = room
        self._room[self._count : count] = rows
        self._count = count

    def cut(self, count: int) -> None:
        """Keep only the first ``count`` rows. Views handed out before keep what they show."""
        if count < self._count:
            room = self._empty(len(self._room))
            room[:count] = self._room[:count]
            self._room, self._count = room, count
