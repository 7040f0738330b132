"""Several augmentations, applied to a batch together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools
from nn_engine.data.augmentation.geometric import GeometricAugmentation, followed_by, unit_matrices
from nn_engine.data.augmentation.warp import Warp, check_size
from nn_engine.types import Floats, Shape
from nn_engine.workspace import Workspace

Done = tuple[Augmentation, Draws]
"""An augmentation, and what it drew."""

_BUFFER = 1024
"""Values that NumPy sets aside for each operand of a broadcast operation; it uses none of them here."""


@dataclass(frozen=True)
class Augmented:
    """Augmented samples and what was drawn for each."""

    images: Floats
    draws: Draws
    done: tuple[Done, ...] = ()
    """The same draws, augmentation by augmentation."""

    def mix_targets(self, rows: Floats) -> None:
        """Mix targets, (n, outputs), in place as their samples were mixed."""
        for part, draws in self.done:
            if part.mixes_targets:
                part.mix_targets(rows, draws)


def check_shape(augmentations: Sequence[Augmentation], shape: Shape) -> None:
    """Raise ValueError where samples of ``shape`` are not images, or too large ones, for some augmentation.

    All that a pipeline refuses, without the time that the fields of its warps take.
    """
    needy = [part.registered_name for part in augmentations if part.needs_images]
    if needy and not 2 <= len(shape) <= 3:
        raise ValueError(f"{', '.join(needy)}: expected images, (height, width); the samples have the shape {shape}.")
    geometric = [part for part in augmentations if isinstance(part, GeometricAugmentation)]
    if geometric:
        check_size(shape, sum(part.most_modes(*shape[:2]) for part in geometric))


class AugmentationPipeline:
    """Draws and applies augmentations in their order.

    Neighbours in the list that move pixels make one warp, in which each pixel is interpolated once: their maps are
    composed in their order, and fields that bend are laid over the result, wherever among the neighbours they stand.
    A new warp begins after an augmentation that changes values instead, and where another ``fill`` is asked for. So
    put what moves pixels side by side, with one fill.

    Args:
        augmentations: in the order in which they are applied.
        shape: of a sample.
        black: the value of an empty ground.
        white: the value of full brightness.

    Raises ValueError as ``check_shape`` does.
    """

    def __init__(
        self, augmentations: tuple[Augmentation, ...], shape: Shape, black: float = 0.0, white: float = 1.0
    ) -> None:
        check_shape(augmentations, shape)
        self.mixes_targets = any(part.mixes_targets for part in augmentations)
        self._black, self._white = black, white
        self._workspace = Workspace()
        self._stages = [self._stage(parts, shape) for parts in _neighbours(augmentations)]

    def __bool__(self) -> bool:
        return bool(self._stages)

    def apply(self, images: Floats, rng: np.random.Generator) -> Floats:
        """Images (n, *shape), changed; in place where they lie in one piece."""
        return self.apply_and_tell(images, rng).images

    def apply_and_tell(self, images: Floats, rng: np.random.Generator) -> Augmented:
        """``apply``, with what was drawn for each image."""
        images = np.ascontiguousarray(images)
        tools = Tools(rng, self._workspace, self._black, self._white)
        usual = np.setbufsize(_BUFFER)  # of this thread alone
        try:
            done = [each for stage in self._stages for each in stage(images, tools)]
        finally:
            np.setbufsize(usual)
        return Augmented(images, _told(done), tuple(done))

    def _stage(self, parts: Sequence[Augmentation], shape: Shape) -> Callable[[Floats, Tools], list[Done]]:
        geometric = [part for part in parts if isinstance(part, GeometricAugmentation)]
        return _Moving(geometric, shape, self._black) if geometric else _Changing(parts[0])


class _Changing:
    """One augmentation that changes values."""

    def __init__(self, part: Augmentation) -> None:
        self._part = part

    def __call__(self, images: Floats, tools: Tools) -> list[Done]:
        draws = self._part.draw_applied(len(images), tools.rng)
        self._part.apply(images, draws, tools)
        return [(self._part, draws)]


class _Moving:
    """Neighbours that move pixels."""

    def __init__(self, parts: Sequence[GeometricAugmentation], shape: Shape, background: float) -> None:
        self._parts = parts
        modes = [part.modes(*shape[:2]) for part in parts]
        self._modes = [len(group) for group in modes]
        fill = next((part.filled_with for part in parts if part.filled_with), "background")
        self._warp = Warp(shape, modes, fill, background)

    def __call__(self, images: Floats, tools: Tools) -> list[Done]:
        count = len(images)
        done: list[tuple[GeometricAugmentation, Draws]] = []
        bends: list[Floats] = []
        for number, (part, modes) in enumerate(zip(self._parts, self._modes, strict=True)):
            draws = part.draw_applied(count, tools.rng)
            bends.append(tools.workspace.array(f"bends {number}", (count, 2, modes), np.float32))
            part.draw_bends(draws, tools.rng, bends[-1])
            done.append((part, draws))
        matrices = unit_matrices(count)
        for part, draws in done:
            matrices = followed_by(matrices, part.matrices(draws))
        self._warp(images, matrices, bends, out=images)
        return list(done)


def _neighbours(augmentations: Sequence[Augmentation]) -> list[list[Augmentation]]:
    """The list cut into what makes one warp, and single augmentations that change values."""
    groups: list[list[Augmentation]] = []
    fill: str | None = None  # of the warp that may still go on: "" for any
    for part in augmentations:
        moves = isinstance(part, GeometricAugmentation)
        if moves and fill is not None and (not fill or part.filled_with in ("", fill)):
            groups[-1].append(part)
            fill = fill or part.filled_with
        else:
            groups.append([part])
            fill = part.filled_with if moves else None
    return groups


def _told(done: Sequence[Done]) -> dict[str, Floats]:
    """Everything drawn, by name; what is drawn a second time under a name is numbered."""
    told: dict[str, Floats] = {}
    for _, draws in done:
        for name, values in draws.items():
            number = 2
            free = name
            while free in told:
                free, number = f"{name} {number}", number + 1
            told[free] = values
    return told
