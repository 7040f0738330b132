"""Making the strokes of an image thicker or thinner."""

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, for_each, with_channels
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("stroke_thickness")
class StrokeThickness(Augmentation):
    """Makes strokes thicker or thinner, as another pen would; for bright ink on a dark ground.

    A whole pixel outwards is a dilation of the grey image: each pixel becomes the brightest of itself and its four
    neighbours; inwards it is the dual erosion, the darkest of them (Serra, 1982). Further pixels repeat that, and a
    part of a pixel blends the image with its next dilation, as far as it goes.
    """

    needs_images: ClassVar[bool] = True

    thickness: Annotated[
        float,
        Setting(
            "How far the edges of strokes move at most, outwards or inwards.",
            low=0,
            high=16,
            unit="px",
            live=True,
            label="stroke",
            usual=(0, 2),
            prefix="±",
        ),
    ] = 0.5

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``stroke``, how far its edges move outwards, in pixels."""
        return {"stroke": rng.uniform(-self.thickness, self.thickness, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"stroke": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        # To erode is to dilate the negative.
        signs = for_each(np.where(draws["stroke"] < 0, -1, 1), images)
        images *= signs
        pixels = with_channels(images)
        dilated = tools.workspace.array("dilated", pixels.shape, images.dtype)
        for step in range(math.ceil(self.thickness)):
            _dilate(pixels, dilated)
            dilated -= pixels
            dilated *= for_each(np.clip(np.abs(draws["stroke"]) - step, 0, 1), dilated)
            pixels += dilated
        images *= signs


def _dilate(images: Floats, out: Floats) -> None:
    """The brightest of each pixel and its neighbours above, below, left and right, as far as there are any."""
    np.copyto(out, images)
    np.maximum(out[:, 1:], images[:, :-1], out=out[:, 1:])
    np.maximum(out[:, :-1], images[:, 1:], out=out[:, :-1])
    np.maximum(out[:, :, 1:], images[:, :, :-1], out=out[:, :, 1:])
    np.maximum(out[:, :, :-1], images[:, :, 1:], out=out[:, :, :-1])
