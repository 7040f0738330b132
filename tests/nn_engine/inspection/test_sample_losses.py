"""The loss sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from nn_engine import ArrayDataset, CrossEntropy, MeanSquaredError, Preprocessing, evaluate
from nn_engine.inspection import sample_losses
from nn_engine.losses import Loss
from tests.nn_engine.inspection.asked import DENSE, STACKS, made, samples


def test_cross_entropy_is_the_surprise_at_the_right_class() -> None:
    network = made(*DENSE)
    x, targets = samples(network, 450), np.arange(450) % 4
    expected = -np.log(network.predict(x)[np.arange(450), targets])
    np.testing.assert_allclose(sample_losses(network, CrossEntropy(), x, targets), expected, rtol=1e-10)


@pytest.mark.parametrize("loss", [CrossEntropy(), MeanSquaredError()])
@pytest.mark.parametrize("stack", STACKS)
def test_their_mean_is_the_loss(stack: str, loss: Loss) -> None:
    network = made(*STACKS[stack])
    x, targets = samples(network, 9), np.arange(9) % 4
    data = ArrayDataset(x, targets, tuple("abcd"))
    expected = evaluate(network, data, Preprocessing(divide_by=1), loss)["loss"]
    assert sample_losses(network, loss, x, targets).mean() == pytest.approx(expected, rel=1e-6)


def test_no_samples_have_no_losses() -> None:
    assert sample_losses(made(*DENSE), CrossEntropy(), np.zeros((0, 6)), np.zeros(0, int)).shape == (0,)
