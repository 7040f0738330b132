"""The network: its state, its predictions, its copies, and what it refuses."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_engine import (
    BinaryCrossEntropy,
    Conv2DLayer,
    CrossEntropy,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    InputLayer,
    Layer,
    MaxPool2DLayer,
    MeanSquaredError,
    MultiLayerPerceptron,
    Network,
)
from nn_engine.layers import Parameter
from nn_engine.network import PREDICTION_SHARD
from nn_engine.shared_memory import is_shared
from nn_engine.types import Floats, Shape

MISSION = """\
from nn_engine import DenseLayer, InputLayer, MultiLayerPerceptron

net = MultiLayerPerceptron([InputLayer(units=784), DenseLayer(units=300, fn="relu"), DenseLayer(units=10, fn="softmax")],
                           weight_init="he_initialization", bias_init="small_constant")
"""  # noqa: E501  # as it is given


class Counter(Layer):
    """Hands on what it gets and counts training batches: a layer with state that no optimizer touches.

    Listed before its weights, so that the network has to put it behind them.
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        seen = Parameter("seen", (1,), "zeros", 1, 1, trainable=False)
        return (seen, Parameter("gain", input_shape, "small_constant", 1, 1))

    def forward(self, x: Floats, training: bool) -> Floats:
        self.site.state["seen"][...] += training
        self._x = x
        return x * self.site.state["gain"]

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        np.sum(grad * self._x, axis=0, out=self.site.gradients["gain"])
        return grad * self.site.state["gain"]


def mission() -> MultiLayerPerceptron:
    names: dict[str, Any] = {}
    exec(MISSION, names)
    network = names["net"]
    assert isinstance(network, MultiLayerPerceptron)
    return network


def small(seed: int = 0, dtype: Any = np.float32, **settings: Any) -> Network:
    layers = [
        InputLayer(units=6),
        DenseLayer(units=5, fn="relu"),
        DropoutLayer(rate=0.5),
        DenseLayer(units=3, fn="softmax"),
    ]
    return Network(layers, seed=seed, dtype=dtype, **settings)


def samples(*shape: int) -> Floats:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


# -- the call that is given ---------------------------------------------------------------------------------------


def test_the_mission_works_as_it_is_written() -> None:
    network = mission()
    answers = network.predict(samples(5, 28, 28))
    assert answers.shape == (5, 10)
    assert answers.dtype == np.float32
    assert (answers > 0).all()
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
    assert network.output_fn == "softmax"
    assert (network.input_shape, network.output_shape) == ((784,), (10,))
    biases = network.named_parameters()["layers.1.bias"]
    np.testing.assert_array_equal(biases, np.full(300, np.float32(0.01)))
    assert abs(network.named_parameters()["layers.1.weights"].std() / np.sqrt(2 / 784) - 1) < 0.01


def test_the_summary_counts_every_parameter() -> None:
    lines = mission().summary().splitlines()
    counts = [line.split()[-1] for line in lines if line.split() and line.split()[0] in "012"]
    assert counts == ["–", "235,500", "3,010"]
    assert lines[-1] == "238,510 parameters"
    assert mission().parameter_count == 238_510 == mission().trainable_size
    shapes = [line.split()[-2] for line in lines if line.split() and line.split()[0] in "012"]
    assert shapes == ["784", "300", "10"]


def test_the_summary_says_what_is_not_trained() -> None:
    summary = Network([InputLayer(shape=(2, 3)), FlattenLayer(), Counter()]).summary()
    assert summary.splitlines()[-1] == "7 parameters, 1 of them not trained"
    assert "2 × 3" in summary


# -- the state ----------------------------------------------------------------------------------------------------


def test_the_state_is_one_vector_with_the_weights_first() -> None:
    network = small(bias_init="small_constant")
    assert network.state.flags.c_contiguous
    assert network.state.ndim == 1
    assert list(network.named_parameters()) == [
        "layers.1.weights",
        "layers.3.weights",
        "layers.1.bias",
        "layers.3.bias",
    ]
    joined = np.concatenate([view.ravel() for view in network.named_parameters().values()])
    np.testing.assert_array_equal(joined, network.state)
    assert network.state.size == 6 * 5 + 5 * 3 + 5 + 3
    assert network.gradients.shape == network.trainable.shape == network.state.shape
    # Wherever order counts for a reader, it is that of the layers.
    assert list(network.parameters) == ["layers.1.weights", "layers.1.bias", "layers.3.weights", "layers.3.bias"]


