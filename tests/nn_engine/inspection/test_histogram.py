import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nn_engine.inspection.bins import BINS, BinRange, choose_range, merged
from nn_engine.inspection.histogram import HistogramSlice, LayerHistogram, What, histogram_slice
from nn_engine.layers import DenseLayer, DropoutLayer, InputLayer
from nn_engine.network import Network
from nn_engine.types import Floats


def _network(*units: int, dtype: type = np.float32) -> Network:
    hidden = [DenseLayer(units=each, fn="relu") for each in units[1:]]
    return Network([InputLayer(units=units[0]), *hidden], dtype=dtype)


def _holding(values: Floats) -> Network:
    """A network whose only weights are these."""
    network = _network(len(values), 1, dtype=values.dtype.type)
    network.named_parameters()["layers.1.weights"][...] = values.reshape(-1, 1)
    return network


def _edges(bins: BinRange) -> Floats:
    return (np.arange(BINS + 1) + bins.first) * bins.width


def _only(slice_: HistogramSlice) -> LayerHistogram:
    (layer,) = slice_.layers
    return layer


def _assert_exact(layer: LayerHistogram, values: Floats) -> None:
    """Every count as Python's own whole-number arithmetic has it."""
    finite = [float(value) for value in values if math.isfinite(value)]
    expected = [0] * BINS
    for value in finite:
        place = math.floor(math.ldexp(value, -layer.bins.exponent))
        if value < 0:  # what ldexp rounds to zero lies in the last bin below zero
            place = min(place, -1)
        expected[place - layer.bins.first] += 1
    assert layer.counts.tolist() == expected
    assert layer.not_finite == len(values) - len(finite)
    assert layer.count == len(values)


@pytest.mark.parametrize("what", ["weights", "gradients"])
def test_agrees_with_numpy_for_every_layer(what: What) -> None:
    network = _network(784, 300, 40, 10)
    rng = np.random.default_rng(1)
    network.gradients[...] = rng.laplace(scale=1e-3, size=network.gradients.shape)
    made = histogram_slice(network, what, epoch=3, step=1200)
    source = network.named_parameters() if what == "weights" else network.named_gradients()
    assert (made.epoch, made.step, made.what) == (3, 1200, what)
    assert [layer.title for layer in made.layers] == ["Dense 300", "Dense 40", "Dense 10"]
    assert [layer.count for layer in made.layers] == [235_200, 12_000, 400]
    for layer in made.layers:
        values = source[f"{layer.name}.weights"]
        assert np.array_equal(layer.counts, np.histogram(values, _edges(layer.bins))[0])
        assert (layer.minimum, layer.maximum) == (values.min(), values.max())
        assert layer.low < layer.minimum
        assert layer.maximum < layer.high


def test_biases_are_counted_apart_and_layers_without_parameters_left_out() -> None:
    network = Network(
        [InputLayer(units=6), DenseLayer(units=5, fn="relu"), DropoutLayer(rate=0.5), DenseLayer(units=2)],
        bias_init="small_constant",
    )
    made = histogram_slice(network, "biases")
    assert [(layer.name, layer.count) for layer in made.layers] == [("layers.1", 5), ("layers.3", 2)]
    assert all(layer.single and layer.counts.sum() == layer.count for layer in made.layers)
    assert made.ranges == {}


def test_a_snapshot_is_counted_instead_of_the_live_weights() -> None:
    network = _network(20, 5)
    before, old = histogram_slice(network, "weights"), network.state.copy()
    network.state[...] *= 7
    again = histogram_slice(network, "weights", before.ranges, vector=old)
    assert np.array_equal(_only(again).counts, _only(before).counts)
    with pytest.raises(ValueError, match="no gradients"):
        histogram_slice(network, "gradients", vector=old)


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of weights, biases, gradients"):
        histogram_slice(_network(2, 1), "moments")  # type: ignore[arg-type]


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.integers(1, 60),
        elements=st.floats(-(2.0**100), 2.0**100, width=32),
    )
)
def test_every_count_is_exact_for_any_values(values: Floats) -> None:
    layer = _only(histogram_slice(_holding(values), "weights"))
    _assert_exact(layer, values)
    assert layer.counts.sum() == len(values)


