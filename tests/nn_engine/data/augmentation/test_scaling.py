"""Making larger and smaller, about the centre."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import Scaling
from nn_engine.data.augmentation.warp import Warp


@pytest.mark.parametrize("scale", [1.0, 50.0, 100.0, 199.0])
def test_distances_from_the_centre_grow_by_the_scale(scale: float) -> None:
    (matrix,) = Scaling().matrices({"scale": np.array([scale])})
    np.testing.assert_allclose(matrix @ (3, -2, 1), (3 * scale / 100, -2 * scale / 100))


def test_more_than_a_hundred_percent_is_larger() -> None:
    image = np.zeros((1, 9, 9), np.float32)
    image[0, 3:6, 3:6] = 1
    larger = Warp((9, 9))(image, Scaling().matrices({"scale": np.array([200.0])})).copy()
    smaller = Warp((9, 9))(image, Scaling().matrices({"scale": np.array([50.0])})).copy()
    assert larger.sum() > 2 * image.sum()
    assert smaller.sum() < image.sum() / 2
    np.testing.assert_array_equal(larger, larger[:, ::-1])
    np.testing.assert_array_equal(larger[0, 2:7, 2:7], np.ones((5, 5)))
