"""Training on samples that are changed in every way there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn_engine import Augmentation, Hinge, MixUp, Noise, Trainer, registered
from nn_engine.training import StepEnd, TrainEnd
from tests.nn_engine.training.small import drain, small_trainer

EVERYTHING: tuple[Any, ...] = tuple(cls() for cls in registered("augmentation").values())


def everything(**plan: Any) -> Trainer:
    """A training with every augmentation there is, and batches of more than one shard."""
    return small_trainer(samples=700, augmentation=EVERYTHING, epochs=2, batch_size=300, **plan)


def test_stopped_in_the_middle_and_resumed_it_comes_to_the_same_bits() -> None:
    undisturbed = everything()
    drain(undisturbed)
    interrupted = everything()
    for event in interrupted.fit():
        if isinstance(event, StepEnd) and event.step == 2:
            interrupted.request_stop()
    resumed = everything()
    resumed.restore(interrupted.state())
    end = drain(resumed)[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "completed"
    np.testing.assert_array_equal(resumed.state().snapshot.weights, undisturbed.state().snapshot.weights)


@pytest.mark.parametrize("augmentation", [MixUp(alpha=1), Noise()], ids=lambda part: part.registered_name)
def test_the_loss_is_that_of_what_was_mixed_and_the_accuracy_that_of_the_sample(augmentation: Augmentation) -> None:
    trainer = small_trainer(augmentation=(augmentation,), batch_size=150, epochs=1)
    trainer.network.state[...] = np.random.default_rng(0).normal(size=trainer.network.state.shape)
    replica = trainer.network.replica()
    batches = trainer._batches
    batch = batches.shard(batches.indices(0, 0), 0, 0, 0)
    replica.randomness.seed = trainer.plan.seed
    logits = replica.forward(batch.x, training=True, logits=True).copy()
    (step,) = (event for event in trainer.fit() if isinstance(event, StepEnd))
    assert step.loss == pytest.approx(trainer.plan.loss.per_sample(logits, batch.goals, True).mean(), rel=1e-5)
    assert step.metrics["accuracy"] == pytest.approx((logits.argmax(axis=1) == batch.targets).mean())


def test_classes_are_not_mixed_for_a_loss_that_needs_one() -> None:
    with pytest.raises(ValueError, match="mix_up mixes classes, and hinge needs one class a sample: take another loss"):
        small_trainer(augmentation=(MixUp(),), loss=Hinge())
