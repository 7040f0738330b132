"""The same values in another shape."""

import math
from typing import Annotated, ClassVar

from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import Layer
from nn_engine.types import Floats, Shape


@register("reshape")
class ReshapeLayer(Layer):
    """Lays each sample out in another shape, row by row: (784,) becomes (28, 28, 1)."""

    group: ClassVar[str] = "shape"

    shape: Annotated[tuple[int, ...], Setting("The shape of one sample from here on.", suggested=(28, 28, 1))]

    def output_shape(self, input_shape: Shape) -> Shape:
        if math.prod(input_shape) != math.prod(self.shape):
            raise ValueError(
                f"expected samples of {math.prod(self.shape)} values, to be laid out as {self.shape}; received the "
                f"shape {input_shape}, which has {math.prod(input_shape)}."
            )
        return self.shape

    def forward(self, x: Floats, training: bool) -> Floats:
        return x.reshape(len(x), *self.shape)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return grad.reshape(len(grad), *self.site.input_shape) if need_input_grad else None
