"""Cutting a piece out of an image."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.data.augmentation.augmentation import Augmentation, Draws, Tools, with_channels
from nn_engine.declarations import Setting, register
from nn_engine.types import Floats


@register("cut_out", label="cut-out")
class CutOut(Augmentation):
    """Covers a rectangle of each image with background, so that no single part is relied on.

    Its centre may lie anywhere in the image, so some of it may lie outside (DeVries and Taylor, 2017).
    """

    needs_images: ClassVar[bool] = True

    size: Annotated[
        float,
        Setting(
            "The largest piece: its sides as a share of the image's; how large is drawn for each image.",
            low=0,
            high=100,
            unit="%",
            live=True,
            label="cut-out",
            usual=(0, 60),
        ),
    ] = 40.0

    def draw(self, count: int, rng: np.random.Generator) -> Draws:
        """See Augmentation: ``cut-out``, the piece's sides, and where its centre lies, in percent of the image's."""
        across, down = rng.uniform(-50, 50, (2, count))
        return {"cut-out": rng.uniform(0, self.size, count), "cut-out x": across, "cut-out y": down}

    def neutral(self) -> Mapping[str, float]:
        return {"cut-out": 0.0, "cut-out x": 0.0, "cut-out y": 0.0}

    def apply(self, images: Floats, draws: Draws, tools: Tools) -> None:
        count, height, width = images.shape[:3]
        rows = _covered(height, draws["cut-out y"], draws["cut-out"])
        columns = _covered(width, draws["cut-out x"], draws["cut-out"])
        covered = tools.workspace.array("covered", (count, height, width, 1), np.bool_)
        np.logical_and(rows[:, :, np.newaxis, np.newaxis], columns[:, np.newaxis, :, np.newaxis], out=covered)
        np.copyto(with_channels(images), images.dtype.type(tools.black), where=covered)


def _covered(size: int, centres: Floats, shares: Floats) -> Floats:
    """Which of so many pixels in a line have their middle within the piece: (n, size)."""
    middles = ((np.arange(size, dtype=np.float32) + 0.5) / size - 0.5) * 100
    distances = middles - centres.astype(np.float32)[:, np.newaxis]
    np.abs(distances, out=distances)
    return np.asarray(distances < shares.astype(np.float32)[:, np.newaxis] / 2)
