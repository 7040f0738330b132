"""Does the contract notice? Classes that are wrong in one way each, and sound ones that it has never seen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest

from nn_engine import SGD, DenseLayer, EarlyStopping, Layer, Rotation, Setting, TimeDecay, register
from nn_engine.activations import LeakyReLU, Sigmoid
from nn_engine.activations.activation import Activation
from nn_engine.clipping import ClipByValue
from nn_engine.data.augmentation.augmentation import Draws
from nn_engine.declarations import unregister
from nn_engine.initializers import HeInitialization
from nn_engine.layers import Parameter
from nn_engine.losses import MeanSquaredError as SquareLoss
from nn_engine.metrics import Accuracy
from nn_engine.optimizers import StepContext
from nn_engine.regularizers import L2
from nn_engine.training.callbacks import Memory
from nn_engine.training.events import EpochEnd, Event
from nn_engine.types import Array, Floats, Shape
from nn_engine.workspace import Workspace
from tests.nn_engine.test_contract import CHECKS


@contextlib.contextmanager
def registered_for_now(cls: Any) -> Iterator[None]:
    """The class has a registered name of its own until the block ends."""
    register("for_now")(cls)
    try:
        yield
    finally:
        unregister(cls.family, "for_now")
        del cls.registered_name


# -- sound ones ---------------------------------------------------------------------------------------------------


class Repeat(Layer):
    """Hands every value on several times; a setting without default, and any flat input."""

    times: Annotated[int, Setting("How often.", low=1, high=100_000)]

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ValueError(f"expected a flat sample; received the shape {input_shape}.")
        return (input_shape[0] * self.times,)

    def forward(self, x: Floats, training: bool) -> Floats:
        return np.tile(x, self.times)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return np.asarray(grad.reshape(len(grad), self.times, -1).sum(axis=1))


class Gain(Layer):
    """One trained factor for everything; settings that have to fit together, so it names examples."""

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"low": 4.0, "high": 8.0},)

    low: Annotated[float, Setting("Where the factor may start.", low=0, high=10)]
    high: Annotated[float, Setting("Where the factor may start at most.", low=0, high=10)]

    def check_together(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"Gain: expected low below high; received {self.low} and {self.high}.")

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        return (Parameter("gain", (1,), "small_constant", 1, 1),)

    def forward(self, x: Floats, training: bool) -> Floats:
        self._x = x
        return x * self.site.state["gain"]

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        self.site.gradients["gain"][0] = (grad * self._x).sum()
        return grad * self.site.state["gain"]


class Hat(Activation):
    """y = z·exp(-|z|)."""

    def forward(self, z: Floats) -> Floats:
        self._z = z.copy()
        z *= np.exp(-np.abs(z))
        return z

    def backward(self, grad: Floats) -> Floats:
        grad *= np.exp(-np.abs(self._z)) * (1 - np.abs(self._z))
        return grad


@pytest.mark.parametrize("cls", [Repeat, Gain, Hat])
def test_a_sound_class_passes_by_its_registration_alone(cls: Any) -> None:
    with registered_for_now(cls):
        CHECKS[cls.family](cls)


# -- broken ones --------------------------------------------------------------------------------------------------


class WrongBias(DenseLayer):
    """The bias gradient is a mean instead of a sum."""

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        back = super().backward_logits(grad, need_input_grad)
        self.site.gradients["bias"][...] /= len(grad)
        return back


class WrongWay(DenseLayer):
    """The input gradient has the wrong sign."""

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        back = super().backward_logits(grad, need_input_grad)
        return None if back is None else np.negative(back)


class PiledUp(DenseLayer):
    """Gradients are added to those of the pass before."""

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        before = self.site.gradients["bias"].copy()
        back = super().backward_logits(grad, need_input_grad)
        self.site.gradients["bias"][...] += before
        return back


class ForgetsLogits(DenseLayer):
    """What it calls logits is its output."""

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        return super().forward_logits(x, training) * 2

    def forward(self, x: Floats, training: bool) -> Floats:
        return self._activation.forward(super().forward_logits(x, training))


class Recycler(Repeat):
    """The input is written to."""

    def forward(self, x: Floats, training: bool) -> Floats:
        x += 0
        return super().forward(x, training)


class LiveFactor(Layer):
    """A factor that may change while a training runs."""

    factor: Annotated[float, Setting("What everything is multiplied by.", low=1, high=4, live=True)] = 2.0

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Floats, training: bool) -> Floats:
        return np.multiply(x, self.factor)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return np.multiply(grad, self.factor)


class Overwriter(Layer):
    """What the layer before still needs is overwritten on the way back."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Floats, training: bool) -> Floats:
        self._x = x
        return x.copy()

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        if self.site.place[0] > 1:
            self._x[...] = grad
        return grad


