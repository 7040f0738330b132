"""Ten steps of every optimizer against PyTorch's figures, and what a formula says of the first."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import L2, SGD, Adam, Optimizer, registered
from nn_engine.declarations import Declaration, find, settings_of
from nn_engine.optimizers import StepContext
from nn_engine.types import Floats
from nn_engine.workspace import Workspace
from tests.golden.figures import DTYPES, array, assert_golden, golden

GOLDEN = golden("optimizers")


def slots_of(optimizer: Optimizer, parameters: Floats) -> dict[str, Floats]:
    return {name: np.zeros_like(parameters) for name in optimizer.slots}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GOLDEN["optimizers"])
def test_ten_steps_agree_with_pytorch(name: str, dtype: str) -> None:
    config = dict(GOLDEN["optimizers"][name]["config"])
    strength = config.pop("l2", 0)
    optimizer: Optimizer = find("optimizer", config.pop("type")).from_config(config)  # type: ignore[attr-defined]
    parameters = array(GOLDEN["start"], dtype)
    slots, workspace = slots_of(optimizer, parameters), Workspace()
    path = GOLDEN["optimizers"][name][dtype]
    assert len(path) == len(GOLDEN["gradients"]) == 10
    for number, (figures, after) in enumerate(zip(GOLDEN["gradients"], path, strict=True), start=1):
        gradients = array(figures, dtype)
        if strength:
            L2(strength=strength).add_gradient(parameters, gradients, workspace)
        context = StepContext(optimizer.learning_rate, number, workspace, weight_size=len(parameters))
        optimizer.step(parameters, gradients, slots, context)
        assert_golden(parameters, after, dtype, f"{name}, step {number}")


def test_the_golden_file_covers_what_it_is_meant_to() -> None:
    configs = [case["config"] for case in GOLDEN["optimizers"].values()]
    assert {config["type"] for config in configs} == set(registered("optimizer"))
    for settings in ("momentum", "nesterov", "beta_1", "beta_2", "rho", "epsilon", "l2", "weight_decay"):
        assert any(settings in config for config in configs)
    defaults = Adam()
    assert any(config.get("epsilon", defaults.epsilon) != defaults.epsilon for config in configs)


@pytest.mark.parametrize("gradient", [1e-4, -3.0, 1e4])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_size(gradient: float) -> None:
    parameters, optimizer = np.zeros(1), Adam()
    optimizer.step(parameters, np.array([gradient]), slots_of(optimizer, parameters), StepContext(0.01, 1, Workspace()))
    np.testing.assert_allclose(parameters, [-0.01 * np.sign(gradient)], rtol=1e-3)


@pytest.mark.parametrize("epsilon", [1e-30, 1e-8])
def test_a_parameter_without_a_gradient_stays_where_it_is_in_adam(epsilon: float) -> None:
    parameters, optimizer = np.ones(3, np.float32), Adam(epsilon=epsilon)
    slots, workspace = slots_of(optimizer, parameters), Workspace()
    for number in range(1, 1001):
        optimizer.step(parameters, np.zeros(3, np.float32), slots, StepContext(0.1, number, workspace))
    np.testing.assert_array_equal(parameters, np.ones(3, np.float32))


def test_momentum_can_begin_while_training_runs() -> None:
    parameters, workspace = np.zeros(1), Workspace()
    sgd = SGD(learning_rate=1)
    slots = slots_of(sgd, parameters)
    sgd.step(parameters, np.ones(1), slots, StepContext(1, 1, workspace))
    sgd = sgd.replace(momentum=0.5)
    sgd.step(parameters, np.ones(1), slots, StepContext(1, 2, workspace))
    sgd.step(parameters, np.ones(1), slots, StepContext(1, 3, workspace))
    np.testing.assert_allclose(parameters, [-1 - 1 - 1.5])


def test_the_rates_to_begin_with_are_the_usual_ones() -> None:
    assert (SGD().learning_rate, SGD().momentum, SGD().nesterov) == (0.1, 0.0, False)
    assert (Adam().learning_rate, Adam().beta_1, Adam().beta_2, Adam().epsilon) == (0.001, 0.9, 0.999, 1e-8)


@pytest.mark.parametrize(
    ("cls", "live"), [(SGD, {"learning_rate", "momentum", "nesterov"}), (Adam, {"learning_rate"}), (L2, {"strength"})]
)
def test_what_can_change_while_training_runs(cls: type[Declaration], live: set[str]) -> None:
    assert {spec.name for spec in settings_of(cls) if spec.setting.live} == live


@pytest.mark.parametrize("cls", [SGD, Adam])
def test_a_learning_rate_that_goes_nowhere_or_backwards_is_refused(cls: type[Optimizer]) -> None:
    for rate in (0, -0.1):
        with pytest.raises(ValueError, match=r"learning_rate: expected a number above 0 to 1000000; received"):
            cls(learning_rate=rate)


def test_a_momentum_that_forgets_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"SGD\.momentum: expected a number from 0 and below 1; received 1"):
        SGD(momentum=1)


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "lion", "adam", "adamw", "nadam"])
def test_a_schedules_momentum_takes_the_place_of_the_optimizers_own(name: str) -> None:
    """Asked for the very momentum it has, an optimizer goes the same way; asked for another, it goes another."""
    cls = registered("optimizer")[name]
    own = "momentum" if name in ("sgd", "rmsprop") else "beta_1"
    made = {value: cls(**{own: value, "learning_rate": 0.01}) for value in (0.5, 0.8)}

    def path(optimizer: Optimizer, momentum: float | None) -> Floats:
        parameters, workspace = np.linspace(-1, 1, 5), Workspace()
        slots = slots_of(optimizer, parameters)
        for number in range(1, 6):
            optimizer.step(
                parameters,
                np.sin(3 * parameters + number),
                slots,
                StepContext(0.01, number, workspace, momentum=momentum),
            )
        return parameters

    np.testing.assert_array_equal(path(made[0.5], 0.5), path(made[0.5], None))
    assert not np.allclose(path(made[0.8], 0.5), path(made[0.8], None), rtol=0, atol=1e-6)
    if name not in ("nadam",):  # its momentum is warmed up by a schedule of its own
        np.testing.assert_allclose(path(made[0.8], 0.5), path(made[0.5], None), rtol=1e-12)


def test_adam_with_a_changing_momentum_is_the_textbooks() -> None:
    parameters, optimizer, workspace = np.zeros(1), Adam(), Workspace()
    slots = slots_of(optimizer, parameters)
    m = v = w = 0.0
    for number, (gradient, beta_1) in enumerate(((1.0, 0.9), (-2.0, 0.8), (0.5, 0.95), (3.0, 0.9)), start=1):
        optimizer.step(parameters, np.array([gradient]), slots, StepContext(0.01, number, workspace, momentum=beta_1))
        m, v = beta_1 * m + (1 - beta_1) * gradient, 0.999 * v + 0.001 * gradient**2
        w -= 0.01 * m / (1 - beta_1**number) / (np.sqrt(v / (1 - 0.999**number)) + 1e-8)
        np.testing.assert_allclose(parameters, [w], rtol=1e-12)