def test_views_share_memory_with_the_state_both_ways() -> None:
    network = small()
    views, gradients = network.named_parameters(), network.named_gradients()
    network.state[...] = np.arange(network.state.size)
    np.testing.assert_array_equal(views["layers.1.weights"], np.arange(30).reshape(6, 5))
    np.testing.assert_array_equal(views["layers.3.bias"], [50, 51, 52])
    views["layers.1.bias"][...] = -1
    assert (network.state[45:50] == -1).all()
    assert np.shares_memory(network.trainable, network.state)
    network.trainable[0] = 99
    assert network.state[0] == 99
    for name, gradient in gradients.items():
        assert np.shares_memory(gradient, network.gradients)
        assert gradient.shape == views[name].shape
    # Layers work on the same memory, not on a copy of it.
    network.state[...] = 0
    np.testing.assert_allclose(network.predict(samples(2, 6)), np.full((2, 3), 1 / 3), rtol=1e-6)


def test_what_acts_on_weights_alone_finds_them_in_one_slice() -> None:
    network = small()
    weights, gradients = network.weights
    assert np.shares_memory(weights, network.state)
    assert np.shares_memory(gradients, network.gradients)
    weights[...], gradients[...] = 1, 2
    for views, value in ((network.named_parameters(), 1), (network.named_gradients(), 2)):
        for name, view in views.items():
            assert (view == (value if name.endswith("weights") else 0)).all()


def test_what_is_not_trained_lies_behind_what_is() -> None:
    network = Network([InputLayer(units=2), Counter(), DenseLayer(units=1), Counter()])
    assert list(network.named_parameters()) == [
        "layers.2.weights",
        "layers.1.gain",
        "layers.2.bias",
        "layers.3.gain",
        "layers.1.seen",
        "layers.3.seen",
    ]
    assert (network.weight_size, network.trainable_size, network.parameter_count) == (2, 2 + 2 + 1 + 1, 8)
    assert list(network.named_gradients()) == list(network.named_parameters())[:4]
    assert network.gradients.shape == network.trainable.shape == (6,)
    network.forward(samples(3, 2), training=True)
    network.forward(samples(3, 2), training=False)
    np.testing.assert_array_equal(network.state[6:], [1, 1])


def test_weights_may_be_left_to_be_filled_in() -> None:
    layers = [InputLayer(units=4), DenseLayer(units=3)]
    empty = Network(layers, bias_init="small_constant", seed=3, draw=False)
    assert not empty.state.any()
    empty.draw_weights(3)
    np.testing.assert_array_equal(empty.state, Network(layers, bias_init="small_constant", seed=3).state)


def test_a_network_without_parameters() -> None:
    network = Network([InputLayer(shape=(2, 3)), FlattenLayer()])
    assert network.parameter_count == network.trainable_size == 0
    assert network.named_parameters() == {}
    x = samples(4, 2, 3)
    np.testing.assert_array_equal(network.predict(x), x.reshape(4, 6))
    back = network.backward(samples(4, 6), need_input_grad=True)
    assert back is not None
    np.testing.assert_array_equal(back, samples(4, 6).reshape(4, 2, 3))


def test_a_vector_can_be_read_as_the_state_is() -> None:
    network = small()
    parts = network.vector_as_dict(np.arange(network.state.size, dtype=np.float32))
    assert {name: part.shape for name, part in parts.items()} == {
        name: view.shape for name, view in network.named_parameters().items()
    }
    np.testing.assert_array_equal(parts["layers.1.bias"], np.arange(45, 50))


def test_gradients_belong_to_the_last_pass_alone() -> None:
    network = small()
    grad = samples(4, 3)
    for x in (samples(4, 6), samples(4, 6)):
        network.forward(x, training=False)
        network.backward(grad.copy())
    once = small()
    once.forward(samples(4, 6), training=False)
    once.backward(grad.copy())
    np.testing.assert_array_equal(network.gradients, once.gradients)
    assert network.gradients.any()


