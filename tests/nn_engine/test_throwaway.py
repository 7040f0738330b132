"""A new layer, optimizer and augmentation: one class and one line of registration each, and nothing else anywhere.

They are registered for the length of a test. Their settings are then known to the command line, to files, to messages
and to paths; they pass the contract of their families; they can be trained with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest

from app.cli.parser import parse
from app.cli.train import chosen_experiment
from nn_engine import (
    AffineAugmentation,
    ArrayDataset,
    DenseLayer,
    Experiment,
    InputLayer,
    Layer,
    Optimizer,
    Setting,
    Trainer,
    assemble,
    register,
)
from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.data.augmentation.geometric import unit_matrices
from nn_engine.declarations import get_path, registered, set_path, settings_of, unregister
from nn_engine.declarations.paths import all_paths
from nn_engine.experiments.assemble import build_network
from nn_engine.layers import Parameter
from nn_engine.optimizers import StepContext
from nn_engine.training import EpochEnd, StepEnd
from nn_engine.types import Floats, Shape
from tests.nn_engine.test_contract import check_augmentation, check_layer, check_optimizer


class GainLayer(Layer):
    """Gives every value a gain of its own: y = x · (1 + strength · g), so ∂L/∂g = strength · Σ_batch x · ∂L/∂y."""

    strength: Annotated[float, Setting("How strongly the gains act.", low=0, high=10, low_open=True)] = 1.0

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        return (Parameter("gains", input_shape, "zeros", 1, 1),)

    def forward(self, x: Floats, training: bool) -> Floats:
        self._x = x
        factors = 1 + self.strength * self.site.state["gains"]
        y = self.site.scratch("y", x.shape)
        np.multiply(x, factors, out=y)
        return y

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        self.site.gradients["gains"][...] = self.strength * (grad * self._x).sum(axis=0)
        if not need_input_grad:
            return None
        factors = 1 + self.strength * self.site.state["gains"]
        grad *= factors
        return grad


class TimidOptimizer(Optimizer):
    """Steps along a running sum of the gradient, but never farther than a limit in any direction."""

    slots: ClassVar[tuple[str, ...]] = ("running_sum",)

    inertia: Annotated[float, Setting("How much of the sum is kept.", low=0, high=1, high_open=True)] = 0.5
    limit: Annotated[float, Setting("What a gradient counts at most.", low=0.01, high=1e6, live=True)] = 1.0

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        running_sum = slots["running_sum"]
        running_sum *= self.inertia
        running_sum += gradients
        parameters -= context.learning_rate * np.clip(running_sum, -self.limit, self.limit)


class Slant(AffineAugmentation):
    """Slants each image by up to so many percent, like handwriting."""

    percent: Annotated[
        float, Setting("How far the top moves for its height.", low=0, high=100, unit="%", live=True, label="slant")
    ] = 20.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return {"slant": rng.uniform(-self.percent, self.percent, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"slant": 0.0}

    def matrices(self, draws: Draws) -> Floats:
        matrices = unit_matrices(len(draws["slant"]))
        matrices[:, 0, 1] = -draws["slant"] / 100
        return matrices


NEW: dict[str, Any] = {"gain": GainLayer, "timid": TimidOptimizer, "slant": Slant}


@pytest.fixture(autouse=True)
def registered_for_a_test() -> Iterator[None]:
    """The three are known for the length of a test, and then forgotten."""
    for name, cls in NEW.items():
        register(name)(cls)
    yield
    for name, cls in NEW.items():
        unregister(cls.family, name)
        cls.registered_name = ""


LAYERS = (
    '[{"type": "input", "units": 784}, {"type": "dense", "units": 20, "fn": "relu"}, {"type": "gain", "strength": 2},'
    ' {"type": "dense", "units": 10, "fn": "softmax"}]'
)


def chosen(*settings: str) -> Experiment:
    """What the command line makes of these settings."""
    words = ["train", "--preset", "mnist-300", "--epochs", "1"]
    return chosen_experiment(parse([*words, *(word for setting in settings for word in ("--set", setting))]))


def with_all_three() -> Experiment:
    """An experiment with the three of them, as it is asked for on the command line."""
    return chosen(
        f"layers={LAYERS}",
        "layers.gain.strength=0.5",
        "optimizer=timid",
        "optimizer.limit=0.25",
        "optimizer.learning_rate=0.3",
        "augmentation.slant.percent=15",
        "augmentation.slant.probability=0.75",
    )


# -- found without another line of code ---------------------------------------------------------------------------


def test_the_command_line_sets_their_settings() -> None:
    experiment = with_all_three()
    assert experiment.layers[2] == GainLayer(strength=0.5)
    assert experiment.optimizer == TimidOptimizer(limit=0.25, learning_rate=0.3)
    assert experiment.augmentation == (Slant(percent=15, probability=0.75),)
    assert experiment.epochs == 1


def test_the_command_line_takes_them_as_a_whole() -> None:
    experiment = chosen('optimizer={"type": "timid", "inertia": 0.75}', "augmentation.slant=on", "layers.1=gain")
    assert experiment.optimizer == TimidOptimizer(inertia=0.75)
    assert experiment.augmentation == (Slant(),)
    assert experiment.layers[1] == GainLayer()
    assert set_path(experiment, "augmentation.slant", "off").augmentation == ()


def test_files_give_them_back() -> None:
    experiment = with_all_three()
    text = json.dumps(experiment.to_config(), allow_nan=False)
    for part in ('{"type": "gain", "strength": 0.5}', '"type": "timid"', '"limit": 0.25', '"type": "slant"'):
        assert part in text
    assert Experiment.from_config(json.loads(text)) == experiment


def test_every_setting_has_a_path() -> None:
    experiment = with_all_three()
    listed = dict(all_paths(experiment))
    for path, owner, unit in (
        ("layers.2.strength", "GainLayer", ""),
        ("optimizer.limit", "TimidOptimizer", ""),
        ("optimizer.inertia", "TimidOptimizer", ""),
        ("optimizer.learning_rate", "TimidOptimizer", ""),
        ("augmentation.0.percent", "Slant", "%"),
        ("augmentation.0.probability", "Slant", ""),
    ):
        spec = listed[path]
        assert (spec.owner, spec.setting.unit) == (owner, unit)
        assert set_path(experiment, path, json.dumps(get_path(experiment, path))) == experiment
    assert listed["augmentation.0.percent"].label == "slant"
    assert listed["optimizer.limit"].setting.live
    assert not listed["optimizer.inertia"].setting.live


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("layers.2.strength=0", r"expected a number above 0 to 10; received 0\."),
        ("layers.gain.strenght=1", r"GainLayer has no setting 'strenght': .*Did you mean 'strength'\?"),
        ("optimizer.inertia=1", r"expected a number from 0 and below 1; received 1\."),
        ("optimizer.limit=far", r"expected a number from 0.01 to 1000000; received 'far'\."),
        ("optimizer=timd", r"expected one optimizer of: .*timid; received 'timd'\. Did you mean 'timid'\?"),
        ("augmentation.slant.percent=101", r"expected a number from 0 to 100 %; received 101\."),
        ("augmentation.slnt=on", r"no augmentation named 'slnt': .*Did you mean 'slant'\?"),
    ],
)
def test_messages_know_them(setting: str, message: str) -> None:
    path = setting.partition("=")[0]
    with pytest.raises(ValueError, match=message) as refused:
        chosen(f"layers={LAYERS}", "optimizer=timid", setting)
    assert str(refused.value).startswith(f"{path}: ")


@pytest.mark.parametrize("cls", NEW.values())
def test_each_explains_itself_and_its_settings(cls: Any) -> None:
    assert cls.explanation() == cls.__doc__
    assert all(spec.setting.help for spec in settings_of(cls))


# -- as good as those that come along -----------------------------------------------------------------------------


def test_the_layer_keeps_the_contract_of_layers() -> None:
    check_layer(GainLayer)


def test_the_optimizer_keeps_the_contract_of_optimizers() -> None:
    check_optimizer(TimidOptimizer)


def test_the_augmentation_keeps_the_contract_of_augmentations() -> None:
    check_augmentation(Slant)


def test_an_experiment_with_all_three_learns() -> None:
    experiment = with_all_three().replace(train_size=600, batch_size=20, schedule="constant")
    session = assemble(experiment)
    before = session.network.state_dict()
    assert not before["layers.2.gains"].any()
    events = list(session.trainer.fit())
    losses = [event.loss for event in events if isinstance(event, StepEnd)]
    assert len(losses) == 25
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    (epoch,) = (event for event in events if isinstance(event, EpochEnd))
    assert epoch.metrics["val_accuracy"] > 0.3
    after = session.network.state_dict()
    assert all((before[name] != after[name]).any() for name in before)
    slots = session.trainer.state().slots
    assert list(slots) == ["running_sum"]
    assert slots["running_sum"].any()


def test_the_network_counts_and_shows_the_new_layer() -> None:
    network = build_network(with_all_three())
    assert network.parameters["layers.2.gains"].shape == (20,)
    assert network.parameter_count == 784 * 20 + 20 + 20 + 20 * 10 + 10
    assert "GainLayer(strength=0.5)" in network.summary()


def test_the_live_settings_change_while_it_trains() -> None:
    rng = np.random.default_rng(0)
    data = ArrayDataset(rng.random((40, 4, 4)).astype(np.float32), rng.integers(0, 2, 40))
    experiment = with_all_three().replace(
        layers=(InputLayer(units=16), GainLayer(), DenseLayer(units=2, fn="softmax")), batch_size=20
    )
    trainer = Trainer(build_network(experiment), data, None, experiment)
    trainer.change("optimizer.limit", 0.125)
    trainer.change("augmentation.slant.percent", 5)
    with pytest.raises(ValueError, match=r"inertia.* cannot change while training runs"):
        trainer.change("optimizer.inertia", 0.1)
    assert sum(isinstance(event, StepEnd) for event in trainer.fit()) == 2
    assert trainer.plan.optimizer == experiment.optimizer.replace(limit=0.125)
    assert trainer.plan.augmentation == (Slant(percent=5, probability=0.75),)


# -- forgotten again ----------------------------------------------------------------------------------------------


def test_nothing_is_left_of_them(request: pytest.FixtureRequest) -> None:
    config = with_all_three().to_config()
    for name, cls in NEW.items():
        unregister(cls.family, name)
    try:
        assert not any(name in registered(cls.family) for name, cls in NEW.items())
        with pytest.raises(ValueError, match="no optimizer named 'timid'"):
            Experiment.from_config(config)
    finally:
        for name, cls in NEW.items():
            register(name)(cls)
