"""The residual block: layers that learn only what to add to what is there already."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting, register
from nn_engine.layers.chain import Chain, choose_layouts, shapes_through
from nn_engine.layers.input import InputLayer
from nn_engine.layers.layer import Layer, Parameter, Site
from nn_engine.layouts import Layout
from nn_engine.types import Floats, Shape

DEEPEST = 4
"""Blocks in blocks in blocks: no network known needs more, and each doubles the work of choosing layouts."""


@register("residual", label="residual block")
class ResidualBlock(Layer):
    """Adds what its layers make of the input to the input itself, so that depth never stands in the gradient's way.

    y = F(x) + S(x), so ∂L/∂x = ∂F/∂xᵀ·∂L/∂y + ∂S/∂xᵀ·∂L/∂y (He et al., 2016). The shortcut S is the identity unless it
    has layers of its own: where F changes the shape, a projection such as ``Conv2DLayer(filters=32, kernel_size=(1, 1),
    strides=(2, 2))`` that changes it alike.
    """

    group: ClassVar[str] = "core"

    layers: Annotated[tuple[Layer, ...], Setting("What is learned, from the block's input to what is added.")] = ()
    shortcut: Annotated[
        tuple[Layer, ...], Setting("What the input itself passes through; nothing leaves it as it is.")
    ] = ()

    def check_together(self) -> None:
        """No entrance inside, and blocks in blocks only so deep. The layers become copies that are this block's own."""
        for name in ("layers", "shortcut"):
            inner: tuple[Layer, ...] = getattr(self, name)
            for index, layer in enumerate(inner):
                if isinstance(layer, InputLayer):
                    raise ValueError(
                        f"ResidualBlock.{name}: expected layers that follow an input; received an InputLayer at "
                        f"{index}. Take it out: the block's input is what stands before it."
                    )
            object.__setattr__(self, name, tuple(layer.replace() for layer in inner))
        if _depth(self) > DEEPEST:
            raise ValueError(f"ResidualBlock: expected blocks in one another at most {DEEPEST} deep.")

    def take_live_settings(self, wanted: Declaration) -> None:
        """See Declaration: the layers inside take over theirs."""
        super().take_live_settings(wanted)
        if isinstance(wanted, ResidualBlock):
            for mine, others in ((self.layers, wanted.layers), (self.shortcut, wanted.shortcut)):
                for layer, other in zip(mine, others, strict=False):
                    layer.take_live_settings(other)

    def branches(self) -> Mapping[str, tuple[Layer, ...]]:
        return {"layers": self.layers, "shortcut": self.shortcut}

    def output_shape(self, input_shape: Shape) -> Shape:
        shape, beside = self._shapes("layers", input_shape)[-1], self._shapes("shortcut", input_shape)[-1]
        if shape != beside:
            raise ValueError(
                f"expected layers that give the shape of the shortcut, {beside}; received the shape {input_shape}, of "
                f"which they make {shape}. Put a layer that gives {shape} into the shortcut."
            )
        return shape

    def _shapes(self, branch: str, input_shape: Shape) -> tuple[Shape, ...]:
        """The shapes through one of the two branches. Raises ValueError that names the layer inside."""
        shapes = [input_shape]
        for index, layer in enumerate(getattr(self, branch)):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except ValueError as error:
                raise ValueError(f"{branch}.{index} ({type(layer).__name__}): {error}") from None
        return tuple(shapes)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Those of the layers inside, under names such as ``layers.0.weights``."""
        return tuple(
            parameter.below(f"{branch}.{index}.")
            for branch in ("layers", "shortcut")
            for index, (layer, shape) in enumerate(
                zip(getattr(self, branch), self._shapes(branch, input_shape), strict=False)
            )
            for parameter in layer.parameters(shape)
        )

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """See Layer: what both branches cost."""
        if taken != given or taken.window != (1, 1):
            return None
        plans = [
            choose_layouts(layers, shapes_through(layers, input_shape), taken, given)
            for layers in (self.layers, self.shortcut)
        ]
        return sum(plan.cost for plan in plans if plan is not None) if all(plans) else None

    def bind(self, site: Site) -> None:
        super().bind(site)
        self._learned = Chain(self.layers, site, "layers", branch=(0,))
        self._beside = Chain(self.shortcut, site, "shortcut", branch=(1,))

    def forward(self, x: Floats, training: bool) -> Floats:
        learned, beside = self._learned.forward(x, training), self._beside.forward(x, training)
        return np.add(learned, beside, out=self.site.scratch("y", learned.shape))

    def infer(self, x: Floats) -> Floats:
        learned, beside = self._learned.infer(x), self._beside.infer(x)
        return np.add(learned, beside, out=self.site.scratch("y", learned.shape))

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        twin = self.site.scratch("grad", grad.shape)
        np.copyto(twin, grad)
        learned = self._learned.backward(grad, need_input_grad)
        beside = self._beside.backward(twin, need_input_grad)
        if learned is None or beside is None:
            return None
        return np.add(learned, beside, out=self.site.scratch("input_grad", learned.shape))


def _depth(layer: Layer) -> int:
    return isinstance(layer, ResidualBlock) + max(map(_depth, layer.inner_layers()), default=0)