def test_training_needs_no_input_gradient_and_gets_none() -> None:
    network = small()
    network.forward(samples(4, 6), training=True)
    assert network.backward(samples(4, 3)) is None
    network.forward(samples(4, 6), training=True)
    back = network.backward(samples(4, 3), need_input_grad=True)
    assert back is not None
    assert back.shape == (4, 6)


def test_pairs_with_the_loss_that_fits_the_last_activation() -> None:
    softmax, sigmoid = small(), Network([InputLayer(units=2), DenseLayer(units=2, fn="sigmoid")])
    assert softmax.pairs_with(CrossEntropy())
    assert not softmax.pairs_with(BinaryCrossEntropy())
    assert sigmoid.pairs_with(BinaryCrossEntropy())
    assert not softmax.pairs_with(MeanSquaredError())
    # Neither has an activation: two times "" is not a pair.
    assert not Network([InputLayer(units=2)]).pairs_with(MeanSquaredError())


# -- copies -------------------------------------------------------------------------------------------------------


def test_two_networks_never_share_a_layer() -> None:
    layers = [InputLayer(units=4), DenseLayer(units=3, fn="tanh"), DropoutLayer(rate=0.5)]
    one, other = Network(layers, seed=1), Network(layers, seed=2)
    x = samples(5, 4)
    expected = one.predict(x)
    other.state[...] = 7
    other.layers[2].take_live_settings(DropoutLayer(rate=0.25))
    np.testing.assert_array_equal(one.predict(x), expected)
    assert not np.shares_memory(one.state, other.state)
    for given_layer, *bound in zip(layers, one.layers, other.layers, strict=True):
        assert len({id(given_layer), *map(id, bound)}) == 3
        assert not hasattr(given_layer, "site")
    assert one.layers[2] == layers[2] != other.layers[2]


def test_a_layer_listed_twice_stands_for_two() -> None:
    dense = DenseLayer(units=4)
    network = Network([InputLayer(units=4), dense, dense])
    assert network.parameter_count == 2 * 20
    first, second = (network.named_parameters()[f"layers.{index}.weights"] for index in (1, 2))
    assert not np.array_equal(first, second)


def test_a_replica_knows_the_same_and_goes_its_own_way() -> None:
    network = small(seed=5)
    network.state[...] = samples(network.state.size)
    replica = network.replica()
    x = samples(7, 6)
    expected = network.predict(x)
    np.testing.assert_array_equal(replica.predict(x), expected)
    assert type(mission().replica()) is MultiLayerPerceptron
    assert replica.state.dtype == network.state.dtype
    assert (replica.seed, replica.layers) == (network.seed, network.layers)

    network.forward(samples(3, 6), training=True)
    network.backward(samples(3, 3))
    assert not replica.gradients.any()
    network.state[...] = 0
    np.testing.assert_array_equal(replica.predict(x), expected)
    replica.state[...] = 1
    assert not network.state.any()


def test_a_network_goes_on_in_other_memory() -> None:
    network, still = small(seed=5), small(seed=5)
    x, grad = samples(4, 6), samples(4, 3)
    state, gradients = np.empty_like(network.state), np.empty_like(network.gradients)
    network.forward(x, training=True)
    network.backward(grad.copy())
    old, left = network.state, network.gradients.copy()
    network.move_to(state, gradients)
    assert network.state is state
    assert network.gradients is gradients
    np.testing.assert_array_equal(gradients, left)
    old.fill(np.nan)
    for each in (network, still):
        each.randomness.position = (1, 2, 3)
        each.forward(x, training=True)
        each.backward(grad.copy())
    np.testing.assert_array_equal(gradients, still.gradients)
    np.testing.assert_array_equal(network.predict(x), still.predict(x))
    for name, view in network.named_parameters().items():
        assert np.shares_memory(view, state), name
    for name, view in network.named_gradients().items():
        assert np.shares_memory(view, gradients), name


def test_a_shared_replica_has_the_same_state_and_gradients_of_its_own() -> None:
    network = small(seed=5)
    twin = network.replica(network.state)
    assert twin.state is network.state
    for name, view in twin.named_parameters().items():
        assert np.shares_memory(view, network.named_parameters()[name])
    assert not np.shares_memory(twin.gradients, network.gradients)
    x, grad = samples(4, 6), samples(4, 3)
    expected = network.predict(x)
    network.state *= 2
    assert not np.array_equal(twin.predict(x), expected)
    np.testing.assert_array_equal(twin.predict(x), network.predict(x))
    for each in (network, twin):
        each.randomness.position = (1, 2, 3)
        each.forward(x, training=True)
        each.backward(grad.copy())
    np.testing.assert_array_equal(twin.gradients, network.gradients)


