"""The residual block: layers in a layer, their names, their copies and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nn_engine import (
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    InputLayer,
    Layer,
    Network,
    ResidualBlock,
)
from nn_engine.declarations.kinds import PartKind
from nn_engine.layers.residual import DEEPEST
from nn_engine.stack import LayerError

BLOCK = ResidualBlock(
    layers=(Conv2DLayer(filters=4, padding="same", fn="relu"), DropoutLayer(rate=0.25), BatchNormLayer()),
    shortcut=(Conv2DLayer(filters=4, kernel_size=(1, 1)),),
)


def test_parameters_have_names_that_say_where_they_are() -> None:
    network = Network([InputLayer(shape=(4, 4, 2)), BLOCK, DropoutLayer()])
    assert list(network.parameters) == [
        "layers.1.layers.0.weights",
        "layers.1.layers.0.bias",
        "layers.1.layers.2.scale",
        "layers.1.layers.2.shift",
        "layers.1.layers.2.running_mean",
        "layers.1.layers.2.running_variance",
        "layers.1.shortcut.0.weights",
        "layers.1.shortcut.0.bias",
    ]
    assert network.named_parameters()["layers.1.layers.0.weights"].shape == (3, 3, 2, 4)


def test_it_adds_what_its_layers_make_to_what_goes_past_them() -> None:
    dense = DenseLayer(units=3, fn="tanh")
    network = Network([InputLayer(units=3), ResidualBlock(layers=(dense,))], dtype=np.float64)
    alone = Network([InputLayer(units=3), dense], dtype=np.float64)
    alone.state[...] = network.state
    x = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(network.predict(x), x + alone.predict(x), rtol=1e-12)
    doubled = Network([InputLayer(units=3), ResidualBlock()], dtype=np.float64)
    np.testing.assert_array_equal(doubled.predict(x), 2 * x)


def test_json_and_back() -> None:
    config = json.loads(json.dumps(BLOCK.to_config()))
    assert config["layers"][0]["type"] == "conv2d"
    assert PartKind(Layer).from_json(config) == BLOCK


def test_two_networks_share_no_layer_inside_a_block() -> None:
    one, other = (Network([InputLayer(shape=(4, 4, 2)), BLOCK]) for _ in range(2))
    inside = [network.layers[1].inner_layers() for network in (one, other)]
    assert len({id(layer) for layers in (*inside, BLOCK.inner_layers()) for layer in layers}) == 12
    assert not hasattr(BLOCK.layers[0], "site")


def test_what_may_change_live_inside_changes_there_and_in_replicas() -> None:
    network = Network([InputLayer(shape=(4, 4, 2)), BLOCK])
    wanted = BLOCK.replace(layers=(BLOCK.layers[0], DropoutLayer(rate=0.75), BLOCK.layers[2]))
    network.layers[1].take_live_settings(wanted)
    assert network.layers[1] == network.replica().layers[1] == wanted != BLOCK


def test_layers_inside_draw_numbers_of_their_own() -> None:
    drop = DropoutLayer(rate=0.5)
    network = Network([InputLayer(units=64), ResidualBlock(layers=(drop,), shortcut=(drop,))])
    y = network.forward(np.ones((8, 64), np.float32), training=True)
    assert set(np.unique(y)) == {0, 2, 4}, "the same values were dropped on both ways"


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        (
            ResidualBlock(layers=(DenseLayer(units=4),)),
            r"expected layers that give the shape of the shortcut, \(3,\); received the shape \(3,\), of which they "
            r"make \(4,\)\. Put a layer that gives \(4,\) into the shortcut\.",
        ),
        (ResidualBlock(layers=(Conv2DLayer(filters=2),)), r"layers\.0 \(Conv2DLayer\): expected images"),
        (ResidualBlock(shortcut=(Conv2DLayer(filters=2),)), r"shortcut\.0 \(Conv2DLayer\): expected images"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(block: ResidualBlock, complaint: str) -> None:
    with pytest.raises(LayerError, match=rf"^Layer 1 \(ResidualBlock\): {complaint}"):
        Network([InputLayer(units=3), block])


def test_an_entrance_has_no_place_inside() -> None:
    with pytest.raises(ValueError, match=r"ResidualBlock\.layers: .* received an InputLayer at 1\. Take it out"):
        ResidualBlock(layers=(DropoutLayer(), InputLayer(units=3)))


def test_blocks_in_blocks_end_somewhere() -> None:
    block = ResidualBlock()
    for _ in range(DEEPEST - 1):
        block = ResidualBlock(layers=(block,))
    network = Network([InputLayer(units=2), block], dtype=np.float64)
    assert network.predict(np.ones((1, 2))).tolist() == [[2.0 + DEEPEST - 1] * 2]
    with pytest.raises(ValueError, match=f"blocks in one another at most {DEEPEST} deep"):
        ResidualBlock(layers=(block,))
