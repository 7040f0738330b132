"""The shipped network: small, whole, and as good as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.view_models.pad import PadModel
from app.view_models.pretrained import PRETRAINED, load_pretrained
from nn_engine.data.mnist import MNIST
from nn_engine.evaluation import evaluate
from nn_engine.experiments import preset
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.losses import CrossEntropy


def test_the_shipped_network_is_as_good_as_it_says(tmp_path: Path) -> None:
    loaded = load_pretrained()
    assert loaded is not None
    assert PRETRAINED.stat().st_size <= 2 * 2**20
    measured = evaluate(loaded.network, MNIST().load().test, loaded.preprocessing, CrossEntropy())
    assert measured["accuracy"] == pytest.approx(loaded.test_accuracy, abs=0.0002)  # kernels differ in last bits
    assert loaded.label == "pretrained, 99.4 %"
    pad = PadModel(tmp_path)
    pad.use_network(loaded.network, loaded.preprocessing, loaded.task, loaded.label)
    assert not pad.refusal


def test_it_was_made_by_its_preset() -> None:
    made = load_checkpoint(PRETRAINED)
    assert made.experiment == preset("cnn")


def test_without_the_file_there_is_none(tmp_path: Path) -> None:
    assert load_pretrained(tmp_path / "none.npz") is None