def test_shared_replicas_work_through_a_batch_together() -> None:
    """Each in a thread of its own; what comes out is what one of them makes of the shards alone."""
    from concurrent.futures import ThreadPoolExecutor

    layers = [InputLayer(shape=(8, 8, 1)), Conv2DLayer(filters=4), MaxPool2DLayer(), DropoutLayer(), FlattenLayer()]
    network = Network([*layers, DenseLayer(units=3)])
    x, grad = samples(40, 8, 8, 1), samples(40, 3)

    def of_shard(net: Network, shard: int) -> Floats:
        part = slice(10 * shard, 10 * shard + 10)
        net.randomness.position = (0, 0, shard)
        net.forward(x[part], training=True)
        net.backward(grad[part].copy())
        return net.gradients.copy()

    alone = [of_shard(network, shard) for shard in range(4)]
    twins = [network.replica(network.state) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(of_shard, twins, range(4)))
    np.testing.assert_array_equal(together, alone)


def test_a_state_that_does_not_fit_is_refused() -> None:
    for wrong in (np.zeros(52, np.float32), np.zeros(53, np.float64)):
        with pytest.raises(ValueError, match="state: expected 53 numbers of float32; received"):
            Network(small().layers, state=wrong)


def test_numpys_buffers_are_left_as_they_were() -> None:
    before = np.getbufsize()
    network = small()
    network.forward(samples(4, 6), training=True)
    network.backward(samples(4, 3))
    with pytest.raises(ValueError, match="reshape"):
        network.forward(samples(4, 7))
    assert np.getbufsize() == before


def test_inference_is_prediction_in_memory_that_is_used_again() -> None:
    network = small()
    x = samples(2 * PREDICTION_SHARD + 5, 6)
    inferred = network.infer(x)
    np.testing.assert_array_equal(inferred, network.predict(x))
    assert network.infer(x) is inferred
    scores = network.infer(x, logits=True)
    np.testing.assert_allclose(scores[:7], network.forward(x[:7], logits=True), rtol=1e-5, atol=1e-7)


def test_a_prediction_in_a_replica_leaves_a_training_step_alone() -> None:
    def gradients(interrupted: bool) -> Floats:
        network = small()
        replica = network.replica()
        network.forward(samples(4, 6), training=True)
        if interrupted:
            replica.predict(10 * samples(4, 6))
        network.backward(samples(4, 3))
        return network.gradients

    np.testing.assert_array_equal(gradients(interrupted=True), gradients(interrupted=False))


def test_a_replica_keeps_the_type_and_what_was_changed_live() -> None:
    network = small(dtype=np.float64)
    network.layers[2].take_live_settings(DropoutLayer(rate=0.125))
    replica = network.replica()
    assert replica.state.dtype == np.float64
    assert replica.layers[2] == DropoutLayer(rate=0.125)


