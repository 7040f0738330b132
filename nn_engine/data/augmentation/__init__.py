"""Augmentation: a fresh small change of every sample in every epoch, so that a network learns what does not matter."""

from nn_engine.data.augmentation.augmentation import Augmentation
from nn_engine.data.augmentation.blur import Blur
from nn_engine.data.augmentation.brightness import Brightness
from nn_engine.data.augmentation.contrast import Contrast
from nn_engine.data.augmentation.cut_out import CutOut
from nn_engine.data.augmentation.elastic import Elastic
from nn_engine.data.augmentation.flip import Flip
from nn_engine.data.augmentation.geometric import AffineAugmentation, GeometricAugmentation
from nn_engine.data.augmentation.mix_up import MixUp
from nn_engine.data.augmentation.noise import Noise
from nn_engine.data.augmentation.pipeline import AugmentationPipeline, check_shape
from nn_engine.data.augmentation.rotation import Rotation
from nn_engine.data.augmentation.scaling import Scaling
from nn_engine.data.augmentation.shear import Shear
from nn_engine.data.augmentation.stroke_thickness import StrokeThickness
from nn_engine.data.augmentation.translation import Translation

__all__ = [
    "AffineAugmentation",
    "Augmentation",
    "AugmentationPipeline",
    "Blur",
    "Brightness",
    "Contrast",
    "CutOut",
    "Elastic",
    "Flip",
    "GeometricAugmentation",
    "MixUp",
    "Noise",
    "Rotation",
    "Scaling",
    "Shear",
    "StrokeThickness",
    "Translation",
    "check_shape",
]
