"""Dropout: keyed by its place in the training, neutral on average, absent from prediction."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_engine import Conv2DLayer, DenseLayer, DropoutLayer, InputLayer, Network, SpatialDropoutLayer
from nn_engine.types import Floats


def network(rate: float = 0.5, units: int = 40, seed: int = 0) -> Network:
    return Network([InputLayer(units=units), DropoutLayer(rate=rate)], seed=seed)


def dropped(net: Network, position: tuple[int, ...], count: int = 5) -> Floats:
    """Ones after dropout at this place in the training."""
    net.randomness.position = position
    return net.forward(np.ones((count, net.input_shape[0]), np.float32), training=True).copy()


def test_the_same_place_drops_the_same_values_in_any_process_order() -> None:
    net = network()
    first = dropped(net, (1, 2, 3))
    dropped(net, (4, 5, 6))
    np.testing.assert_array_equal(dropped(net, (1, 2, 3)), first)
    np.testing.assert_array_equal(dropped(network(), (1, 2, 3)), first)
    np.testing.assert_array_equal(dropped(net.replica(), (1, 2, 3)), first)


def test_another_epoch_batch_or_shard_drops_others() -> None:
    net = network()
    masks = {dropped(net, position).tobytes() for position in itertools.product(range(3), repeat=3)}
    assert len(masks) == 27


def test_another_seed_or_layer_drops_others() -> None:
    here = dropped(network(), (1, 2, 3))
    assert not np.array_equal(dropped(network(seed=1), (1, 2, 3)), here)
    twice = Network([InputLayer(units=40), DropoutLayer(), DropoutLayer()])
    kept = dropped(twice, (1, 2, 3)) > 0
    assert kept.sum() < (here > 0).sum(), "the second layer drops what the first has dropped already"


def test_samples_of_a_batch_lose_different_values() -> None:
    rows = dropped(network(), (0, 0, 0))
    assert len({row.tobytes() for row in rows}) == len(rows)


@given(st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.integers(0, 2**31))
def test_the_expected_value_is_kept(rate: float, epoch: int) -> None:
    y = dropped(network(rate, units=100), (epoch, 0, 0), count=400)
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - rate)], rtol=2e-5)
    # 40,000 values, each with the deviation √(rate / (1 - rate)): within six standard errors.
    assert abs(y.mean() - 1) < 6 * np.sqrt(rate / (1 - rate) / y.size)


def test_what_is_dropped_forward_gets_no_gradient_and_the_rest_is_scaled_alike() -> None:
    net = network(0.75)
    y = dropped(net, (1, 1, 1))
    back = net.backward(np.full(y.shape, 2, np.float32), need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back, 2 * y)


def test_prediction_is_the_identity() -> None:
    net = network(0.9)
    x = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)
    np.testing.assert_array_equal(net.predict(x), x)
    np.testing.assert_array_equal(net.forward(x, training=False), x)
    back = net.backward(x.copy(), need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back, x)


def test_a_rate_of_zero_is_the_identity() -> None:
    net = network(0)
    x = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)
    np.testing.assert_array_equal(net.forward(x, training=True), x)
    back = net.backward(x.copy(), need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back, x)


def test_the_rate_can_change_while_training_runs() -> None:
    net = network(0.5, units=1000)
    layer = net.layers[1]
    for rate in (0.1, 0.9, 0.0):
        layer.take_live_settings(DropoutLayer(rate=rate))
        y = dropped(net, (0, 0, 0), count=20)
        assert abs((y == 0).mean() - rate) < 0.02
        assert y.max() == pytest.approx(1 / (1 - rate), rel=1e-4)
    assert layer == DropoutLayer(rate=0)


def test_a_live_change_does_not_reach_the_layer_that_was_given() -> None:
    given_layer = DropoutLayer(rate=0.5)
    net = Network([InputLayer(units=2), given_layer, DenseLayer(units=1)])
    net.layers[1].take_live_settings(DropoutLayer(rate=0.25))
    assert net.layers[1] == DropoutLayer(rate=0.25)
    assert given_layer.rate == 0.5


def test_both_types_drop_the_same_values() -> None:
    made = [Network([InputLayer(units=40), DropoutLayer()], dtype=dtype) for dtype in ("float32", "float64")]
    kept = [net.forward(np.ones((5, 40), net.state.dtype), training=True) > 0 for net in made]
    np.testing.assert_array_equal(kept[0], kept[1])


def test_the_share_that_is_dropped_is_the_rate_to_a_fraction_of_its_bits() -> None:
    """Over 4 million values, more than are drawn at a time; three standard errors are 0.0006."""
    for rate in (0.1, 0.5, 0.9):
        y = dropped(network(rate, units=4000), (7, 0, 0), count=1000)
        assert abs((y == 0).mean() - rate) < 0.0008


@pytest.mark.parametrize("layer", [DropoutLayer, SpatialDropoutLayer])
@pytest.mark.parametrize("rate", [0.25, 0.3, 0.5, 0.999, 0.9999, 0.99999])
def test_the_factor_is_one_over_the_probability_with_which_places_are_kept(
    layer: type[DropoutLayer | SpatialDropoutLayer], rate: float
) -> None:
    """Sixteen bits decide, so near 1 the probability is not the rate: .9999 keeps 7 of 65536, not 6.6."""
    net = Network([InputLayer(shape=(1, 1, 1000)), layer(rate=rate)])
    chances = np.arange(65536)
    kept = np.count_nonzero(chances >= round(rate * 65536))
    y = net.forward(np.ones((1000, 1, 1, 1000), np.float32), training=True)
    assert y.max() == np.float32(65536 / kept)
    if rate in (0.25, 0.5):
        assert y.max() == np.float32(1 / (1 - rate)), "these rates have an exact number of chances"


def test_spatial_dropout_drops_whole_channels_of_a_sample() -> None:
    for layers in ([], [Conv2DLayer(filters=16, kernel_size=(1, 1), weight_init="ones", bias_init="zeros")]):
        net = Network([InputLayer(shape=(4, 6, 16)), *layers, SpatialDropoutLayer(rate=0.25)])
        y = net.forward(np.ones((50, 4, 6, 16), np.float32), training=True)
        assert (y == y[:, :1, :1]).all()
        y = y / y.max()
        assert set(np.unique(y)) == {0, 1}
        assert abs((y[:, 0, 0] == 0).mean() - 0.25) < 0.1
        assert len({row.tobytes() for row in y[:, 0, 0]}) > 45, "samples lose the same channels"


def test_spatial_dropout_needs_images() -> None:
    with pytest.raises(ValueError, match=r"Layer 1 \(SpatialDropoutLayer\): expected images"):
        Network([InputLayer(units=4), SpatialDropoutLayer()])


@pytest.mark.parametrize("rate", [1 - 1e-9, np.nextafter(1, 0)])
def test_rates_next_to_one_stay_finite(rate: float) -> None:
    y = dropped(network(rate), (0, 0, 0))
    assert np.isfinite(y).all()
