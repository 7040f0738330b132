"""One contract for everything that is registered: a new class is tested by its registration alone.

Each ``check_…`` function takes one class and raises AssertionError where it breaks its family's contract. They are
plain functions, so that classes which are registered only for a while can be checked the same way. The settings to try
a class with are derived from its declaration; see ``sample_settings`` for the exception.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import itertools
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np
import pytest

from nn_engine import (
    DenseLayer,
    Experiment,
    FlattenLayer,
    InputLayer,
    Layer,
    Loss,
    MeanSquaredError,
    Network,
    Optimizer,
    Regularizer,
    Schedule,
    Setting,
    TrainingPlan,
    registered,
)
from nn_engine.activations import Activation, make_activation
from nn_engine.clipping import Clipping
from nn_engine.data import Task
from nn_engine.data.augmentation import Augmentation, AugmentationPipeline
from nn_engine.data.dataset import TargetKind
from nn_engine.declarations import Declaration, SettingSpec, find, settings_of
from nn_engine.declarations.registry import _families
from nn_engine.initializers import Initializer, make_initializer
from nn_engine.inspection import numerical_gradient
from nn_engine.layouts import BATCH_FIRST, convert
from nn_engine.metrics import Metric
from nn_engine.optimizers import StepContext
from nn_engine.training import EpochEnd, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.callbacks import Callback, Memory
from nn_engine.training.events import Event
from nn_engine.types import Array, Floats, Shape
from nn_engine.workspace import Workspace
from tests.nn_engine.sample_settings import bad_values_of, extreme_values_of, instances, ordinary_values

SHAPES: tuple[Shape, ...] = ((6,), (2, 3), (6, 6, 2))
"""What samples may look like; a layer is tried with all that it accepts."""
BATCH_SIZES = (1, 3, 7)
FLOAT_TYPES: tuple[np.dtype[np.floating[Any]], ...] = (np.dtype(np.float32), np.dtype(np.float64))


# -- every declaration --------------------------------------------------------------------------------------------


def check_documented(cls: type) -> None:
    """A class says in its own words what it is."""
    text = cls.__dict__.get("__doc__") or ""
    # A dataclass without a docstring is given its signature for one.
    assert text, f"{cls.__name__} has no docstring"
    assert not text.startswith(f"{cls.__name__}("), f"{cls.__name__} has no docstring"
    first = inspect.cleandoc(text).split("\n\n")[0]
    assert first.endswith("."), f"{cls.__name__}: the docstring's first paragraph is no sentence: {first!r}"


def check_declaration(cls: type[Declaration]) -> None:
    """Settings are explained, checked, fixed, and the same after a trip through JSON."""
    check_documented(cls)
    for spec in settings_of(cls):
        check_setting(cls, spec)
    for made in instances(cls):
        _check_round_trip(made)
        _check_fixed(made)
        _check_live_changes(made)
    with pytest.raises(ValueError, match=f"{cls.__name__} has no setting 'no_such_setting'"):
        cls.from_config({"no_such_setting": 1})


def check_setting(cls: type[Declaration], spec: SettingSpec) -> None:
    """One setting has a sentence of help, takes all that it says it takes, and refuses everything else in words."""
    where = f"{cls.__name__}.{spec.name}"
    text = spec.setting.help
    assert text.find(".") == len(text) - 1 >= 5, f"{where}: expected one sentence of help, received {text!r}"
    assert spec.label.strip(), f"{where} has no label"
    for value in [*ordinary_values(spec), *extreme_values_of(spec.kind)]:
        checked = spec.check(value)
        assert spec.check(checked) == checked, f"{where}: the canonical form of {value!r} changes when checked again"
    good = instances(cls)[0].values()
    for value in bad_values_of(spec.kind):
        with pytest.raises(ValueError, match=f"^{where}: expected ") as refusal:
            cls(**{**good, spec.name: value})
        message = str(refusal.value)
        for part in ("; received ", repr(value)[:60], *_bounds_in_words(spec.setting)):
            assert part in message, f"{where}: {part!r} is not in the refusal: {message}"


def _bounds_in_words(setting: Setting) -> list[str]:
    return [f"{bound:.10g}" for bound in (setting.low, setting.high) if bound is not None]


def _check_round_trip(made: Declaration) -> None:
    cls = type(made)
    config = json.loads(json.dumps(made.to_config(), allow_nan=False))
    if cls.registered_name:
        assert find(cls.family, config.pop("type")) is cls, f"{cls.__name__} is saved under another class's name"
    assert set(config) == set(made.values()), f"{cls.__name__}: not every setting is saved"
    again = cls.from_config(config)
    assert again == made, f"{cls.__name__}: {again} was read back where {made} was saved"
    assert hash(again) == hash(made), f"{cls.__name__}: equal settings have unequal hashes"
    assert made.replace() == made, f"{cls.__name__}: a copy differs"


def _check_fixed(made: Declaration) -> None:
    for name, value in made.values().items():
        with pytest.raises(AttributeError, match="is fixed"):
            setattr(made, name, value)


def _check_live_changes(made: Declaration) -> None:
    for spec in settings_of(type(made)):
        for value in ordinary_values(spec):
            changed = copy.copy(made)
            try:
                wanted = made.replace(**{spec.name: value})
            except ValueError:  # it contradicts another setting
                continue
            changed.take_live_settings(wanted)
            expected = wanted if spec.setting.live else made
            assert changed == expected, f"{type(made).__name__}.{spec.name}: changed live to {value}, it is {changed}"


# -- layers -------------------------------------------------------------------------------------------------------


def check_layer(cls: type[Layer]) -> None:
    """Shapes, gradients, prediction and settings of a layer."""
    check_declaration(cls)
    usable = [layer for layer in instances(cls) if any(map(layer_accepts(layer), SHAPES))]
    assert usable, f"{cls.__name__} accepts none of the shapes {SHAPES}, whatever its settings"
    for layer in usable:
        check_layer_shapes(layer)
        check_layer_gradients(layer)
        check_layer_in_a_stack(layer)
        check_layer_prediction(layer)
        check_layer_live_settings(layer)
        check_layer_branches(layer)


def check_layer_branches(layer: Layer) -> None:
    """What a layer that is made of others gives is the sum of what its branches give."""
    branches = layer.branches()
    for network in _networks_of(layer, np.float64) if branches else ():
        x, total = _samples(network, 3), np.zeros((3, *network.output_shape))
        for name, inner in branches.items():
            alone = Network([InputLayer(shape=network.input_shape), *inner], dtype=np.float64, draw=False)
            for key, array in alone.named_parameters().items():
                _, index, rest = key.split(".", 2)
                array[...] = network.named_parameters()[f"layers.1.{name}.{int(index) - 1}.{rest}"]
            total += alone.predict(x)
        np.testing.assert_allclose(network.predict(x), total, rtol=1e-12, err_msg=f"{layer}")


def check_layer_shapes(layer: Layer) -> None:
    """Outputs have the promised shape and type; an input that a layer cannot take is refused in words."""
    for dtype in FLOAT_TYPES:
        for network in _networks_of(layer, dtype):
            # The order matters: scratch memory has to grow, and then serve a smaller batch again.
            for size in (*BATCH_SIZES, 3):
                for training in (False, True):
                    y = network.forward(_samples(network, size), training)
                    assert y.shape == (size, *network.output_shape), f"{layer}: outputs have another shape: {y.shape}"
                    assert y.dtype == dtype, f"{layer}: outputs are {y.dtype}"
    for shape in SHAPES:
        if not isinstance(layer, InputLayer) and not layer_accepts(layer)(shape):
            with pytest.raises(ValueError, match=rf"^Layer 1 \({type(layer).__name__}\): ") as refusal:
                Network([InputLayer(shape=shape), layer])
            assert str(shape) in str(refusal.value), f"{layer}: the refusal does not say {shape}: {refusal.value}"
            with contextlib.suppress(ValueError):  # and nothing else
                layer.parameters(shape)


def check_layer_gradients(layer: Layer) -> None:
    """Backward agrees with moving every parameter and every input a little."""
    for network in _networks_of(layer, np.float64):
        for training in (True, False):
            _compare_gradients(network, training, logits=False)
            if layer.output_fn:
                _compare_gradients(network, training, logits=True)
                _check_logits(network, training)
        if not layer.output_fn:
            with pytest.raises(ValueError, match="no activation to stop before"):
                network.forward(_samples(network, 3), logits=True)
            with pytest.raises(ValueError, match="no activation to stop before"):
                network.layers[-1].backward_logits(np.zeros((3, *network.output_shape)))


def check_layer_in_a_stack(layer: Layer) -> None:
    """Between other layers, and as the last before a loss, no layer overwrites what another still needs."""
    after: tuple[list[Layer], ...] = ([FlattenLayer()], [FlattenLayer(), DenseLayer(units=3, fn="sigmoid")])
    for end in after:
        if isinstance(layer, InputLayer):
            _check_stack([layer, *end])
            continue
        for shape in filter(layer_accepts(layer), SHAPES):
            flat = len(shape) == 1
            before = [InputLayer(shape=shape), *([DenseLayer(units=shape[0], fn="tanh")] if flat else [])]
            _check_stack([*before, layer, *end])


def _check_stack(layers: list[Layer]) -> None:
    network = Network(layers, weight_init="xavier_initialization", dtype=np.float64)
    network.randomness.position = (1, 2, 3)
    x, targets = _samples(network, 3), _random(3, *network.output_shape)

    def mean_loss() -> float:
        outputs = network.forward(x, training=True)
        return float(MeanSquaredError().per_sample(outputs, targets, paired=False).mean())

    outputs = network.forward(x, training=True)
    _, grad = MeanSquaredError().sum_and_gradient(outputs, targets, paired=False, samples=3, workspace=Workspace())
    _assert_gradients(network, x, network.backward(grad, need_input_grad=True), mean_loss, f"{network}")


def check_layer_prediction(layer: Layer) -> None:
    """Prediction depends on nothing but parameters and sample, and changes nothing."""
    for network in _networks_of(layer, np.float64):
        x = _samples(network, 7)
        x.flags.writeable = False
        state = network.state.copy()
        y = network.forward(x).copy()
        network.randomness.position = (4, 5, 6)
        np.testing.assert_array_equal(network.forward(x), y, err_msg=f"{layer}: forward differs the second time")
        predicted = network.predict(x)
        np.testing.assert_array_equal(predicted, y, err_msg=f"{layer}: predict differs from forward")
        network.predict(x + 1)
        np.testing.assert_array_equal(predicted, y, err_msg=f"{layer}: the next predict overwrote the one before")
        singly = np.concatenate([network.predict(sample[np.newaxis]) for sample in x])
        np.testing.assert_allclose(
            predicted, singly, rtol=1e-9, atol=1e-12, err_msg=f"{layer}: a prediction depends on the rest of the batch"
        )
        np.testing.assert_array_equal(network.state, state, err_msg=f"{layer}: prediction changed the state")
        network.forward(x, training=True)  # x cannot be written to
        if not network.needs_whole_batch:
            np.testing.assert_array_equal(network.state, state, err_msg=f"{layer}: a shard changes the state")
        network.backward(np.ones_like(y), need_input_grad=True)


def check_layer_live_settings(layer: Layer) -> None:
    """What may change while a training runs plays no part in answers: the best weights are kept without it."""
    for spec in settings_of(type(layer)):
        for value in ordinary_values(spec) if spec.setting.live else ():
            try:
                changed = layer.replace(**{spec.name: value})
            except ValueError:  # settings that contradict each other
                continue
            for network, other in zip(_networks_of(layer, np.float64), _networks_of(changed, np.float64), strict=True):
                x = _samples(network, 3)
                assert np.array_equal(network.predict(x), other.predict(x)), (
                    f"{layer}: {spec.name} is live, and changes the answers of weights that were trained without it"
                )


def _networks_of(layer: Layer, dtype: Any) -> Iterator[Network]:
    """The layer alone, behind an entrance of every shape that it accepts."""
    stacks: list[list[Layer]] = [[layer]]
    if not isinstance(layer, InputLayer):
        stacks = [[InputLayer(shape=shape), layer] for shape in filter(layer_accepts(layer), SHAPES)]
    for stack in stacks:
        network = Network(stack, dtype=dtype)
        network.trainable[...] = 0.5 * _random(network.trainable_size)
        network.randomness.position = (1, 2, 3)
        yield network


def layer_accepts(layer: Layer) -> Callable[[Shape], bool]:
    """Whether the layer takes samples of a shape."""

    def accepts(shape: Shape) -> bool:
        try:
            layer.output_shape(shape)
        except ValueError:
            return False
        return True

    return accepts


def _samples(network: Network, count: int) -> Floats:
    return _random(count, *network.input_shape).astype(network.state.dtype)


def _random(*shape: int) -> Floats:
    return np.random.default_rng((7, *shape)).normal(size=shape)


def _compare_gradients(network: Network, training: bool, logits: bool) -> None:
    layer = network.layers[-1]
    what = f"{layer} (training={training}, logits={logits})"
    given = layer.site.given
    x = _samples(network, 3)
    weighting = np.random.default_rng(5).normal(size=(3, *network.output_shape))

    def total() -> float:
        return float((network.forward(x, training, logits) * weighting).sum())

    total()
    back = network.backward(weighting.copy(), logits, need_input_grad=True)
    gradients = network.gradients.copy()
    _assert_gradients(network, x, back, total, what)
    backward = layer.backward_logits if logits else layer.backward
    as_given = np.empty(given.array_shape(network.output_shape, 3))
    for optional in ({"need_input_grad": False}, {}):
        total()
        again = backward(convert(weighting, BATCH_FIRST, given, as_given), **optional)
        np.testing.assert_array_equal(
            network.gradients, gradients, err_msg=f"{what}: a second backward pass leaves other gradients"
        )
    assert again is not None, f"{what}: without being told otherwise it leaves the input gradient out"


def _assert_gradients(
    network: Network, x: Floats, back: Floats | None, function: Callable[[], float], what: str
) -> None:
    gradients = network.gradients.copy()
    assert back is not None, f"{what}: there is no input gradient"
    assert back.shape == x.shape, f"{what}: the input gradient has the shape {back.shape}"
    back = back.copy()
    for found, values, name in ((gradients, network.trainable, "parameters"), (back, x, "inputs")):
        expected = numerical_gradient(function, values)
        np.testing.assert_allclose(
            found, expected, rtol=1e-6, atol=1e-7, err_msg=f"{what}: wrong gradient of the {name}"
        )


def _check_logits(network: Network, training: bool) -> None:
    layer, x = network.layers[-1], _samples(network, 3)
    logits = network.forward(x, training, logits=True).copy()
    rows = logits.reshape(-1, logits.shape[-1])
    activated = make_activation(layer.output_fn, Workspace(), "").forward(rows).reshape(logits.shape)
    np.testing.assert_array_equal(
        activated, network.forward(x, training), err_msg=f"{layer}: activation and logits do not give the outputs"
    )


# -- activations and losses ---------------------------------------------------------------------------------------


def check_activation(cls: type[Activation]) -> None:
    """The derivative is right, the work is done in place, and no input is too large."""
    check_documented(cls)
    activation = cls(Workspace(), "here")
    for size in (*BATCH_SIZES, 3):
        z, weighting = 2 * _random(size, 5), np.random.default_rng(6).normal(size=(size, 5))

        def total(z: Floats = z, weighting: Floats = weighting) -> float:
            return float((activation.forward(z.copy()) * weighting).sum())

        total()
        grad = activation.backward(weighting.copy()).copy()
        np.testing.assert_allclose(
            grad, numerical_gradient(total, z), rtol=1e-6, atol=1e-8, err_msg=f"{cls.__name__}: wrong gradient"
        )
    for dtype in FLOAT_TYPES:
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            z = np.array([[1e4, -1e4, 0, 1, -1], [-1e4, -1e4, -1e4, -1e4, -1e4], [1e4] * 5], dtype)
            y = activation.forward(z)
            assert np.shares_memory(y, z), f"{cls.__name__}: forward does not work in place"
            assert np.isfinite(y).all(), f"{cls.__name__}: extreme inputs give {y}"
            grad = np.ones_like(y)
            back = activation.backward(grad)
            assert np.shares_memory(back, grad), f"{cls.__name__}: backward does not work in place"
            assert np.isfinite(back).all(), f"{cls.__name__}: extreme inputs give the gradient {back}"


def check_loss(cls: type[Loss]) -> None:
    """The derivative is right for every kind of target; sums add up; the constant guess is the best constant."""
    check_declaration(cls)
    for loss in instances(cls):
        for target_kind in cls.target_kinds:
            for count in (4,) if target_kind == "classes" else (4, 1):
                for paired in (False, True) if cls.pairs_with else (False,):
                    _check_loss_gradient(loss, target_kind, count, paired)
                if cls.pairs_with:
                    _check_pairing(loss, target_kind, count)
                _check_constant_guess(loss, target_kind, count)
        _check_output_refusals(loss)


def _check_loss_gradient(loss: Loss, target_kind: str, count: int, paired: bool) -> None:
    what = f"{loss} for {target_kind} (paired={paired}, {count} outputs)"
    size, samples = 7, 10
    targets = _targets(target_kind, size, count)
    for dtype in FLOAT_TYPES:
        outputs = (2 * _random(size, count) if paired else _probabilities(size, count)).astype(dtype)
        outputs.flags.writeable = False
        each = loss.per_sample(outputs, targets, paired)
        assert each.shape == (size,), f"{what}: the losses of {size} samples have the shape {each.shape}"
        workspace = Workspace()
        loss.sum_and_gradient(outputs[::-1], targets[::-1], paired, samples, workspace)  # leaves numbers in the memory
        total, grad = loss.sum_and_gradient(outputs, targets, paired, samples, workspace)
        grad = grad.copy()
        found = (grad.dtype, grad.shape)
        assert found == (dtype, outputs.shape), f"{what}: the gradient is {found}"
        np.testing.assert_allclose(total, each.sum(), rtol=1e-5, err_msg=f"{what}: the sum is not that of the samples")
        head, tail = (loss.sum_and_gradient(outputs[s], targets[s], paired, samples, workspace)[0] for s in _HALVES)
        np.testing.assert_allclose(head + tail, total, rtol=1e-5, err_msg=f"{what}: the shards' sums do not add up")
    outputs = outputs.copy()
    numerical = numerical_gradient(lambda: float(loss.per_sample(outputs, targets, paired).sum()) / samples, outputs)
    np.testing.assert_allclose(grad, numerical, rtol=1e-6, atol=1e-8, err_msg=f"{what}: wrong gradient")


_HALVES = (slice(None, 3), slice(3, None))


def _check_pairing(loss: Loss, target_kind: str, count: int) -> None:
    logits, targets = 2 * _random(7, count), _targets(target_kind, 7, count)
    activated = make_activation(loss.pairs_with, Workspace(), "").forward(logits.copy())
    np.testing.assert_allclose(
        loss.per_sample(logits, targets, paired=True),
        loss.per_sample(activated, targets, paired=False),
        rtol=1e-9,
        atol=1e-12,
        err_msg=f"{loss}: on logits it is not what it is after {loss.pairs_with}",
    )


def _check_constant_guess(loss: Loss, target_kind: str, count: int) -> None:
    targets = _targets(target_kind, 50, count)
    guess = loss.constant_guess(targets, count)
    assert 0 <= guess < math.inf, f"{loss}: the constant guess has the loss {guess}"
    for row in _probabilities(40, count):
        other = float(loss.per_sample(np.tile(row, (50, 1)), targets, paired=False).mean())
        assert guess <= other + 1e-12, f"{loss} for {target_kind}: always {row} is a better guess: {other} < {guess}"


def _check_output_refusals(loss: Loss) -> None:
    accepted = []
    for name in (*registered("activation"), ""):
        try:
            loss.check_output(name, 4)
        except ValueError as error:
            refusal = str(error)
        else:
            accepted.append(name)
            continue
        for part in (type(loss).registered_name, name or "no activation", "expected"):
            assert part in refusal, f"{loss}: {part!r} is not in the refusal: {refusal}"
    assert accepted, f"{loss} accepts no network at all"
    assert not loss.pairs_with or loss.pairs_with in accepted, f"{loss} refuses the activation it pairs with"


def _targets(kind: str, size: int, count: int) -> Array:
    rng = np.random.default_rng((3, size, count))
    if kind == "classes":
        return rng.permutation(np.arange(size) % count)
    if kind == "labels":
        return rng.integers(0, 2, (size, count)).astype(np.float32)
    return rng.normal(size=(size, count)).astype(np.float32)


def _probabilities(size: int, count: int) -> Floats:
    values = np.random.default_rng((4, size, count)).uniform(0.1, 0.9, (size, count))
    return values if count == 1 else values / values.sum(axis=1, keepdims=True)


# -- optimizers, schedules, regularizers --------------------------------------------------------------------------


def check_optimizer(cls: type[Optimizer]) -> None:
    """It changes parameters and slots in place, nothing else, and has no memory besides its slots."""
    check_declaration(cls)
    for optimizer in instances(cls):
        for dtype in FLOAT_TYPES:
            _check_in_place(optimizer, dtype)
        _check_no_other_memory(optimizer)
        _check_descent(optimizer)
        if optimizer.elementwise:
            _check_elementwise(optimizer, functools.partial(_step_twice, optimizer))
    minds = any(_minds_the_momentum(optimizer) for optimizer in instances(cls))
    assert minds == cls.follows_momentum, f"{cls.__name__} {'minds' if minds else 'ignores'} a schedule's momentum"


def _check_in_place(optimizer: Optimizer, dtype: Any) -> None:
    parameters = _random(13).astype(dtype)
    gradients = np.random.default_rng(8).normal(size=13).astype(dtype)
    gradients.flags.writeable = False
    slots = _slots_of(optimizer, parameters)
    given, workspace = dict(slots), Workspace()
    for number in (1, 2, 3):
        before = parameters.copy()
        optimizer.step(parameters, gradients, slots, StepContext(0.01, number, workspace))
        assert (parameters != before).all(), f"{optimizer}: step {number} left parameters as they were"
        assert np.isfinite(parameters).all(), f"{optimizer}: step {number} gave {parameters}"
    assert set(slots) == set(given), f"{optimizer}: there are other slots now"
    for name, slot in slots.items():
        assert slot is given[name], f"{optimizer}: the slot {name} was not changed in place"
        assert np.isfinite(slot).all(), f"{optimizer}: the slot {name} holds {slot}"
    still = _random(13).astype(dtype)
    optimizer.step(still, np.zeros(13, dtype), _slots_of(optimizer, still), StepContext(0.01, 1, workspace))
    np.testing.assert_array_equal(still, _random(13).astype(dtype), err_msg=f"{optimizer}: it steps without a gradient")


def _minds_the_momentum(optimizer: Optimizer) -> bool:
    ends: list[Floats] = []
    for momentum in (0.1, 0.9):
        parameters, workspace = _random(13), Workspace()
        slots = _slots_of(optimizer, parameters)
        for number in range(1, 21):
            gradients = np.random.default_rng(number).normal(size=13)
            optimizer.step(parameters, gradients, slots, StepContext(0.01, number, workspace, momentum=momentum))
        ends.append(parameters)
    return bool((ends[0] != ends[1]).any())


def _check_no_other_memory(optimizer: Optimizer) -> None:
    """Two trainings that take turns with one optimizer go the ways they go alone, at the rate they are given."""

    def train(number: int, optimizer: Optimizer, workspace: Workspace) -> Iterator[Floats]:
        parameters = np.random.default_rng(number).normal(size=5 + number)
        slots = _slots_of(optimizer, parameters)
        for step in range(1, 6):
            optimizer.step(parameters, np.sin(parameters * step), slots, StepContext(0.02, step, workspace))
            yield parameters

    other_rate = optimizer.replace(learning_rate=123)
    alone = [list(map(np.copy, train(number, other_rate, Workspace()))) for number in (0, 1)]
    shared = Workspace()
    turns = zip(*(map(np.copy, train(number, optimizer, shared)) for number in (0, 1)), strict=True)
    np.testing.assert_equal(list(map(list, zip(*alone, strict=True))), list(map(list, turns)), err_msg=f"{optimizer}")


def _check_descent(optimizer: Optimizer) -> None:
    parameters, workspace = _random(13), Workspace()
    slots, before = _slots_of(optimizer, parameters), float(np.square(parameters).sum())
    for number in range(1, 51):
        optimizer.step(parameters, 2 * parameters, slots, StepContext(1e-3, number, workspace))
    assert float(np.square(parameters).sum()) < before, f"{optimizer} climbs"


def _step_twice(optimizer: Optimizer, part: slice, workspace: Workspace, slots: Mapping[str, Floats]) -> Floats:
    parameters, gradients = _random(100).astype(np.float32)[part], np.cos(np.arange(100, dtype=np.float32))[part]
    weight_size = len(range(100)[part.start : min(part.stop, 60)])  # the first 60 are weights
    for number in (1, 2):
        context = StepContext(0.01, number, workspace, weight_size)
        optimizer.step(parameters, gradients, {name: slot[part] for name, slot in slots.items()}, context)
    return parameters


def _check_elementwise(
    made: Optimizer | Regularizer | Clipping, work: Callable[[slice, Workspace, Mapping[str, Floats]], Floats]
) -> None:
    """What is done to a part does not depend on the rest: to the bit, since processes take a part each."""
    names = made.slots if isinstance(made, Optimizer) else ()
    found, slots = [], []
    for cuts in ((0, 100), (0, 16, 48, 80, 100)):
        slots.append({name: np.zeros(100, np.float32) for name in names})
        workspace = Workspace()
        found.append(np.concatenate([work(slice(*ends), workspace, slots[-1]) for ends in itertools.pairwise(cuts)]))
    np.testing.assert_array_equal(found[1], found[0], err_msg=f"{made}: a part depends on the rest")
    np.testing.assert_equal(slots[1], slots[0], err_msg=f"{made}: a part depends on the rest")


def _slots_of(optimizer: Optimizer, parameters: Floats) -> dict[str, Floats]:
    return {name: np.zeros_like(parameters) for name in optimizer.slots}


def check_schedule(cls: type[Schedule]) -> None:
    """The factor is a pure function of the step, finite and not negative, within the plan and beyond it."""
    check_declaration(cls)
    for schedule in instances(cls):
        for steps_per_epoch, epochs in ((1, 1), (1, 7), (7, 5), (3, 1000)):
            steps = range(steps_per_epoch * epochs + 3 * steps_per_epoch)
            factors = {step: schedule.factor(step, steps_per_epoch, epochs) for step in steps}
            momenta = {step: schedule.momentum(step, steps_per_epoch, epochs) for step in steps}
            for step, factor in factors.items():
                assert 0 <= factor < math.inf, f"{schedule}: the factor at step {step} is {factor}"
                momentum = momenta[step]
                assert momentum is None or 0 <= momentum < 1, f"{schedule}: the momentum at step {step} is {momentum}"
            again = schedule.replace()
            for step in np.random.default_rng(9).permutation(len(steps)).tolist():
                for one in (schedule, again):
                    repeated = one.factor(step, steps_per_epoch, epochs)
                    assert repeated == factors[step], f"{schedule}: the factor at step {step} depends on earlier calls"
                    assert one.momentum(step, steps_per_epoch, epochs) == momenta[step]
        assert schedule.factor(0, 10, 10) > 0, f"{schedule}: the first step goes nowhere"


def check_regularizer(cls: type[Regularizer]) -> None:
    """It adds to the gradient, towards zero, and leaves the weights alone."""
    check_declaration(cls)
    for regularizer in instances(cls):
        for dtype in FLOAT_TYPES:
            weights = _random(4, 3).astype(dtype)
            weights.flags.writeable = False
            workspace = Workspace()
            pull, gradient = np.zeros_like(weights), np.ones_like(weights)
            regularizer.add_gradient(weights, pull, workspace)
            regularizer.add_gradient(weights, gradient, workspace)
            assert np.isfinite(pull).all(), f"{regularizer}: it adds {pull}"
            np.testing.assert_allclose(gradient, pull + 1, rtol=1e-6, err_msg=f"{regularizer}: it does not add")
            assert (pull * weights >= 0).all(), f"{regularizer}: it pushes weights away from zero"
            smaller = weights.copy()
            regularizer.shrink(smaller, 0.01)
            assert np.isfinite(smaller).all(), f"{regularizer}: it makes of weights {smaller}"
            assert (np.abs(smaller) <= np.abs(weights)).all(), f"{regularizer}: it does not shrink"
        if regularizer.elementwise:
            _check_elementwise(regularizer, functools.partial(_priced, regularizer))
    assert any(_pulls(regularizer) for regularizer in instances(cls)), f"{cls.__name__} never does anything"


def _priced(regularizer: Regularizer, part: slice, workspace: Workspace, _: object) -> Floats:
    weights, gradient = _random(100).astype(np.float32)[part], np.ones(100, np.float32)[part]
    regularizer.add_gradient(weights, gradient, workspace)
    regularizer.shrink(weights, 0.01)
    return weights + gradient


def _pulls(regularizer: Regularizer) -> bool:
    pull, weights = np.zeros((4, 3)), _random(4, 3)
    regularizer.add_gradient(weights, pull, Workspace())
    regularizer.shrink(weights, 0.01)
    return bool(pull.any()) != bool((weights != _random(4, 3)).any())


def check_clipping(cls: type[Clipping]) -> None:
    """It bounds a gradient in place without changing any sign, and leaves one alone that is small enough."""
    check_declaration(cls)
    for clipping in instances(cls):
        for dtype in FLOAT_TYPES:
            large, small = (1e10 * _random(13)).astype(dtype), np.full(13, 1e-12, dtype)
            clipped = large.copy()
            clipping.clip(clipped)
            assert (np.abs(clipped) <= np.abs(large)).all(), f"{clipping}: it makes a gradient larger"
            assert (clipped * large > 0).all(), f"{clipping}: it turns a component around"
            assert (clipped != large).any(), f"{clipping}: it bounds nothing"
            clipping.clip(small)
            assert (small == np.full(13, 1e-12, dtype)).all(), f"{clipping}: it changes a small gradient"
            still = np.zeros(13, dtype)
            clipping.clip(still)
            assert not still.any(), f"{clipping}: it makes {still} of no gradient"
        if clipping.elementwise:
            _check_elementwise(clipping, functools.partial(_clipped, clipping))


def _clipped(clipping: Clipping, part: slice, *_: object) -> Floats:
    gradient = (10 * _random(100)).astype(np.float32)[part]
    clipping.clip(gradient)
    return gradient


# -- augmentations, callbacks, initializers, metrics --------------------------------------------------------------


def check_augmentation(cls: type[Augmentation]) -> None:
    """It draws one number a sample, the same from the same generator, and can be left out."""
    check_declaration(cls)
    for augmentation in instances(cls):
        for shape in ((8, 9), (8, 9, 2)):
            for size in BATCH_SIZES:
                _check_augmented(augmentation, shape, size)
    made = instances(cls)[0]
    assert not np.allclose(_augmented(made, (8, 9), 7, seed=1)[0], _images((8, 9), 7)), f"{made} changes nothing"
    assert not np.allclose(_augmented(made, (8, 9), 7, seed=1)[0], _augmented(made, (8, 9), 7, seed=2)[0]), (
        f"{made}: other random numbers change nothing"
    )


def _check_augmented(augmentation: Augmentation, shape: Shape, size: int) -> None:
    images, draws = _augmented(augmentation, shape, size, seed=1)
    assert images.shape == (size, *shape), f"{augmentation}: the images have the shape {images.shape}"
    assert images.dtype == np.dtype(np.float32), f"{augmentation}: the images are {images.dtype}"
    assert np.isfinite(images).all(), f"{augmentation} gives {images}"
    assert set(draws) == set(augmentation.neutral()), f"{augmentation}: it draws {set(draws)}"
    for name, values in draws.items():
        assert values.shape == (size,), f"{augmentation}: it draws {name} = {values}"
        assert np.isfinite(values).all(), f"{augmentation}: it draws {name} = {values}"
    again, same_draws = _augmented(augmentation, shape, size, seed=1)
    np.testing.assert_array_equal(again, images, err_msg=f"{augmentation}: the same key gives other images")
    np.testing.assert_equal(same_draws, draws, err_msg=f"{augmentation}: the same key draws other numbers")
    never, neutral = _augmented(augmentation.replace(probability=0), shape, size, seed=1)
    np.testing.assert_allclose(
        never, _images(shape, size), atol=1e-5, err_msg=f"{augmentation}: what is neutral changes the image"
    )
    for name, values in neutral.items():
        assert (values == augmentation.neutral()[name]).all(), f"{augmentation}: left out, {name} is not neutral"


def _augmented(augmentation: Augmentation, shape: Shape, size: int, seed: int) -> tuple[Floats, dict[str, Floats]]:
    pipeline = AugmentationPipeline((augmentation,), shape)
    told = pipeline.apply_and_tell(_images(shape, size), np.random.default_rng(seed))
    return told.images.copy(), dict(told.draws)


def _images(shape: Shape, size: int) -> Floats:
    return np.random.default_rng((10, size)).random((size, *shape)).astype(np.float32)


def check_callback(cls: type[Callback]) -> None:
    """All it remembers is in its memory, which survives JSON; it answers with a reason or not at all."""
    check_declaration(cls)
    for callback in instances(cls):
        before = repr(vars(callback))
        memory: Memory = {}
        saved: Memory = {}
        fresh = callback.replace()
        for event in _training_events():
            answer = callback.after(event, memory)
            assert answer is None or answer.isidentifier(), f"{callback}: {answer!r}"
            # The other is taken up anew after each event, as a training that is resumed there.
            assert fresh.after(event, saved) == answer, f"{callback}: resumed at {event} it answers otherwise"
            saved = json.loads(json.dumps(saved, allow_nan=False))
            assert saved == memory, f"{callback}: after {event} it remembers {saved} where {memory} was saved"
            fresh = callback.replace()
        assert repr(vars(callback)) == before, f"{callback}: it remembers something of its own"


def _training_events() -> list[Event]:
    """A training that gets better, then worse, then stays as it is."""
    events: list[Event] = [TrainBegin("run", 0, 0, 12, 2)]
    losses = [1.0, 0.5, 0.25, 0.5, 0.75, *[0.75] * 7]
    for epoch, loss in enumerate(losses):
        events += [
            StepEnd("run", epoch, step, loss, {"accuracy": 1 - loss / 2}, 0.1, 32, step * 10.0)
            for step in (2 * epoch + 1, 2 * epoch + 2)
        ]
        metrics = {"loss": loss, "accuracy": 1 - loss / 2, "val_loss": loss * 1.1, "val_accuracy": 1 - loss / 1.9}
        events.append(EpochEnd("run", epoch, 2 * epoch + 2, metrics, 0.1, 20.0, improved=epoch < 3))
    return [*events, TrainEnd("run", 12, 24, "completed", "All epochs are done.", 2, {})]


def check_initializer(cls: type[Initializer]) -> None:
    """It fills any shape, the same from the same generator, and is found by its name."""
    check_documented(cls)
    assert type(make_initializer(cls.registered_name)) is cls, f"{cls.__name__} is found under another class's name"
    for shape in ((30, 20), (20,), (3, 3, 2, 4), (1, 1)):
        draws = [cls().draw(shape, fan_in=shape[0], fan_out=shape[-1], rng=np.random.default_rng(11)) for _ in range(2)]
        assert draws[0].shape == shape, f"{cls.__name__}: it draws the shape {draws[0].shape}"
        assert np.isfinite(draws[0]).all(), f"{cls.__name__} draws {draws[0]}"
        np.testing.assert_array_equal(draws[0], draws[1], err_msg=f"{cls.__name__}: the same key draws other numbers")


def check_metric(cls: type[Metric]) -> None:
    """What is counted in a batch is what is counted in its parts; outputs stay as they are; perfection is the best."""
    check_documented(cls)
    assert cls.target_kinds, f"{cls.__name__} means nothing for any target"
    for target_kind in cls.target_kinds:
        assert cls.suits(Task((4,), cast(TargetKind, target_kind), tuple("abcdefghijklmnopqrstuvwxyz")))
        outputs, targets = _probabilities(7, 4), _targets(target_kind, 7, 4)
        outputs.flags.writeable = False
        metric = cls()
        assert not cls.each_step or cls.together is Metric.together, f"{cls.__name__}: of a step only sums are kept"
        for logits in (False, True):
            whole = metric.counts(outputs, targets, logits).copy()
            assert (whole.dtype, whole.ndim) == (np.dtype(np.float64), 1), f"{cls.__name__} counts {whole!r}"
            head, tail = (metric.counts(outputs[half], targets[half], logits) for half in _HALVES)
            parts = metric.together(head, tail)
            np.testing.assert_allclose(parts, whole, err_msg=f"{cls.__name__} counts otherwise in parts")
        found = metric.value(metric.counts(outputs, targets, logits=False), 7)
        perfect = np.eye(4)[targets] if target_kind == "classes" else targets
        best = metric.value(metric.counts(perfect.astype(np.float64), targets, logits=False), 7)
        assert type(found) is float, f"{cls.__name__} is {found!r}"
        assert math.isfinite(found), f"{cls.__name__} is {found}"
        assert best >= found if cls.higher_is_better else best <= found, f"{cls.__name__}: {best} is not the best"


# -- the contract applied -----------------------------------------------------------------------------------------

CHECKS: dict[str, Callable[[Any], None]] = {
    "layer": check_layer,
    "activation": check_activation,
    "loss": check_loss,
    "optimizer": check_optimizer,
    "schedule": check_schedule,
    "regularizer": check_regularizer,
    "clipping": check_clipping,
    "augmentation": check_augmentation,
    "callback": check_callback,
    "initializer": check_initializer,
    "metric": check_metric,
    "preprocessing": check_declaration,
    "dataset": check_declaration,
}
"""What every class of a family has to pass."""


@pytest.mark.parametrize(
    ("family", "name"),
    [pytest.param(family, name, id=f"{family}-{name}") for family in CHECKS for name in registered(family)],
)
def test_contract(family: str, name: str) -> None:
    CHECKS[family](registered(family)[name])


@pytest.mark.parametrize("cls", [TrainingPlan, Experiment])
def test_what_is_made_of_parts_is_declared_as_well(cls: type[Declaration]) -> None:
    check_declaration(cls)


def test_every_family_has_a_contract() -> None:
    # No public call lists the families, because nothing but this needs to know.
    assert {family for family, classes in _families.items() if classes} <= set(CHECKS)
    assert all(registered(family) for family in CHECKS)
