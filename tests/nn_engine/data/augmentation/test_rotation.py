"""Turning: which way, and about which point."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import Rotation
from nn_engine.data.augmentation.geometric import followed_by
from nn_engine.data.augmentation.warp import Warp


def test_positive_degrees_turn_counterclockwise_as_seen() -> None:
    image = np.random.default_rng(0).random((1, 5, 5)).astype(np.float32)
    matrices = Rotation(degrees=90).matrices({"rotation": np.array([90.0])})
    np.testing.assert_allclose(Warp((5, 5))(image, matrices), np.rot90(image, 1, (1, 2)), atol=1e-6)


@pytest.mark.parametrize("degrees", [-180.0, -30.0, 0.0, 45.0, 179.0])
def test_a_turn_keeps_sizes_and_the_centre(degrees: float) -> None:
    (matrix,) = Rotation().matrices({"rotation": np.array([degrees])})
    np.testing.assert_allclose(matrix[:2, :2] @ matrix[:2, :2].T, np.eye(2), atol=1e-12)
    assert np.linalg.det(matrix[:, :2]) == pytest.approx(1)
    np.testing.assert_array_equal(matrix @ (0, 0, 1), (0, 0))
    # A point to the right goes up: y points down.
    np.testing.assert_allclose(matrix @ (1, 0, 1), (np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))))


def test_a_turn_and_its_opposite_cancel() -> None:
    matrices = Rotation().matrices({"rotation": np.array([25.0, -25.0])})
    np.testing.assert_allclose(followed_by(matrices[:1], matrices[1:])[0], np.eye(2, 3), atol=1e-12)
