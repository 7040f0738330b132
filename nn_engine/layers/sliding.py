"""How a window slides over an axis of an image: what convolution and pooling have in common."""

from dataclasses import dataclass, replace
from typing import Annotated, NoReturn

from nn_engine.declarations import Setting
from nn_engine.types import Shape

Padding = Annotated[
    str,
    Setting(
        "Whether the window stays inside the image (valid), or reaches beyond the edge so that with strides of 1 "
        "outputs are as large as inputs (same).",
        choices=("valid", "same"),
    ),
]
"""How a sliding window treats the edge of the image."""


@dataclass(frozen=True)
class Slide:
    """One axis: windows of ``size`` at every ``stride``, beginning ``before`` the first pixel."""

    length: int
    size: int
    stride: int
    before: int
    steps: int
    """How many windows there are: the length of the output."""

    @property
    def tiles(self) -> bool:
        """Whether the windows lie side by side from the first pixel on, without gap or overlap."""
        return self.size == self.stride and self.before == 0 and self.steps * self.size <= self.length

    def trimmed(self) -> "Slide":
        """The same windows without the rows at their ends that lie outside the image in every one of them."""
        first = max(0, self.before - (self.steps - 1) * self.stride)
        behind = min(self.size, self.before + self.length)
        return replace(self, size=behind - first, before=self.before - first)

    def pixels(self) -> list[slice]:
        """Where the first pixel of every window lies, the second, and so on, counted from before the edge."""
        reach = (self.steps - 1) * self.stride + 1
        return [slice(first, first + reach, self.stride) for first in range(self.size)]


def slide(length: int, size: int, stride: int, padding: str) -> Slide:
    """The windows along an axis.

    Valid: every window lies inside, ⌊(length - size) / stride⌋ + 1 of them. Same: ⌈length / stride⌉ of them, and what
    reaches beyond the edges is shared between both, the odd one behind (as in TensorFlow).
    """
    if padding == "valid":
        return Slide(length, size, stride, 0, (length - size) // stride + 1 if length >= size else 0)
    steps = -(-length // stride)
    beyond = max((steps - 1) * stride + size - length, 0)
    return Slide(length, size, stride, beyond // 2, steps)


def slides(input_shape: Shape, size: tuple[int, int], strides: tuple[int, int], padding: str) -> tuple[Slide, Slide]:
    """Down and across an image. Raises ValueError in words where the shape is no image or the window too large."""
    if len(input_shape) != 3:
        refuse_no_image(input_shape)
    down, across = (slide(input_shape[axis], size[axis], strides[axis], padding) for axis in (0, 1))
    if not (down.steps and across.steps):
        raise ValueError(
            f"expected images of at least {size[0]} × {size[1]} pixels; received the shape {input_shape}. "
            f"Make the window smaller, or set padding to same."
        )
    return down, across


def refuse_no_image(shape: Shape) -> NoReturn:
    """Raise ValueError for what has no height, width and channels, with the way out."""
    image = (*shape, 1) if len(shape) == 2 else (28, 28, 1)
    raise ValueError(
        f"expected images, (height, width, channels); received the shape {shape}. "
        f"Give the InputLayer the shape of an image, such as {image}."
    )
