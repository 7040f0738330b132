"""Names for the types that go through the whole engine."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Numbers of any kind; what shape is meant stands beside each use."""
Floats = npt.NDArray[np.floating[Any]]
"""Real numbers, float32 unless a network was made with another dtype."""
Indices = npt.NDArray[np.intp]
"""Sample numbers, shape (n,)."""
Shape = tuple[int, ...]
"""The shape of one sample, without the batch axis."""
