"""Adam with weight decay that does not pass through its averages."""

from collections.abc import Mapping

from nn_engine.declarations import register
from nn_engine.optimizers.adam import Adam
from nn_engine.optimizers.optimizer import StepContext
from nn_engine.optimizers.settings import WeightDecayRate
from nn_engine.types import Floats


@register("adamw", label="AdamW")
class AdamW(Adam):
    """Adam, and before each step every weight shrinks: w ← w·(1 - learning_rate·weight_decay).

    Decay of its own, unlike the gradient of an L2 penalty, is not divided by the root of the squared gradients, so it
    means the same for every weight (Loshchilov and Hutter, 2019). Biases do not decay.
    """

    weight_decay: WeightDecayRate = 0.01

    @property
    def decay(self) -> float:
        return self.weight_decay

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        parameters[: context.weight_size] *= 1 - context.learning_rate * self.weight_decay
        super().step(parameters, gradients, slots, context)
