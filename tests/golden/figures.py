"""Reading golden files, and how close our own figures have to come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nn_engine.types import Array, Floats

FOLDER = Path(__file__).parent
DTYPES = ("float64", "float32")
TOLERANCES = {"float64": {"rtol": 1e-9, "atol": 1e-9}, "float32": {"rtol": 1e-5, "atol": 1e-6}}


def golden(name: str) -> dict[str, Any]:
    """The content of a golden file."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def array(figures: Any, dtype: npt.DTypeLike) -> Floats:
    """Nested lists as an array."""
    return np.asarray(figures, dtype)


def assert_golden(ours: Array | float, figures: Any, dtype: str, what: str) -> None:
    """Our figures are of the type asked for and agree with the golden ones."""
    if isinstance(ours, np.ndarray):
        assert ours.dtype == np.dtype(dtype), f"{what}: expected {dtype}; received {ours.dtype}"
    expected = array(figures, "float64")
    tolerance = TOLERANCES[dtype]
    assert np.shape(ours) == expected.shape, f"{what}: expected the shape {expected.shape}; received {np.shape(ours)}"
    np.testing.assert_allclose(ours, expected, tolerance["rtol"], tolerance["atol"], err_msg=what)