class Crowd(Repeat):
    """The answer to one sample depends on the others."""

    def forward(self, x: Floats, training: bool) -> Floats:
        return super().forward(x - x.mean(axis=0), training)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        back = super().backward(grad)
        return None if back is None else back - back.mean(axis=0)


class Restless(Gain):
    """Every prediction changes the state."""

    def forward(self, x: Floats, training: bool) -> Floats:
        y = super().forward(x, training)
        if not x.flags.writeable:
            self.site.state["gain"][...] += 1e-12
        return y


class Broad(Repeat):
    """The outputs have another shape than promised."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (*super().output_shape(input_shape), 1)


class Silent(Repeat):
    """An input that it cannot take is refused without saying which."""

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ValueError("no.")
        return super().output_shape(input_shape)


class Unexplained(SGD):
    """A setting with two sentences."""

    extra: Annotated[float, Setting("One. Two.", low=0, high=1)] = 0.5


class Undocumented(SGD):
    extra: Annotated[float, Setting("One.", low=0, high=1)] = 0.5


class Choosy(SGD):
    """A declared value is refused after all, in a way of its own."""

    extra: Annotated[float, Setting("One.", low=0, high=1)] = 0.5

    def check_together(self) -> None:
        if self.extra != 0.5:
            raise TypeError("I like 0.5.")


class Stubborn(SGD):
    """The rate given is ignored for the base rate."""

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        super().step(parameters, gradients, slots, replace(context, learning_rate=min(self.learning_rate, 0.1)))


class Memorious(SGD):
    """It remembers in itself."""

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        self.steps_made = getattr(self, "steps_made", 0) + 1
        rate = context.learning_rate / self.steps_made
        super().step(parameters, gradients, slots, replace(context, learning_rate=rate))


class Squanderer(SGD):
    """The gradient is scaled in place."""

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        gradients *= context.learning_rate
        parameters -= gradients


class Climber(SGD):
    """It steps along the gradient."""

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        super().step(parameters, gradients, slots, replace(context, learning_rate=-context.learning_rate))


class Levelling(SGD):
    """All parameters know of the whole gradient, though parts may be stepped apart."""

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        rate = context.learning_rate / (1e-9 + float(np.linalg.norm(gradients)))
        super().step(parameters, gradients, slots, replace(context, learning_rate=rate))


class Compounding(TimeDecay):
    """The rate falls from the rate before, not from the base rate."""

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        self.present = getattr(self, "present", 1.0) * super().factor(step, steps_per_epoch, epochs)
        return float(self.present)


class Negative(TimeDecay):
    """The rate falls below zero."""

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return 1 - 2 * step / (steps_per_epoch * epochs)


class ReplacesGradient(L2):
    """The penalty's gradient takes the place of the loss's."""

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        gradient[...] = self.strength * weights


class Repels(L2):
    """Weights are pushed away from zero."""

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        gradient -= self.strength * weights


class Spectral(L2):
    """The price of a weight depends on the others, though parts may be priced apart."""

    def add_gradient(self, weights: Floats, gradient: Floats, workspace: Workspace) -> None:
        gradient += self.strength * float(np.abs(weights).max(initial=0)) * weights


class Shortener(ClipByValue):
    """It shortens the gradient as a whole, though parts may be bounded apart."""

    def clip(self, gradients: Floats) -> None:
        gradients *= min(1.0, self.limit / max(self.limit, float(np.abs(gradients).max())))


class HalfSlope(LeakyReLU):
    """The slope for negative values is forgotten."""

    def backward(self, grad: Floats) -> Floats:
        grad *= self._y > 0
        return grad


class Overflowing(Sigmoid):
    """The formula as it stands in the book."""

    def forward(self, z: Floats) -> Floats:
        z[...] = 1 / (1 + np.exp(-z))
        self._y = z
        return z


class Copying(Sigmoid):
    """The result is a new array."""

    def forward(self, z: Floats) -> Floats:
        return super().forward(z.copy())


class Unshared(SquareLoss):
    """Each shard counts as a batch of its own."""

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        return super().sum_and_gradient(outputs, targets, paired, len(outputs), workspace)


class MeanNotSum(SquareLoss):
    """The sum over the batch is a mean."""

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        total, grad = super().sum_and_gradient(outputs, targets, paired, samples, workspace)
        return total / len(outputs), grad


class BadGuess(SquareLoss):
    """The constant guess is not the best one."""

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        return super().best_constant(targets, outputs) + 1


class Forgetful(Rotation):
    """The numbers come from a generator of its own."""

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        return super().draw(count, np.random.default_rng())


class NeverNeutral(Rotation):
    """What it calls neutral turns the image."""

    def neutral(self) -> Mapping[str, float]:
        return {"rotation": 5.0}


class Hoarder(EarlyStopping):
    """It counts in itself."""

    def after(self, event: Event, memory: Memory) -> str | None:
        self.seen = getattr(self, "seen", 0) + isinstance(event, EpochEnd)
        return "enough" if self.seen > 3 else None


class Unsaveable(EarlyStopping):
    """What it remembers is not what is read back."""

    def after(self, event: Event, memory: Memory) -> str | None:
        memory["seen"] = (event.epoch, event.step)
        return None


class Chancy(HeInitialization):
    """The numbers come from a generator of its own."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return super().draw(shape, fan_in, fan_out, np.random.default_rng())


