"""Shifting: which way, and how far."""

from __future__ import annotations

import numpy as np

from nn_engine import Translation
from nn_engine.data.augmentation.warp import Warp


def test_positive_shifts_go_right_and_down() -> None:
    image = np.zeros((1, 7, 9), np.float32)
    image[0, 2, 3] = 1
    matrices = Translation(pixels=4).matrices({"shift x": np.array([4.0]), "shift y": np.array([1.0])})
    found = Warp((7, 9))(image, matrices)
    assert found[0, 3, 7] == 1
    assert found.sum() == 1


def test_each_sample_has_its_own_shift() -> None:
    matrices = Translation().matrices({"shift x": np.array([1.0, -2.0]), "shift y": np.array([0.5, 3.0])})
    np.testing.assert_array_equal(matrices[:, :2, 2], [[1, 0.5], [-2, 3]])
    np.testing.assert_array_equal(matrices[:, :2, :2], [np.eye(2), np.eye(2)])
