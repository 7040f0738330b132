"""Brightness, contrast and noise: by how much, and against what the percentages count."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import Brightness, Contrast, Noise, Preprocessing
from nn_engine.data.augmentation import AugmentationPipeline
from nn_engine.data.augmentation.augmentation import Tools
from nn_engine.types import Array
from nn_engine.workspace import Workspace


def pictures(count: int, seed: int = 0) -> Array:
    """Random images."""
    return np.random.default_rng(seed).random((count, 5, 4, 2)).astype(np.float32)


def tools(black: float = 0.0, white: float = 1.0) -> Tools:
    """What an augmentation works with."""
    return Tools(np.random.default_rng(0), Workspace(), black, white)


def test_brightness_adds_its_share_of_white() -> None:
    images = pictures(3)
    Brightness().apply(images, {"brightness": np.array([0.0, 25.0, -10.0])}, tools(-1, 3))
    np.testing.assert_allclose(images, pictures(3) + np.reshape([0, 1, -0.4], (3, 1, 1, 1)), rtol=1e-5, atol=1e-6)


def test_contrast_stretches_about_the_mean_of_each_sample() -> None:
    images, before = pictures(3), pictures(3)
    Contrast().apply(images, {"contrast": np.array([100.0, 150.0, 0.0])}, tools())
    for image, old, factor in zip(images, before, (1, 1.5, 0), strict=True):
        np.testing.assert_allclose(image, old.mean() + factor * (old - old.mean()), rtol=1e-5, atol=1e-6)


def test_noise_has_the_deviation_that_was_drawn() -> None:
    images = np.zeros((3, 100, 100), np.float32)
    Noise().apply(images, {"noise": np.array([0.0, 10.0, 40.0])}, tools(-1, 1))
    np.testing.assert_allclose(images.std(axis=(1, 2)), [0, 0.2, 0.8], rtol=0.03)
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=0.03)
    assert abs(np.corrcoef(images[1].ravel(), images[2].ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("augmentation", [Brightness(brightness=30), Contrast(), Noise()])
def test_what_is_seen_does_not_depend_on_how_values_are_scaled(augmentation: Brightness | Contrast | Noise) -> None:
    raw = np.random.default_rng(1).integers(0, 256, (6, 8, 8)).astype(np.uint8)
    seen = []
    for scale in (Preprocessing(), Preprocessing(mean=0.25, deviation=0.5), Preprocessing(divide_by=255, deviation=2)):
        pipeline = AugmentationPipeline((augmentation,), (8, 8), scale.black, scale.white)
        images = pipeline.apply(scale(raw), np.random.default_rng(2))
        seen.append((images * scale.deviation + scale.mean) * scale.divide_by)
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-3)
    np.testing.assert_allclose(seen[2], seen[0], atol=1e-3)