def test_a_state_dict_is_a_copy_that_can_be_loaded() -> None:
    network, other = small(seed=1), small(seed=2)
    saved = network.state_dict()
    before = network.state.copy()
    network.state[...] = 0
    assert saved["layers.1.weights"].any()
    other.load_state_dict(saved)
    np.testing.assert_array_equal(other.state, before)
    saved["layers.1.weights"][...] = 0
    np.testing.assert_array_equal(other.state, before)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"layers.3.bias": None}, r"missing \['layers.3.bias'\], unexpected \[\]"),
        ({"layers.4.bias": np.zeros(3)}, r"missing \[\], unexpected \['layers.4.bias'\]"),
        ({"layers.3.bias": np.zeros(4)}, r"layers.3.bias: expected the shape \(3,\); received \(4,\)"),
        ({"layers.3.bias": np.zeros((3, 1))}, r"layers.3.bias: expected the shape \(3,\); received \(3, 1\)"),
        ({"layers.3.bias": 1.0}, r"layers.3.bias: expected the shape \(3,\); received \(\)"),
        ({"layers.3.bias": np.array(["a", "b", "c"])}, r"layers.3.bias: expected real numbers; received <U1"),
        ({"layers.3.bias": np.zeros(3, complex)}, r"layers.3.bias: expected real numbers; received complex128"),
        ({"layers.3.bias": np.array([1, None, 2])}, r"layers.3.bias: expected real numbers; received object"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_changes_nothing(change: dict[str, Any], complaint: str) -> None:
    network = small()
    before = network.state.copy()
    arrays: dict[str, Any] = {name: view + 1 for name, view in network.named_parameters().items()}
    arrays |= change
    with pytest.raises(ValueError, match=complaint):
        network.load_state_dict({name: values for name, values in arrays.items() if values is not None})
    np.testing.assert_array_equal(network.state, before)


def test_a_config_builds_the_same_network() -> None:
    from nn_engine.declarations import find

    network = small(bias_init="small_constant", weight_init="xavier")
    config = network.to_config()
    assert config["weight_init"] == "xavier_initialization"
    kinds = [(dict(layer), layer["type"]) for layer in config.pop("layers")]
    layers = []
    for layer, kind in kinds:
        del layer["type"]
        layers.append(find("layer", kind).from_config(layer))  # type: ignore[attr-defined]
    again = Network(layers, **config)
    np.testing.assert_array_equal(again.state, network.state)
    assert again.layers == network.layers


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        ([], "at least an InputLayer; received no layers"),
        ([DenseLayer(units=3)], r"^Layer 0 \(DenseLayer\): expected an InputLayer first"),
        ([InputLayer(units=3), InputLayer(units=3)], r"^Layer 1 \(InputLayer\): expected an InputLayer only at the st"),
        (
            [InputLayer(units=3), DenseLayer(units=2), DropoutLayer(), InputLayer(units=2)],
            r"^Layer 3 \(InputLayer\): expected an InputLayer only at the start",
        ),
        (
            [InputLayer(shape=(28, 28)), DropoutLayer(), DenseLayer(units=10)],
            r"^Layer 2 \(DenseLayer\): expected one row of values a sample; received the shape \(28, 28\)",
        ),
        ([InputLayer(units=3), "dense"], r"^Layer 1 \(str\): expected a layer such as .*, not 'dense'"),
        ([InputLayer(units=3), DenseLayer], r"^Layer 1 \(DenseLayer\): expected .*, not the class DenseLayer itself\."),
        ([InputLayer(units=3), None], r"^Layer 1 \(NoneType\): expected a layer such as .*, not None"),
    ],
)
def test_a_stack_that_does_not_fit_is_refused_by_index_and_name(layers: list[Any], complaint: str) -> None:
    for kind in (Network, MultiLayerPerceptron):
        with pytest.raises(ValueError, match=complaint):
            kind(layers)


@pytest.mark.parametrize("role", ["weight_init", "bias_init"])
def test_an_unknown_initializer_is_refused_with_what_there_is(role: str) -> None:
    settings: Any = {role: "he_initialisation"}
    with pytest.raises(ValueError, match=r"'he_initialisation'.*zeros.*Did you mean 'he_initialization'\?"):
        Network([InputLayer(units=3)], **settings)


@pytest.mark.parametrize("dtype", [np.int32, np.float16, bool, complex, object])
def test_a_type_that_cannot_hold_weights_is_refused(dtype: Any) -> None:
    with pytest.raises(ValueError, match="dtype: expected float32 or float64; received"):
        small(dtype=dtype)


def test_logits_need_an_activation_to_stop_before() -> None:
    network = Network([InputLayer(units=3), DenseLayer(units=2, fn="softmax"), DropoutLayer()])
    assert network.output_fn == ""
    with pytest.raises(ValueError, match="DropoutLayer has no activation to stop before"):
        network.forward(samples(1, 3), logits=True)


# -- seeds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 - 1])
def test_equal_seeds_give_equal_weights(seed: int) -> None:
    np.testing.assert_array_equal(small(seed=seed).state, small(seed=seed).state)


def test_different_seeds_give_different_weights_and_zero_is_one_of_them() -> None:
    weights = [small(seed=seed).named_parameters()["layers.1.weights"] for seed in (0, 1, 2, 2**32, 2**32 + 1)]
    for index, one in enumerate(weights):
        for other in weights[:index]:
            assert not np.isclose(one, other).any()
    np.testing.assert_array_equal(small().state, small(seed=0).state)


