"""Augmentation: a fresh small change of every sample in every epoch, so that a network learns what does not matter."""

from nn_engine.data.augmentation.augmentation import AffineAugmentation, Augmentation
from nn_engine.data.augmentation.pipeline import AugmentationPipeline
from nn_engine.data.augmentation.rotation import Rotation
from nn_engine.data.augmentation.scaling import Scaling
from nn_engine.data.augmentation.translation import Translation

__all__ = ["AffineAugmentation", "Augmentation", "AugmentationPipeline", "Rotation", "Scaling", "Translation"]
