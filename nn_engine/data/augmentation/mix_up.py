"""Mixing each sample with another one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, for_each
from nn_engine.declarations import Setting, register
from nn_engine.types import Array, Floats


@register("mix_up", aliases=("mixup",), label="MixUp")
class MixUp(Augmentation):
    """Mixes each sample, and its target, with another of the samples prepared together with it.

    x' = λ·x + (1 - λ)·x_other and t' = λ·t + (1 - λ)·t_other with λ from Beta(α, α) (Zhang, Cissé, Dauphin and
    Lopez-Paz, 2018). Since either of two may be called the other, λ is taken to be the larger share: a sample stays
    mostly itself. The partner comes from the same shard, so everything follows from the shard's key.
    """

    group: ClassVar[str] = "mixing"
    mixes_targets: ClassVar[bool] = True

    alpha: Annotated[
        float,
        Setting(
            "How evenly samples are mixed: near 0 hardly ever, at 1 every share is equally likely.",
            low=0.05,
            high=32,
            live=True,
            label="MixUp",
            usual=(0.05, 1),
        ),
    ] = 0.2

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``mix-up``, the other's share in percent, and how many places further on the other is."""
        share = rng.beta(self.alpha, self.alpha, count)
        others = rng.integers(1, max(count, 2), count)
        return {"mix-up": 100 * np.minimum(share, 1 - share), "mix-up with": others.astype(np.float64)}

    def neutral(self) -> Mapping[str, float]:
        return {"mix-up": 0.0, "mix-up with": 0.0}

    def said(self, name: str, value: float) -> str:
        """See Augmentation."""
        return f"{value:.0f} %" if name == "mix-up" else ""

    def partners(self, draws: Draws) -> Array:
        """See Augmentation."""
        further = draws["mix-up with"].astype(np.intp)
        return (np.arange(len(further)) + further) % max(len(further), 1)

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        others = tools.workspace.array("others", images.shape, images.dtype)
        self._mix(images, draws, others)

    def mix_targets(self, rows: Floats, draws: Draws) -> None:
        self._mix(rows, draws, np.empty_like(rows))

    def _mix(self, rows: Array, draws: Draws, others: Array) -> None:
        """X + share · (other - x), in place."""
        np.take(rows, self.partners(draws), axis=0, out=others, mode="clip")
        others -= rows
        others *= for_each(draws["mix-up"] / 100, others)
        rows += others
