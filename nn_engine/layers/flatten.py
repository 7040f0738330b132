"""From images or maps to one row of values a sample."""

import math
from typing import ClassVar

from nn_engine.declarations import register
from nn_engine.layers.layer import Layer
from nn_engine.types import Floats, Shape


@register("flatten")
class FlattenLayer(Layer):
    """Lays each sample out as one row: (28, 28) becomes (784,)."""

    group: ClassVar[str] = "shape"

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def forward(self, x: Floats, training: bool) -> Floats:
        return x.reshape(len(x), *self.site.output_shape)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return grad.reshape(len(grad), *self.site.input_shape) if need_input_grad else None
