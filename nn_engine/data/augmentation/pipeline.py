"""Several augmentations, applied to a batch together."""

from dataclasses import dataclass

import numpy as np

from nn_engine.data.augmentation.augmentation import AffineAugmentation, Augmentation, Draws
from nn_engine.data.augmentation.warp import AffineWarp
from nn_engine.types import Floats, Shape


@dataclass(frozen=True)
class Augmented:
    """Augmented samples and what was drawn for each."""

    images: Floats
    draws: Draws


class AugmentationPipeline:
    """Draws and applies augmentations in their order; neighbours that move pixels are composed into one warp.

    Raises ValueError where samples of ``shape`` are not images but some augmentation needs one.
    """

    def __init__(self, augmentations: tuple[Augmentation, ...], shape: Shape) -> None:
        self._augmentations = augmentations
        if any(isinstance(part, AffineAugmentation) for part in augmentations):
            if not 2 <= len(shape) <= 3:
                names = ", ".join(part.registered_name for part in augmentations)
                raise ValueError(f"{names}: expected images, (height, width); the samples have the shape {shape}.")
            self._warp = AffineWarp(shape)

    def __bool__(self) -> bool:
        return bool(self._augmentations)

    def apply(self, images: Floats, rng: np.random.Generator) -> Floats:
        """Images (n, *shape), changed; may reuse the array given, and holds until the next call."""
        return self.apply_and_tell(images, rng).images

    def apply_and_tell(self, images: Floats, rng: np.random.Generator) -> Augmented:
        """``apply``, with what was drawn for each image."""
        told: dict[str, Floats] = {}
        moves = None
        for part in self._augmentations:
            draws = part.draw_applied(len(images), rng)
            told.update(draws)
            if isinstance(part, AffineAugmentation):
                step = part.matrices(draws)
                moves = step if moves is None else step @ moves
                continue
            if moves is not None:
                images, moves = self._warp(images, moves), None
            part.apply(images, draws)
        if moves is not None:
            images = self._warp(images, moves)
        return Augmented(images, told)
