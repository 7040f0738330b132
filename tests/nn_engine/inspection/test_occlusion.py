"""What the answer loses where something is covered."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import DenseLayer, FlattenLayer, InputLayer, Network
from nn_engine.inspection import occlusion
from tests.nn_engine.inspection.asked import CONVOLUTIONAL, made, samples


def looking_at(row: int, column: int, weight: float = 2.0) -> Network:
    """A network whose second answer is a pixel of a 6×5 image times a weight."""
    network = Network([InputLayer(shape=(6, 5)), FlattenLayer(), DenseLayer(units=2)], dtype=np.float64)
    network.state[...] = 0
    network.named_parameters()["layers.2.weights"].reshape(6, 5, 2)[row, column, 1] = weight
    return network


def test_squares_of_one_pixel_say_what_each_pixel_is_worth() -> None:
    network = looking_at(2, 3)
    images = samples(network, 4)
    found = occlusion(network, images, 1, window=1, stride=1)
    expected = np.zeros((4, 6, 5))
    expected[:, 2, 3] = 2 * images[:, 2, 3]
    np.testing.assert_allclose(found, expected)
    assert not occlusion(network, images, 0, window=1, stride=1).any()


def test_a_pixel_gets_the_mean_over_the_squares_that_cover_it() -> None:
    found = occlusion(looking_at(0, 0), np.ones((1, 6, 5)), 1, window=2, stride=1)[0]
    # The square at (0, 0) alone takes the pixel away; others cover its neighbours as well.
    np.testing.assert_allclose(found[:3, :3], np.array([[2, 1, 0], [1, 0.5, 0], [0, 0, 0]]))
    assert found.sum() == 4.5


def test_written_out_square_by_square() -> None:
    network = made(*CONVOLUTIONAL)
    images, classes = samples(network, 2), np.array([3, 1])
    falls, covers = np.zeros((2, 7, 7)), np.zeros((7, 7))
    for top in (0, 2, 4, 6):
        for left in (0, 2, 4, 6):
            covered = images.copy()
            covered[:, top : top + 3, left : left + 3, :] = 0.25
            for number, label in enumerate(classes):
                fall = network.predict(images)[number, label] - network.predict(covered)[number, label]
                falls[number, top : top + 3, left : left + 3] += fall
            covers[top : top + 3, left : left + 3] += 1
    found = occlusion(network, images, classes, window=3, stride=2, fill=0.25)
    np.testing.assert_allclose(found, falls / covers, atol=1e-12)
    assert np.abs(found).max() > 1e-3


def test_flat_networks_take_images_as_well() -> None:
    network = made(InputLayer(units=30), DenseLayer(units=2, fn="softmax"))
    assert occlusion(network, np.ones((3, 6, 5)), 1).shape == (3, 6, 5)


def test_what_is_refused() -> None:
    network = looking_at(0, 0)
    with pytest.raises(ValueError, match="Expected images"):
        occlusion(network, np.ones((2, 30)), 1)
    for window, stride in ((2, 3), (2, 0), (0, 0)):
        with pytest.raises(ValueError, match="Expected a stride from 1 to"):
            occlusion(network, np.ones((1, 6, 5)), 1, window, stride)
    with pytest.raises(ValueError, match="Expected classes from 0 to 1"):
        occlusion(network, np.ones((1, 6, 5)), 2)
    with pytest.raises(ValueError, match="Expected samples of 30 values"):
        occlusion(network, np.ones((1, 6, 6)), 1)
