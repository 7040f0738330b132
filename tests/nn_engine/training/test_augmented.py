"""Training on samples that are changed in every way there is."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import numpy as np
import pytest

from nn_engine import Augmentation, Hinge, MixUp, Noise, Trainer, registered
from nn_engine.training import Event, StepEnd, TrainBegin, TrainEnd
from tests.nn_engine.training.small import drain, small_trainer

EVERYTHING: tuple[Any, ...] = tuple(cls() for cls in registered("augmentation").values())


def everything(**plan: Any) -> Trainer:
    """A training with every augmentation there is, and batches of more than one shard."""
    return small_trainer(**{"samples": 700, "augmentation": EVERYTHING, "epochs": 2, "batch_size": 300, **plan})


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
    batches = trainer._team.batches
    batch = batches.shard(batches.indices(0, 0), 0, 0, 0)
    replica.randomness.seed = trainer.plan.seed
    logits = replica.forward(batch.x, training=True, logits=True).copy()
    (step,) = (event for event in trainer.fit() if isinstance(event, StepEnd))
    assert step.loss == pytest.approx(trainer.plan.loss.per_sample(logits, batch.goals, True).mean(), rel=1e-5)
    assert step.metrics["accuracy"] == pytest.approx((logits.argmax(axis=1) == batch.targets).mean())


def test_classes_are_not_mixed_for_a_loss_that_needs_one() -> None:
    with pytest.raises(ValueError, match="mix_up mixes classes, and hinge needs one class a sample: take another loss"):
        small_trainer(augmentation=(MixUp(),), loss=Hinge())


# -- prepared ahead -----------------------------------------------------------------------------------------------


def ahead(**plan: Any) -> Trainer:
    """``everything``, prepared ahead."""
    trainer = everything(**plan)
    trainer.use_prefetching(True)
    return trainer


def prefetching() -> bool:
    """Whether there is a thread that prepares."""
    return any(thread.name == "prefetch" for thread in threading.enumerate())


def test_what_is_prepared_ahead_trains_to_the_same_bits() -> None:
    plain, prepared = everything(), ahead()
    for one, other in zip(plain.fit(), prepared.fit(), strict=True):
        assert prefetching() == (not isinstance(other, TrainBegin))
        assert timeless(one) == timeless(other)
    assert not prefetching()
    np.testing.assert_array_equal(prepared.state().snapshot.weights, plain.state().snapshot.weights)


def timeless(event: Event) -> Any:
    """An event without what a clock says."""
    return {
        field.name: getattr(event, field.name) for field in dataclasses.fields(event) if "seconds" not in field.name
    }


def test_a_change_while_it_runs_throws_away_what_was_prepared() -> None:
    weights = []
    for trainer in (everything(), ahead()):
        for event in trainer.fit():
            if isinstance(event, StepEnd) and event.step == 2:
                trainer.change("augmentation.rotation.degrees", 45)
        weights.append(trainer.state().snapshot.weights)
    np.testing.assert_array_equal(weights[0], weights[1])


def test_no_thread_is_left_when_training_is_given_up_stopped_or_closed() -> None:
    for closed in (True, False):
        trainer = ahead()
        events = trainer.fit()
        assert not prefetching()
        while not isinstance(next(events), StepEnd):
            pass
        assert prefetching()
        if closed:
            events.close()
        else:
            trainer.request_stop()
        list(events)
        assert not prefetching()
        # And another generator goes on from there.
        drain(trainer)
        assert not prefetching()


def test_what_fails_in_the_thread_is_raised_where_the_events_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = ahead()

    def broken(*_: Any) -> Any:
        raise OSError("The file is gone.")

    monkeypatch.setattr(trainer._train, "read", broken)
    with pytest.raises(OSError, match="The file is gone"):
        drain(trainer)
    assert not prefetching()


def test_nothing_is_prepared_ahead_where_it_does_not_pay() -> None:
    trainer = small_trainer(augmentation=(), epochs=1)
    trainer.use_prefetching(True)
    assert not any(prefetching() for _ in trainer.fit())
    several = ahead(epochs=1)
    several.use_threads(2)
    assert several.shards_per_step == 2
    assert not any(prefetching() for _ in several.fit())
