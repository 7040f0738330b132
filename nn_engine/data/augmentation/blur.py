"""Blurring an image."""

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.data.augmentation.augmentation import Draws, FillingAugmentation, Tools, for_each, with_channels
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats

_REACH = 3
"""How many standard deviations the kernel reaches to each side."""


@register("blur")
class Blur(FillingAugmentation):
    """Blurs each image with a Gaussian, exp(-d²/2σ²) of the distance d, cut off at 3σ of the widest one."""

    needs_images: ClassVar[bool] = True

    sigma: Annotated[
        float,
        Setting(
            "The widest blur: the standard deviation of the Gaussian; how wide is drawn for each image.",
            low=0,
            high=16,
            unit="px",
            live=True,
            label="blur",
            usual=(0, 3),
        ),
    ] = 1.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``blur``, the Gaussian's standard deviation in pixels."""
        return {"blur": rng.uniform(0, self.sigma, count)}

    def neutral(self) -> Mapping[str, float]:
        return {"blur": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        weights = _kernels(draws["blur"], math.ceil(_REACH * self.sigma))
        for axis in (1, 2):
            self._along(axis, with_channels(images), weights, tools)

    def _along(self, axis: int, images: Floats, weights: list[Floats], tools: Tools) -> None:
        """Blur (n, height, width, channels) in place along one axis; a Gaussian is the product of one for each."""
        reach, size = len(weights) - 1, images.shape[axis]
        shape = tuple(length + 2 * reach * (place == axis) for place, length in enumerate(images.shape))
        wide = tools.workspace.array("blur, wide", shape, images.dtype)
        pair = tools.workspace.array("blur, pair", images.shape, images.dtype)

        def part(start: int, length: int = size) -> Floats:
            cut = slice(start, start + length)
            return wide[:, cut] if axis == 1 else wide[:, :, cut]

        part(reach)[...] = images
        part(0, reach)[...] = part(reach, 1) if self.fill == "edge" else tools.black
        part(reach + size, reach)[...] = part(reach + size - 1, 1) if self.fill == "edge" else tools.black
        images *= for_each(weights[0], images)
        for distance, weight in enumerate(weights[1:], start=1):
            np.add(part(reach - distance), part(reach + distance), out=pair)
            pair *= for_each(weight, images)
            images += pair


def _kernels(sigmas: Floats, reach: int) -> list[Floats]:
    """For each distance from 0 to ``reach`` the weights of the images, (n,) each; both sides together sum to 1."""
    spread = 2 * np.square(np.maximum(sigmas, 1e-3))  # so narrow a Gaussian is one pixel
    weights = [np.exp(-(distance**2) / spread) for distance in range(reach + 1)]
    total = weights[0] + 2 * np.sum(weights[1:], axis=0)
    return [weight / total for weight in weights]
