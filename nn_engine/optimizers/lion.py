"""Lion: steps by nothing but the sign of the momentum."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.optimizers.optimizer import Optimizer, StepContext
from nn_engine.optimizers.settings import LearningRate, WeightDecayRate
from nn_engine.types import Floats


@register("lion", label="Lion")
class Lion(Optimizer):
    """Every parameter moves by the same amount: w ← w - learning_rate·(sign(c) + weight_decay·w).

    With c = beta_1·m + (1 - beta_1)·g, and then m ← beta_2·m + (1 - beta_2)·g (Chen et al., 2023). Its rate is three to
    ten times smaller than Adam's. Biases do not decay.
    """

    slots: ClassVar[tuple[str, ...]] = ("momentum",)
    follows_momentum: ClassVar[bool] = True
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate = 0.0001
    beta_1: Annotated[
        float, Setting("How much of the momentum counts in a step.", low=0, high=1, high_open=True, label="beta 1")
    ] = 0.9
    beta_2: Annotated[
        float, Setting("How slowly the momentum forgets.", low=0, high=1, high_open=True, label="beta 2")
    ] = 0.99
    weight_decay: WeightDecayRate = 0.0

    @property
    def decay(self) -> float:
        return self.weight_decay

    def step(self, parameters: Floats, gradients: Floats, slots: Mapping[str, Floats], context: StepContext) -> None:
        change = context.workspace.array("change", parameters.shape, parameters.dtype)
        scaled = context.workspace.array("scaled", parameters.shape, parameters.dtype)
        memory = slots["momentum"]
        beta_1 = self.beta_1 if context.momentum is None else context.momentum
        np.multiply(memory, beta_1, out=change)
        np.multiply(gradients, 1 - beta_1, out=scaled)
        change += scaled
        np.sign(change, out=change)
        change *= context.learning_rate
        memory *= self.beta_2
        np.multiply(gradients, 1 - self.beta_2, out=scaled)
        memory += scaled
        if self.weight_decay:
            parameters[: context.weight_size] *= 1 - context.learning_rate * self.weight_decay
        parameters -= change
