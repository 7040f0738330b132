"""The fully connected layer."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.activations import make_activation
from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import Layer, Parameter, Site
from nn_engine.layers.settings import ActivationName, BiasInit, WeightInit
from nn_engine.types import Floats, Shape


@register("dense")
class DenseLayer(Layer):
    """Every unit sees every input: y = f(x·W + b).

    With x (batch, inputs), W (inputs, units), b (units,) and the gradient δ = ∂L/∂z at z = x·W + b, the gradients are
    ∂L/∂W = xᵀ·δ, ∂L/∂b = Σ_batch δ and ∂L/∂x = δ·Wᵀ (Rumelhart, Hinton and Williams, 1986).
    """

    group: ClassVar[str] = "core"

    units: Annotated[int, Setting("How many neurons the layer has.", low=1, high=65_536, suggested=128)]
    fn: ActivationName = "linear"
    weight_init: WeightInit = None
    bias_init: BiasInit = None

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ValueError(
                f"expected one row of values a sample; received the shape {input_shape}. Put a FlattenLayer before it."
            )
        return (self.units,)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        inputs = input_shape[0]
        return (
            Parameter("weights", (inputs, self.units), self.weight_init or "", inputs, self.units, "weight"),
            Parameter("bias", (self.units,), self.bias_init or "", inputs, self.units),
        )

    def bind(self, site: Site) -> None:
        super().bind(site)
        self._weights, self._bias = site.state["weights"], site.state["bias"]
        self._activation = make_activation(self.fn, site.workspace, site.name)

    @property
    def needs_output(self) -> bool:
        """See Layer: an activation does."""
        return self.fn != "linear"

    @property
    def output_fn(self) -> str:
        return self.fn

    def forward(self, x: Floats, training: bool) -> Floats:
        return self._activation.forward(self.forward_logits(x, training))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return self.backward_logits(self._activation.backward(grad), need_input_grad)

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        """See Layer: z = x·W + b."""
        self._x = x
        z = np.matmul(x, self._weights, out=self.site.scratch("z", (len(x), self.units)))
        z += self._bias
        return z

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        # (inputs, batch)·(batch, units); for one sample, each number by each, np.matmul takes five times as long.
        product = np.multiply if len(grad) == 1 else np.matmul
        product(self._x.T, grad, out=self.site.gradients["weights"])
        # A product with a row of ones sums over the batch in half the time that a sum takes.
        np.matmul(self.site.ones(len(grad)), grad, out=self.site.gradients["bias"])
        if not need_input_grad:
            return None
        return np.matmul(grad, self._weights.T, out=self.site.scratch("input_grad", self._x.shape))
