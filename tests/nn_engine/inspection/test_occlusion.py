"""What the answer loses where something is covered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn_engine import Conv2DLayer, DenseLayer, FlattenLayer, InputLayer, Network
from nn_engine.inspection import occlusion
from tests.nn_engine.inspection.asked import made, samples


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


# Squares of 3 pixels, 2 apart: which begin where they cover a pixel. In 7 pixels whole strides lead from edge to edge;
# in 6 there are those that begin at 0 and 2, and seen from the other edge at 3 and 1.
OVER_7 = ([0], [0], [0, 2], [2], [2, 4], [4], [4])
OVER_6 = ([0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3], [3])


def test_pixel_by_pixel_the_mean_over_the_squares_that_cover_it() -> None:
    network = made(
        InputLayer(shape=(7, 6, 2)),
        Conv2DLayer(filters=3, fn="tanh"),
        FlattenLayer(),
        DenseLayer(units=4, fn="softmax"),
    )
    images, classes = samples(network, 2), (3, 1)
    found = occlusion(network, images, np.array(classes), window=3, stride=2, fill=0.25)
    down, across = np.arange(7)[:, np.newaxis, np.newaxis], np.arange(6)[:, np.newaxis]
    for number, label in enumerate(classes):
        image, answer = images[number : number + 1], network.predict(images)[number, label]
        for row, column in np.ndindex(7, 6):
            others = [
                network.predict(np.where((abs(down - top - 1) <= 1) & (abs(across - left - 1) <= 1), 0.25, image))
                for top in OVER_7[row]
                for left in OVER_6[column]
            ]
            expected = answer - np.mean([other[0, label] for other in others])
            assert found[number, row, column] == pytest.approx(expected, abs=1e-12)
    assert np.abs(found).max() > 1e-3


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (2, 2), (3, 2), (3, 3), (4, 3), (5, 4), (6, 5), (9, 2)])
@pytest.mark.parametrize("mirror", [np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]], ids=["down", "across", "both"])
def test_a_mirrored_question_has_the_mirrored_answer(mirror: Any, window: int, stride: int) -> None:
    network = made(InputLayer(shape=(6, 5)), FlattenLayer(), DenseLayer(units=4, fn="softmax"))
    mirrored = made(*network.layers)
    mirrored.load_state_dict(network.state_dict())
    weights = mirrored.named_parameters()["layers.2.weights"].reshape(6, 5, 4)
    weights[...] = weights[mirror].copy()
    image = samples(network, 1)
    found = occlusion(mirrored, image[0][mirror][np.newaxis], 1, window, stride)[0]
    np.testing.assert_allclose(found, occlusion(network, image, 1, window, stride)[0][mirror], atol=1e-12)
    assert np.abs(found).max() > 1e-3


def test_a_square_larger_than_the_image_covers_all_of_it() -> None:
    found = occlusion(looking_at(2, 3), np.ones((1, 6, 5)), 1, window=100, stride=3)
    np.testing.assert_allclose(found, np.full((1, 6, 5), 2.0))


def test_flat_networks_take_images_as_well() -> None:
    network = made(InputLayer(units=30), DenseLayer(units=2, fn="softmax"))
    assert occlusion(network, np.ones((3, 6, 5)), 1).shape == (3, 6, 5)


def test_of_no_images_there_is_nothing_to_say() -> None:
    assert occlusion(looking_at(0, 0), np.zeros((0, 6, 5)), 1).shape == (0, 6, 5)


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