def test_weights_drawn_anew_are_those_of_a_new_network() -> None:
    network = small(seed=3)
    network.state[...] = 0
    network.draw_weights(4)
    np.testing.assert_array_equal(network.state, small(seed=4).state)
    assert network.seed == 4
    assert network.replica().seed == 4


def test_no_two_layers_start_alike() -> None:
    network = Network([InputLayer(units=4), DenseLayer(units=4), DenseLayer(units=4)], weight_init="standard_normal")
    first, second = (network.named_parameters()[f"layers.{index}.weights"] for index in (1, 2))
    assert not np.isclose(first, second).any()


def test_a_layers_weights_do_not_depend_on_what_else_is_drawn() -> None:
    wide = Network([InputLayer(units=4), DenseLayer(units=4, weight_init="zeros"), DenseLayer(units=4)])
    plain = Network([InputLayer(units=4), DenseLayer(units=4), DenseLayer(units=4)])
    np.testing.assert_array_equal(
        wide.named_parameters()["layers.2.weights"], plain.named_parameters()["layers.2.weights"]
    )


@pytest.mark.parametrize("seed", [0, 11])
def test_one_seed_gives_the_same_weights_in_both_types(seed: int) -> None:
    single, double = small(seed=seed), small(seed=seed, dtype=np.float64)
    assert single.state.dtype == np.float32
    assert double.state.dtype == np.float64
    np.testing.assert_array_equal(single.state, double.state.astype(np.float32))
    x = samples(9, 6)
    np.testing.assert_allclose(single.predict(x), double.predict(x), rtol=1e-5)
    assert double.predict(x).dtype == np.float64


def test_dropout_falls_on_the_same_values_in_both_types() -> None:
    single, double = small(), small(dtype=np.float64)
    for network in (single, double):
        network.randomness.position = (2, 3, 1)
    x = samples(9, 6)
    np.testing.assert_allclose(
        single.forward(x, training=True), double.forward(x.astype(np.float64), training=True), rtol=1e-5
    )


# -- prediction ---------------------------------------------------------------------------------------------------


def test_images_and_rows_are_the_same_samples() -> None:
    network = mission()
    images = samples(4, 28, 28)
    answers = network.predict(images)
    np.testing.assert_array_equal(network.predict(images.reshape(4, 784)), answers)
    np.testing.assert_array_equal(network.predict(images[..., np.newaxis]), answers)


@pytest.mark.parametrize("shape", [(784,), (28, 28), (1, 784), (1, 28, 28), (28, 28, 1)])
def test_a_single_sample_is_a_batch_of_one(shape: Shape) -> None:
    x = samples(784).reshape(shape)
    answers = mission().predict(x)
    assert answers.shape == (1, 10)
    np.testing.assert_array_equal(answers, mission().predict(x.reshape(1, 784)))


@pytest.mark.parametrize("shape", [(0, 784), (0, 28, 28)])
def test_no_samples_give_no_answers(shape: Shape) -> None:
    answers = mission().predict(np.empty(shape, np.float32))
    assert answers.shape == (0, 10)


def test_an_empty_batch_passes_through_every_layer() -> None:
    network = Network(
        [InputLayer(shape=(2, 3)), FlattenLayer(), DenseLayer(units=4, fn="softmax"), DropoutLayer()], dtype=np.float64
    )
    assert network.forward(np.empty((0, 2, 3)), training=True).shape == (0, 4)
    back = network.backward(np.empty((0, 4)), need_input_grad=True)
    assert back is not None
    assert back.shape == (0, 2, 3)
    assert not network.gradients.any()


@pytest.mark.parametrize("shape", [(5, 783), (5, 28, 27), (783,), (0,), (), (784, 5), (2, 0, 784)])
def test_samples_of_another_size_are_refused(shape: Shape) -> None:
    with pytest.raises(
        ValueError, match=r"Expected samples of 784 values each, .*; received an array of shape"
    ) as error:
        mission().predict(np.zeros(shape))
    assert str(shape) in str(error.value)


