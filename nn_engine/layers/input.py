"""The entrance of a network."""

import math
from typing import Annotated, Any, ClassVar, Self

from nn_engine.declarations import Setting, register
from nn_engine.layers.layer import Layer
from nn_engine.types import Floats, Shape


@register("input")
class InputLayer(Layer):
    """Says what one sample looks like: a number of values, or a shape such as 28×28 for images."""

    group: ClassVar[str] = "core"

    units: Annotated[
        int | None,
        Setting("How many values one sample has; images are laid out row by row.", low=1, high=10**8, suggested=784),
    ] = None
    shape: Annotated[tuple[int, ...] | None, Setting("The shape of one sample, where layers need to know it.")] = None

    def check_together(self) -> None:
        """One of the two says what a sample looks like, or both say the same."""
        if self.units is None and self.shape is None:
            raise ValueError("InputLayer: expected units, or a shape; received neither.")
        if self.units is not None and self.shape is not None and math.prod(self.shape) != self.units:
            raise ValueError(
                f"InputLayer: expected a shape with as many values as units; received {self.units} units and "
                f"{' × '.join(map(str, self.shape))}."
            )

    def edited(self, name: str, value: Any) -> Self:
        """See Declaration: whichever of the two is given takes the other's place, and none gives way to it."""
        if name == "shape" and value is None and self.shape is not None:
            return self.replace(units=math.prod(self.shape), shape=None)
        if name == "units" and value is not None:
            return self.replace(units=value, shape=None)
        if name == "shape" and value is not None:
            return self.replace(units=None, shape=value)
        return super().edited(name, value)

    def output_shape(self, input_shape: Shape) -> Shape:
        if self.shape is not None:
            return self.shape
        assert self.units is not None
        return (self.units,)

    def forward(self, x: Floats, training: bool) -> Floats:
        """The samples in this layer's shape; the numbers are not touched."""
        return x.reshape(len(x), *self.site.output_shape)

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return grad.reshape(len(grad), *self.site.input_shape) if need_input_grad else None