class Share(Accuracy):
    """What it counts is a mean already."""

    def counts(self, outputs: Floats, targets: Array, logits: bool) -> Floats:
        return super().counts(outputs, targets, logits) / len(outputs)


class Upside(Accuracy):
    """It says that less is better, and more is."""

    higher_is_better: ClassVar[bool] = False


@pytest.mark.parametrize(
    ("cls", "complaint"),
    [
        (WrongBias, "wrong gradient of the parameters"),
        (WrongWay, "wrong gradient of the inputs"),
        (PiledUp, "a second backward pass leaves other gradients"),
        (ForgetsLogits, "activation and logits do not give the outputs|wrong gradient"),
        (Recycler, "read-only"),
        (LiveFactor, "factor is live, and changes the answers"),
        (Overwriter, "wrong gradient of the parameters"),
        (Crowd, "depends on the rest of the batch"),
        (Restless, "forward differs the second time|changed the state"),
        (Broad, "outputs have another shape"),
        (Silent, "the refusal does not say"),
        (Unexplained, "expected one sentence of help"),
        (Undocumented, "has no docstring"),
        (Choosy, "I like 0.5"),
        (Stubborn, "Stubborn"),
        (Memorious, "Memorious"),
        (Squanderer, "read-only"),
        (Climber, "climbs"),
        (Levelling, "depends on the rest"),
        (Compounding, "depends on earlier calls"),
        (Negative, "the factor at step"),
        (ReplacesGradient, "does not add"),
        (Repels, "away from zero"),
        (Spectral, "depends on the rest"),
        (Shortener, "depends on the rest"),
        (HalfSlope, "wrong gradient"),
        (Overflowing, "overflow"),
        (Copying, "does not work in place"),
        (Unshared, "wrong gradient"),
        (MeanNotSum, "the sum is not that of the samples"),
        (BadGuess, "is a better guess"),
        (Forgetful, "the same key gives other images"),
        (NeverNeutral, "what is neutral changes the image"),
        (Hoarder, "resumed at|something of its own"),
        (Unsaveable, "was saved"),
        (Chancy, "the same key draws other numbers"),
        (Share, "counts otherwise in parts"),
        (Upside, "is not the best"),
    ],
)
def test_a_broken_class_is_noticed(cls: Any, complaint: str) -> None:
    with (
        registered_for_now(cls),
        pytest.raises((AssertionError, ValueError, TypeError, ArithmeticError), match=complaint),
    ):
        CHECKS[cls.family](cls)