def test_prediction_takes_any_real_type_and_leaves_the_samples_alone() -> None:
    network = mission()
    pixels = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    pixels.flags.writeable = False
    answers = network.predict(pixels)
    assert answers.dtype == np.float32
    np.testing.assert_array_equal(network.predict(pixels.astype(np.float64)), answers)
    np.testing.assert_array_equal(network.predict(np.asfortranarray(pixels)), answers)
    np.testing.assert_array_equal(network.predict(pixels.tolist()), answers)


def test_prediction_ignores_dropout_and_keeps_its_answers() -> None:
    network = small()
    x = samples(5, 6)
    first = network.predict(x)
    kept = first.copy()
    network.randomness.position = (9, 9, 9)
    np.testing.assert_array_equal(network.predict(x), kept)
    network.predict(-x)
    network.forward(-x, training=True)
    network.backward(samples(5, 3))
    np.testing.assert_array_equal(first, kept)


@settings(max_examples=30)
@given(st.integers(1, 2 * PREDICTION_SHARD + 7))
def test_a_large_prediction_equals_its_pieces(count: int) -> None:
    network = small()
    x = np.random.default_rng(count).normal(size=(count, 6)).astype(np.float32)
    answers = network.predict(x)
    pieces = [network.predict(x[start : start + 300]) for start in range(0, count, 300)]
    np.testing.assert_allclose(answers, np.concatenate(pieces), rtol=1e-5, atol=1e-7)


def test_shards_are_cut_at_the_same_places_always() -> None:
    network, x = small(), samples(2 * PREDICTION_SHARD + 1, 6)
    answers = network.predict(x)
    for start in (0, PREDICTION_SHARD, 2 * PREDICTION_SHARD):
        part = slice(start, start + PREDICTION_SHARD)
        np.testing.assert_array_equal(answers[part], network.predict(x[part]))


@settings(max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_the_order_of_batch_sizes_leaves_no_trace(sizes: list[int]) -> None:
    used = small()
    for size in sizes:
        x = np.random.default_rng(size).normal(size=(size, 6)).astype(np.float32)
        fresh = small()
        for network in (used, fresh):
            network.forward(x, training=True)
            network.backward(np.tile(np.array([1, -2, 3], np.float32), (size, 1)))
        np.testing.assert_array_equal(used.gradients, fresh.gradients)
        np.testing.assert_array_equal(used.predict(x), fresh.predict(x))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, PREDICTION_SHARD, 2 * PREDICTION_SHARD + 1])
def test_threads_share_many_samples_and_change_nothing(count: int, threads: int) -> None:
    network, x = small(), samples(max(1, count), 6)[:count]
    found = network.predict(x, threads=threads)
    np.testing.assert_array_equal(found, network.predict(x))
    assert len(found) == count
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shard")]


def test_images_whose_axes_stand_in_another_order_are_refused() -> None:
    network = Network([InputLayer(shape=(8, 8, 3)), FlattenLayer(), DenseLayer(units=2)])
    for shape in ((5, 3, 8, 8), (3, 8, 8)):
        with pytest.raises(ValueError, match=r"Expected samples of 192 values each, shape \(n, 8, 8, 3\); received"):
            network.predict(np.zeros(shape))
    assert network.predict(np.zeros((5, 192))).shape == (5, 2)
    assert network.predict(np.zeros((8, 8, 3))).shape == (1, 2)


def test_a_layer_alone_is_no_stack() -> None:
    with pytest.raises(ValueError, match=r"expected a list of layers; received InputLayer\(units=4\) alone"):
        Network(InputLayer(units=4))  # type: ignore[arg-type]


def test_processes_answer_as_threads_do() -> None:
    network, x = small(), samples(5000, 6)
    found = network.predict(x, threads=3, may_fork=True)
    np.testing.assert_array_equal(found, network.predict(x))
    assert not is_shared(found)
    assert not multiprocessing.active_children()
    np.testing.assert_array_equal(network.predict(x[:10], threads=3, may_fork=True), found[:10])


@pytest.mark.parametrize("threads", [0, -1])
def test_nobody_cannot_predict(threads: int) -> None:
    network = Network([InputLayer(units=2), DenseLayer(units=1)])
    with pytest.raises(ValueError, match=f"Expected one thread or more to predict with; received {threads}"):
        network.predict(np.zeros((3, 2)), threads=threads)
