"""An activation function as a layer of its own."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.activations import make_activation
from nn_engine.declarations import Setting, find, register
from nn_engine.layers.elementwise import ElementwiseLayer
from nn_engine.layers.layer import Site
from nn_engine.layouts import BATCH_FIRST, Layout
from nn_engine.types import Floats, Shape


@register("activation")
class ActivationLayer(ElementwiseLayer):
    """Applies an activation function to what comes, for where it does not follow its layer at once.

    y = f(x). Behind a normalization, say: ``DenseLayer(units=100), BatchNormLayer(), ActivationLayer(fn="relu")``. A
    function of several values, such as softmax, takes those of the last axis together.
    """

    group: ClassVar[str] = "core"

    fn: Annotated[
        str,
        Setting("The activation function of every value.", choices="activation", label="activation", suggested="relu"),
    ] = "relu"

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        elementwise = find("activation", self.fn).elementwise  # type: ignore[attr-defined]
        return super().cost(taken, given, input_shape) if elementwise or taken == BATCH_FIRST else None

    def bind(self, site: Site) -> None:
        super().bind(site)
        self._activation = make_activation(self.fn, site.workspace, site.name)

    @property
    def output_fn(self) -> str:
        return self.fn

    def forward(self, x: Floats, training: bool) -> Floats:
        y = self.forward_logits(x, training)
        self._activation.forward(self._rows(y))
        return y

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return self._activation.backward(self._rows(grad)).reshape(grad.shape)

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        """See Layer. Activations work in place: in a copy, where what comes has to stay."""
        if self.site.overwrites:
            return x
        y = self.site.scratch("y", x.shape)
        np.copyto(y, x)
        return y

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return grad

    def _rows(self, y: Floats) -> Floats:
        return y if self._activation.elementwise else y.reshape(-1, y.shape[-1])