@given(
    arrays.arrays(np.float32, st.integers(1, 60), elements=st.floats(-1, 1, width=32)),
    arrays.arrays(np.float32, st.integers(1, 60), elements=st.floats(-1e6, 1e6, width=32)),
)
def test_doubling_a_range_keeps_every_count_exact(first: Floats, second: Floats) -> None:
    early = _only(histogram_slice(_holding(first), "weights"))
    ranges = {} if early.single else {early.name: early.bins}
    late = _only(histogram_slice(_holding(second), "weights", ranges))
    _assert_exact(late, second)
    if ranges:
        assert late.bins.covers(early.bins)
        moved = early.in_bins(late.bins)
        assert np.array_equal(moved, np.histogram(first, _edges(late.bins))[0])
        assert moved.sum() == len(first)


@given(st.floats(-1e6, 1e6, width=32), st.integers(1, 20))
def test_equal_values_can_be_put_into_any_bins(value: float, count: int) -> None:
    values = np.full(count, value, np.float32)
    layer = _only(histogram_slice(_holding(values), "weights"))
    assert layer.single
    wide = choose_range(-2e6, 2e6)
    assert np.array_equal(layer.in_bins(wide), np.histogram(values, _edges(wide))[0])


def test_bins_stay_where_they_are_while_values_stay_inside() -> None:
    network = _network(100, 30)
    first = histogram_slice(network, "weights")
    network.state[...] *= 0.01
    assert histogram_slice(network, "weights", first.ranges).ranges == first.ranges
    network.state[...] *= 300
    grown = histogram_slice(network, "weights", first.ranges).ranges["layers.1"]
    assert grown.exponent > first.ranges["layers.1"].exponent


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_counted_apart(bad: float) -> None:
    values = np.linspace(-1, 1, 50, dtype=np.float32)
    values[[3, 20]] = bad
    layer = _only(histogram_slice(_holding(values), "weights"))
    _assert_exact(layer, values)
    assert layer.not_finite == 2
    assert (layer.minimum, layer.maximum) == (-1, 1)


def test_nothing_but_nan_is_told_and_harms_nothing() -> None:
    layer = _only(histogram_slice(_holding(np.full(4, np.nan, np.float32)), "weights"))
    assert (layer.count, layer.not_finite, layer.counts.sum()) == (4, 4, 0)
    assert layer.in_bins(choose_range(-1, 1)).sum() == 0


def test_a_single_value_beside_what_is_no_number_can_be_put_into_any_bins() -> None:
    layer = _only(histogram_slice(_holding(np.array([3, np.nan, 3, np.inf, 3], np.float32)), "weights"))
    bins = choose_range(-8, 8)
    counts = layer.in_bins(bins)
    assert (counts[bins.place(3.0)], counts.sum()) == (3, 3)


def test_bins_stay_where_they_are_where_nothing_is_a_number_any_more() -> None:
    first = histogram_slice(_holding(np.linspace(-3, 3, 50, dtype=np.float32)), "weights")
    second = histogram_slice(_holding(np.full(4, np.nan, np.float32)), "weights", ranges=first.ranges)
    assert _only(second).bins == first.ranges["layers.1"]


@pytest.mark.parametrize("values", [[-1e-45, 1e-45], [-1e-45, 600.0, -3.0], [-5e-324, 2.0**40], [1.0, 1.0 + 2**-20]])
def test_extremes_are_placed_exactly(values: list[float]) -> None:
    for array in (np.array(values, np.float32), np.array(values, np.float64)):
        _assert_exact(_only(histogram_slice(_holding(array), "weights")), array)


def test_a_value_on_an_edge_belongs_to_the_bin_above_it() -> None:
    bins = choose_range(-1.0, 1.0)
    values = np.array([bins.width, -bins.width, 0.0], np.float32)
    layer = _only(histogram_slice(_holding(values), "weights", {"layers.1": bins}))
    assert np.flatnonzero(layer.counts).tolist() == [-1 - bins.first, -bins.first, 1 - bins.first]
    assert bins.holding(-1, bins.high) != bins


def test_a_range_that_does_not_hold_another_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected a range that holds"):
        merged(np.zeros(BINS, np.int64), choose_range(-8, 8), choose_range(-1, 1))
