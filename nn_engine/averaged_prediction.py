"""Test-time augmentation: a sample is looked at several times, a little changed each time, and the answers averaged."""

import numpy as np

from nn_engine.data.augmentation import Augmentation, AugmentationPipeline
from nn_engine.network import Network
from nn_engine.randomness import Stream, keyed_generator
from nn_engine.types import Floats, Shape

_NO_EPOCH = 2**32 - 2
"""Stands where training has its epoch, so that nothing is drawn as in any training."""


class AveragedPrediction:
    """The mean answer of a network to so many draws of augmentation, such as mean probabilities.

    What mixes samples with each other is left out: it would change what a sample is.

    Args:
        network: whose answers; with a softmax at the end they are probabilities.
        augmentation: what is done to each sample.
        shape: of a sample.
        draws: how often each sample is looked at.
        seed: which draws.
        black: see AugmentationPipeline.
        white: see AugmentationPipeline.

    Raises ValueError for fewer than one draw, and where samples of ``shape`` cannot be augmented so.
    """

    def __init__(
        self,
        network: Network,
        augmentation: tuple[Augmentation, ...],
        shape: Shape,
        draws: int = 8,
        seed: int = 0,
        black: float = 0.0,
        white: float = 1.0,
    ) -> None:
        if draws < 1:
            raise ValueError(f"draws: expected a whole number from 1 up; received {draws}.")
        self._network, self._shape, self._draws, self._seed = network, shape, draws, seed
        kept = tuple(part for part in augmentation if not part.mixes_targets)
        self._pipeline = AugmentationPipeline(kept, shape, black, white)

    def __call__(self, x: Floats, part: int = 0) -> Floats:
        """The mean answers, (n, *output_shape), to prepared samples (n, *shape), which stay as they are.

        ``part`` numbers what is looked at: other draws for another part.
        """
        total = np.zeros((len(x), *self._network.output_shape), self._network.state.dtype)
        for draw in range(self._draws):
            rng = keyed_generator(self._seed, Stream.AUGMENTATION, _NO_EPOCH, part, draw)
            total += self._network.infer(self._pipeline.apply(x.reshape(len(x), *self._shape).copy(), rng))
        total /= self._draws
        return total
