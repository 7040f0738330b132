"""The trainer's promises: what it tells and when, what it ends with, what it refuses."""

from __future__ import annotations

import dataclasses
import math
import re
import time
from typing import Any, TypeVar

import numpy as np
import pytest

from nn_engine import (
    L2,
    SGD,
    Adam,
    ArrayDataset,
    BinaryCrossEntropy,
    Constant,
    DenseLayer,
    DropoutLayer,
    Experiment,
    InputLayer,
    MeanSquaredError,
    Network,
    Preprocessing,
    Rotation,
    StopAtTarget,
    TimeDecay,
    Trainer,
    TrainingPlan,
)
from nn_engine.evaluation import evaluate
from nn_engine.network import SHARD
from nn_engine.training import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainBegin, TrainEnd
from nn_engine.training.callbacks import CheckpointTopK, EarlyStopping, ReduceOnPlateau
from nn_engine.workspace import Workspace
from tests.nn_engine.training.small import blobs, drain, small_network, small_trainer

E = TypeVar("E", bound=Event)


def of_kind(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_tells_the_whole_story_in_order() -> None:
    trainer = small_trainer(epochs=2)
    events = drain(trainer)
    told = [event for event in events if not isinstance(event, ShardEnd)]
    steps = [StepEnd] * trainer.steps_per_epoch
    assert [type(event) for event in told] == [TrainBegin, *steps, EpochEnd, *steps, EpochEnd, TrainEnd]
    assert [event.step for event in of_kind(events, StepEnd)] == list(range(1, 11))
    assert [event.epoch for event in of_kind(events, EpochEnd)] == [0, 1]
    assert {event.run_id for event in events} == {"small"}
    assert [event.samples for event in of_kind(events, StepEnd)][:5] == [32, 32, 32, 32, 22]


def test_events_are_frozen() -> None:
    event = drain(small_trainer(epochs=1))[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.step = 3  # type: ignore[misc]


def test_learns() -> None:
    trainer = small_trainer(epochs=30)
    ends = of_kind(drain(trainer), EpochEnd)
    assert ends[-1].metrics["loss"] < 0.7 * ends[0].metrics["loss"]
    assert max(end.metrics["val_accuracy"] for end in ends) > 0.8


def test_epoch_metrics_are_means_over_samples_not_over_batches() -> None:
    events = drain(small_trainer(epochs=1, batch_size=64))
    steps, (end,) = of_kind(events, StepEnd), of_kind(events, EpochEnd)
    weighted = sum(step.loss * step.samples for step in steps) / sum(step.samples for step in steps)
    assert end.metrics["loss"] == pytest.approx(weighted, rel=1e-12)
    assert end.metrics["loss"] != pytest.approx(sum(step.loss for step in steps) / len(steps), rel=1e-6)


def test_validation_metrics_are_those_of_an_independent_evaluation() -> None:
    trainer = small_trainer(epochs=1)
    (end,) = of_kind(drain(trainer), EpochEnd)
    found = evaluate(trainer.network, blobs(40, seed=1), Preprocessing(), trainer.plan.loss)
    assert end.metrics["val_loss"] == pytest.approx(found["loss"], rel=1e-6)
    assert end.metrics["val_accuracy"] == found["accuracy"]


def test_ends_with_the_best_weights_not_the_last() -> None:
    """An earlier notebook never updated its best model, so that "best" was whatever came last."""
    trainer = small_trainer(epochs=12, optimizer=SGD(learning_rate=0.8), schedule=Constant())
    kept, values = {}, []
    for event in trainer.fit():
        if isinstance(event, EpochEnd):
            kept[event.epoch] = trainer.state().snapshot.weights
            values.append(event.metrics["val_accuracy"])
    best = values.index(max(values))
    assert best != len(values) - 1, "the setting should overshoot, or this test shows nothing"
    assert trainer.best is not None
    assert trainer.best.epoch == best
    np.testing.assert_array_equal(trainer.network.state, kept[best])
    np.testing.assert_array_equal(trainer.state().snapshot.weights, kept[len(values) - 1])


def test_an_epoch_that_only_equals_the_best_is_no_improvement() -> None:
    events = of_kind(drain(small_trainer(epochs=10)), EpochEnd)
    best = -math.inf
    for event in events:
        assert event.improved == (event.metrics["val_accuracy"] > best)
        best = max(best, event.metrics["val_accuracy"])


def test_time_decay_follows_from_the_base_rate_and_does_not_compound() -> None:
    """An earlier notebook got 1, 1/2, 1/6, 1/24."""
    trainer = small_trainer(epochs=4, optimizer=SGD(learning_rate=0.1), schedule=TimeDecay(rate=1.0))
    rates = [event.learning_rate for event in of_kind(drain(trainer), EpochEnd)]
    assert rates == pytest.approx([0.1, 0.1 / 2, 0.1 / 3, 0.1 / 4])


def test_the_same_seed_gives_the_same_training_and_zero_is_a_seed() -> None:
    def losses(seed: int) -> list[float]:
        return [event.loss for event in of_kind(drain(small_trainer(epochs=1, seed=seed)), StepEnd)]

    assert losses(0) == losses(0)
    assert losses(0) != losses(1)


def test_a_full_batch_is_cut_into_shards_with_the_same_gradient() -> None:
    data = blobs(3 * SHARD + 7)
    plan = TrainingPlan(optimizer=SGD(learning_rate=0.1), epochs=1, batch_size=len(data))
    network = small_network(dropout=0.0)
    whole = network.replica()
    trainer = Trainer(network, data, plan=plan)
    events = drain(trainer)
    assert [event.done for event in of_kind(events, ShardEnd)] == [1, 2, 3]
    logits = whole.forward(Preprocessing()(data.samples), training=True, logits=True)
    _, grad = plan.loss.sum_and_gradient(logits, data.targets, True, len(data), Workspace())
    whole.backward(grad, logits=True)
    whole.trainable[...] -= 0.1 * whole.gradients
    np.testing.assert_allclose(trainer.state().snapshot.weights, whole.state, rtol=1e-4, atol=1e-6)


def test_stop_is_honoured_before_the_next_shard_and_the_step_is_made_again() -> None:
    data = blobs(4 * SHARD)
    plan = TrainingPlan(optimizer=Adam(), epochs=2, batch_size=len(data))
    undisturbed = Trainer(small_network(), data, plan=plan)
    drain(undisturbed)
    trainer = Trainer(small_network(), data, plan=plan)
    for event in trainer.fit():
        if isinstance(event, ShardEnd) and event.done == 2:
            trainer.request_stop()
            before = trainer.state().snapshot.weights
    assert isinstance(event, TrainEnd)
    assert event.reason == "stopped"
    np.testing.assert_array_equal(trainer.state().snapshot.weights, before)
    assert trainer.step == 0
    drain(trainer)
    np.testing.assert_array_equal(trainer.state().snapshot.weights, undisturbed.state().snapshot.weights)


def test_closing_the_generator_abandons_nothing_but_the_step_it_was_in() -> None:
    undisturbed = small_trainer()
    drain(undisturbed)
    trainer = small_trainer()
    for limit in (3, 1, 9, 12):
        run = trainer.fit()
        for _ in range(limit):
            next(run)
        run.close()
    drain(trainer)
    np.testing.assert_array_equal(trainer.state().snapshot.weights, undisturbed.state().snapshot.weights)


def test_pausing_is_not_asking() -> None:
    trainer = small_trainer()
    run = trainer.fit()
    next(run)
    next(run)
    before = trainer.network.state.copy()
    assert trainer.step == 1
    np.testing.assert_array_equal(trainer.network.state, before)
    run.close()


def test_observers_see_every_event_before_it_is_yielded_and_the_state_fits_it() -> None:
    seen: list[Event] = []
    trainer = small_trainer(epochs=2)
    trainer.observe(lambda event, _: seen.append(event))
    for event in trainer.fit():
        if not isinstance(event, ShardEnd):
            assert seen[-1] is event
        if isinstance(event, EpochEnd):
            state = trainer.state()
            assert (state.snapshot.epoch, state.batch) == (event.epoch + 1, 0)
            assert state.history[-1] == event.metrics


def test_snapshots_are_copies_that_nobody_can_change() -> None:
    trainer = small_trainer()
    snapshot = trainer.snapshot()
    drain(trainer)
    assert not np.array_equal(snapshot.weights, trainer.network.state)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.weights[0] = 1


def test_predicting_with_a_replica_while_training_changes_nothing() -> None:
    undisturbed = small_trainer()
    drain(undisturbed)
    trainer = small_trainer()
    replica = trainer.network.replica()
    for _ in trainer.fit():
        replica.state[...] = trainer.snapshot().weights
        replica.predict(np.ones((3, 36), np.float32))
    np.testing.assert_array_equal(trainer.network.state, undisturbed.network.state)


# -- divergence ---------------------------------------------------------------------------------------------------


def test_divergence_is_recognised_by_the_loss_and_the_last_good_state_is_kept() -> None:
    trainer = small_trainer(epochs=40, optimizer=SGD(learning_rate=1000.0), schedule=Constant())
    initial = trainer.network.state.copy()
    end = drain(trainer)[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "diverged"
    assert "learning rate of 0.1 instead of 1000" in end.message
    state = trainer.state()
    assert np.isfinite(state.snapshot.weights).all()
    if state.snapshot.epoch == 0:
        np.testing.assert_array_equal(state.snapshot.weights, initial)


def test_a_loss_that_is_not_finite_ends_the_training_before_the_step_is_made() -> None:
    trainer = small_trainer(epochs=3)
    for event in trainer.fit():
        if isinstance(event, EpochEnd) and event.epoch == 0:
            good = trainer.state()
            trainer.network.state[3] = np.nan
    assert isinstance(event, TrainEnd)
    assert event.reason == "diverged"
    np.testing.assert_array_equal(trainer.state().snapshot.weights, good.snapshot.weights)
    assert trainer.state().snapshot.epoch == 1
    assert np.isfinite(trainer.network.state).all()


@pytest.mark.parametrize(
    ("before", "place", "kept"),
    [
        (0, "epoch 1: at step 1", "at the start"),
        (7, "epoch 2: at step 8", "after step 7, in epoch 2,"),
        (10, "epoch 3: at step 11", "after epoch 2, step 10,"),
    ],
)
def test_divergence_says_where_it_was_and_where_it_goes_back_to(before: int, place: str, kept: str) -> None:
    trainer = small_trainer(epochs=4)  # five steps an epoch
    for event in trainer.fit() if before else ():
        if isinstance(event, EpochEnd if before == 10 else StepEnd) and event.step == before:
            break
    again = small_trainer(epochs=4)
    again.restore(trainer.state())
    events = again.fit()
    next(events)
    again.network.state[3] = np.nan
    *_, end = events
    assert isinstance(end, TrainEnd)
    assert end.message.startswith(f"Training diverged in {place} the loss was nan. The state {kept} was kept; try ")


def test_divergence_that_an_evaluation_shows_is_at_the_last_step_of_the_epoch() -> None:
    trainer = small_trainer(epochs=2)
    for event in trainer.fit():
        if isinstance(event, StepEnd) and event.step == 10:
            trainer.network.state[3] = np.nan
    assert isinstance(event, TrainEnd)
    assert event.message.startswith("Training diverged in epoch 2: by step 10 losses were far above ")
    assert "The state after epoch 1, step 5, was kept" in event.message


def test_divergence_on_average_does_not_blame_the_last_loss() -> None:
    """A last batch that happens to be answered well would be told as the loss that was too high."""
    trainer = small_trainer(epochs=3, batch_size=4, optimizer=SGD(learning_rate=30), schedule=Constant())
    end = drain(trainer)[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "diverged"
    assert re.match(
        r"Training diverged in epoch \d: by step \d+ losses were far above that of a constant guess, or", end.message
    )


def test_a_bad_start_is_not_divergence() -> None:
    """Losses far above a constant guess are fine as long as fifty steps do not go on like that."""
    trainer = small_trainer(epochs=20, batch_size=16, optimizer=SGD(learning_rate=0.05), schedule=Constant())
    trainer.network.state[:] *= 6
    events = drain(trainer)
    assert of_kind(events, StepEnd)[0].loss > 4 * math.log(4)
    end = events[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "completed"


# -- changes while it runs ------------------------------------------------------------------------------------------


def test_a_live_change_is_told_recorded_and_used_from_the_next_step_on() -> None:
    trainer = small_trainer(epochs=2, optimizer=SGD(learning_rate=0.1, momentum=0.5), schedule=Constant())
    rates = []
    changed: list[SettingChanged] = []
    for event in trainer.fit():
        if isinstance(event, StepEnd):
            rates.append(event.learning_rate)
            if event.step == 3:
                trainer.change("optimizer.learning_rate", 0.02)
                trainer.change("optimizer.momentum", 0.9)
        if isinstance(event, SettingChanged):
            changed.append(event)
    assert rates[:4] == [0.1, 0.1, 0.1, 0.02]
    assert [(event.path, event.old, event.new, event.step) for event in changed] == [
        ("optimizer.learning_rate", "0.1", "0.02", 3),
        ("optimizer.momentum", "0.5", "0.9", 3),
    ]
    assert trainer.state().changes[0] == {"step": 3, "path": "optimizer.learning_rate", "old": "0.1", "new": "0.02"}
    assert trainer.plan.optimizer.learning_rate == 0.02


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("batch_size", 64, "batch_size cannot change while training runs"),
        ("optimizer.learning_rate", -1, "expected a number above 0"),
        ("optimizer.speed", 1, "no setting 'speed'"),
        ("optimizer", "sgd", "optimizer cannot change"),
        ("optimizer", Adam(beta_1=0.1), "optimizer.beta_1 cannot change"),
        ("callbacks", (StopAtTarget(),), "callbacks cannot change"),
    ],
)
def test_a_change_that_is_not_possible_changes_nothing(path: str, value: object, words: str) -> None:
    trainer = small_trainer()
    before = trainer.plan
    with pytest.raises(ValueError, match=words):
        trainer.change(path, value)
    drain(trainer)
    assert trainer.plan is before
    assert not trainer.state().changes


def test_a_change_in_the_middle_of_a_step_waits_for_the_next_one() -> None:
    """Or else a step that is made again after a stop would not be the step that was interrupted."""
    data, rates = blobs(3 * SHARD), []
    plan = TrainingPlan(optimizer=SGD(learning_rate=0.1), epochs=3, batch_size=len(data))
    trainer = Trainer(small_network(), data, plan=plan)
    for event in trainer.fit():
        if isinstance(event, ShardEnd) and event.step == 0 and event.done == 1:
            trainer.change("optimizer.learning_rate", 0.3)
            trainer.change("optimizer.learning_rate", 0.5)
        if isinstance(event, StepEnd):
            rates.append(event.learning_rate)
    assert rates == [0.1, 0.5, 0.5]
    assert [change["new"] for change in trainer.state().changes] == ["0.5"], "only the last of several counts"


def test_a_change_after_the_end_holds_when_training_goes_on() -> None:
    """Diverged, lower the rate, train: the advice that is given must work."""
    trainer = small_trainer(epochs=40, optimizer=SGD(learning_rate=1000.0), schedule=Constant())
    drain(trainer)
    trainer.change("optimizer.learning_rate", 0.05)
    events = drain(trainer)
    assert of_kind(events, StepEnd)[0].learning_rate == 0.05
    assert isinstance(events[-1], TrainEnd)
    assert events[-1].reason == "completed"


def test_a_change_to_what_is_so_already_is_none() -> None:
    trainer = small_trainer(optimizer=SGD(learning_rate=0.1))
    trainer.change("optimizer.learning_rate", 0.1)
    trainer.change("optimizer.momentum", 0.5)
    trainer.change("optimizer.momentum", 0.0)  # taken back before the next step
    assert not [event for event in trainer.fit() if isinstance(event, SettingChanged)]


def test_a_live_change_that_does_not_fit_the_data_is_refused_at_once_and_changes_nothing() -> None:
    table = ArrayDataset(np.random.default_rng(0).random((40, 36)), np.arange(40) % 4)
    trainer = Trainer(small_network(), table, None, TrainingPlan(epochs=1, batch_size=10))
    for event in trainer.fit():
        if isinstance(event, StepEnd) and event.step == 2:
            with pytest.raises(ValueError, match=r"rotation: expected images"):
                trainer.change("augmentation", (Rotation(),))
    assert isinstance(event, TrainEnd)
    assert (event.reason, event.step, trainer.plan.augmentation) == ("completed", 4, ())


def test_a_finished_training_goes_on_with_more_epochs() -> None:
    trainer = small_trainer(epochs=2, schedule=Constant())
    drain(trainer)
    trainer.change("epochs", 3)
    assert [event.epoch for event in of_kind(drain(trainer), EpochEnd)] == [2]


def test_a_training_that_a_callback_ended_goes_on_when_asked_to() -> None:
    trainer = small_trainer(epochs=5, callbacks=(StopAtTarget(metric="loss", value=100.0),))
    assert len(of_kind(drain(trainer), EpochEnd)) == 1
    assert len(of_kind(drain(trainer), EpochEnd)) == 0
    trainer.continue_past_end()
    assert len(of_kind(drain(trainer), EpochEnd)) == 1


def test_going_on_past_an_end_raises_no_rate_and_forgets_no_checkpoint() -> None:
    watching = (
        ReduceOnPlateau(monitor="loss", patience=1, min_delta=100.0),
        CheckpointTopK(monitor="loss", count=2),
        EarlyStopping(monitor="loss", patience=3, min_delta=100.0),
    )
    trainer = small_trainer(epochs=20, schedule=Constant(), callbacks=watching)
    drain(trainer)
    rate, kept = trainer.learning_rate, trainer.kept_epochs
    assert trainer.epoch == 4
    assert rate == pytest.approx(0.01 / 8)
    assert kept
    trainer.continue_past_end()
    events = trainer.fit()
    next(events)
    assert (trainer.learning_rate, trainer.kept_epochs) == (rate, kept)
    assert len(of_kind(list(events), EpochEnd)) == 4


def test_layers_change_live_with_the_experiment_and_go_back_with_a_restored_state() -> None:
    layers = (InputLayer(units=36), DropoutLayer(rate=0.2), DenseLayer(units=4, fn="softmax"))
    plan = Experiment(layers=layers, epochs=2, batch_size=32)
    trainer = Trainer(Network(layers), blobs(150), blobs(40), plan)
    before = trainer.state()
    trainer.change("layers.dropout.rate", 0.6)
    drain(trainer)
    assert trainer.network.layers[1] == DropoutLayer(rate=0.6)
    with pytest.raises(ValueError, match=r"layers\.2\.units cannot change"):
        trainer.change("layers.2.units", 5)
    trainer.restore(before)
    assert trainer.network.layers[1] == DropoutLayer(rate=0.2)


def test_restoring_brings_back_everything_that_follows_from_the_plan() -> None:
    other = small_trainer(batch_size=16, seed=3, epochs=2)
    drain(other)
    trainer = small_trainer(batch_size=32, seed=0)
    trainer.restore(small_trainer(batch_size=16, seed=3, epochs=2).state())
    drain(trainer)
    np.testing.assert_array_equal(trainer.state().snapshot.weights, other.state().snapshot.weights)


@pytest.mark.parametrize("late", [True, False])
def test_a_stop_that_crosses_with_the_end_does_no_harm(late: bool) -> None:
    trainer = small_trainer(epochs=1)
    for event in trainer.fit():
        if isinstance(event, EpochEnd) and not late:
            trainer.request_stop()
    assert isinstance(event, TrainEnd)
    assert event.reason == "completed"
    trainer.request_stop()
    trainer.change("epochs", 2)
    assert isinstance(end := drain(trainer)[-1], TrainEnd)
    assert end.reason == "completed"


def test_after_the_end_the_snapshot_is_of_the_last_moment_and_the_best_beside_it() -> None:
    trainer = small_trainer(epochs=12, optimizer=SGD(learning_rate=0.8), schedule=Constant())
    drain(trainer)
    assert trainer.ended
    best, last = trainer.best_snapshot(), trainer.snapshot()
    assert best is not None
    assert (last.epoch, last.step) == (12, 60)
    assert (best.epoch, best.step) != (12, 60)
    assert best.metrics["val_accuracy"] >= last.metrics["val_accuracy"]
    np.testing.assert_array_equal(best.weights, trainer.network.state)
    assert not np.array_equal(last.weights, best.weights)


def test_the_present_weights_answer_until_the_end_and_the_best_after_it() -> None:
    def answering(trainer: Trainer) -> bytes:
        return trainer.answering_snapshot().weights.tobytes()

    trainer = small_trainer(epochs=12, optimizer=SGD(learning_rate=0.8), schedule=Constant())
    assert answering(trainer) == trainer.network.state.tobytes()
    for _ in trainer.fit():
        if not trainer.ended:
            assert answering(trainer) == trainer.network.state.tobytes()
    best = trainer.best_snapshot()
    assert best is not None
    assert answering(trainer) == best.weights.tobytes() != trainer.snapshot().weights.tobytes()
    again = small_trainer(epochs=12, optimizer=SGD(learning_rate=0.8), schedule=Constant())
    again.restore(trainer.state())
    assert answering(again) == best.weights.tobytes()
    assert again.state().ended
    again.change("epochs", 13)
    next(again.fit())
    assert not again.ended
    assert answering(again) == again.snapshot().weights.tobytes()


# -- what it refuses, what it accepts -----------------------------------------------------------------------------


def network(units: int, fn: str, inputs: int = 36) -> Network:
    return Network([InputLayer(units=inputs), DenseLayer(units=units, fn=fn)])


@pytest.mark.parametrize(
    ("net", "plan", "words"),
    [
        (network(4, "softmax", inputs=35), TrainingPlan(), "Set InputLayer to 36 units"),
        (network(5, "softmax"), TrainingPlan(), "last layer should have as many units"),
        (network(4, "relu"), TrainingPlan(), "cross_entropy needs probabilities"),
        (network(4, "tanh"), TrainingPlan(loss=BinaryCrossEntropy()), "binary_cross_entropy needs probabilities"),
        (network(4, "softmax"), TrainingPlan(monitor="val_top"), "monitor: expected one of val_accuracy, val_macro_f1"),
        (network(4, "softmax"), TrainingPlan(callbacks=(StopAtTarget(metric="bleu"),)), "expected a metric of"),
    ],
)
def test_refuses_what_does_not_fit_together(net: Network, plan: TrainingPlan, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Trainer(net, blobs(40), blobs(10), plan)


def test_refuses_an_empty_training_set() -> None:
    with pytest.raises(ValueError, match="nothing to learn from"):
        Trainer(network(4, "softmax"), blobs(40).subset(np.array([], int)))


@pytest.mark.parametrize(
    ("fn", "plan"),
    [
        ("sigmoid", TrainingPlan(loss=BinaryCrossEntropy(), optimizer=Adam(learning_rate=0.02), epochs=30)),
        ("softmax", TrainingPlan(loss=MeanSquaredError(), optimizer=Adam(learning_rate=0.02), epochs=30)),
        ("linear", TrainingPlan(loss=MeanSquaredError(), optimizer=Adam(learning_rate=0.02), epochs=30)),
    ],
)
def test_other_losses_learn_the_classes_too(fn: str, plan: TrainingPlan) -> None:
    trainer = Trainer(network(4, fn), blobs(150), blobs(60, seed=1), plan)
    drain(trainer)
    assert trainer.best is not None
    assert trainer.best.value > 0.8


def test_refuses_validation_data_for_another_task() -> None:
    with pytest.raises(
        ValueError,
        match=r"The validation data asks for .*: samples of shape .* and \d+ classes \(.*, not samples of shape",
    ):
        Trainer(network(4, "softmax"), blobs(40), ArrayDataset(np.zeros((9, 5, 5), np.uint8), np.arange(9) % 4))


def test_values_far_from_zero_are_learned_and_not_taken_for_divergence() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3)).astype(np.float32)
    data = ArrayDataset(x, x @ np.array([[1.0], [-2.0], [0.5]]) + 100)
    net = Network([InputLayer(units=3), DenseLayer(units=1)])
    plan = TrainingPlan(loss=MeanSquaredError(), optimizer=SGD(learning_rate=0.005), epochs=60, batch_size=20)
    trainer = Trainer(net, data, plan=plan, preprocessing=Preprocessing(divide_by=1))
    end = drain(trainer)[-1]
    assert isinstance(end, TrainEnd)
    assert end.reason == "completed"
    assert trainer.history[-1]["loss"] < 1


def test_a_training_of_few_steps_can_diverge_too() -> None:
    trainer = small_trainer(epochs=3, optimizer=SGD(learning_rate=1e4), schedule=Constant())
    assert isinstance(end := drain(trainer)[-1], TrainEnd)
    assert end.reason == "diverged"


def test_parameters_that_the_last_step_of_an_epoch_blew_up_never_become_the_best() -> None:
    trainer = small_trainer(validation=0, epochs=2, batch_size=150, optimizer=SGD(learning_rate=0.1))
    for event in trainer.fit():
        if isinstance(event, StepEnd) and event.epoch == 1:
            trainer.network.state[0] = np.inf
    assert isinstance(event, TrainEnd)
    assert event.reason == "diverged"
    assert trainer.best is not None
    assert trainer.best.epoch == 0
    assert np.isfinite(trainer.network.state).all()


def test_learns_values_without_classes_or_validation() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3)).astype(np.float32)
    data = ArrayDataset(x, x @ np.array([[1.0], [-2.0], [0.5]]) + 3)
    net = Network([InputLayer(units=3), DenseLayer(units=1)])
    plan = TrainingPlan(loss=MeanSquaredError(), optimizer=SGD(learning_rate=0.1), epochs=30, batch_size=20)
    trainer = Trainer(net, data, plan=plan, preprocessing=Preprocessing(divide_by=1))
    ends = of_kind(drain(trainer), EpochEnd)
    assert trainer.monitor == "loss"
    assert set(ends[-1].metrics) == {"loss"}
    assert ends[-1].metrics["loss"] < 1e-6
    np.testing.assert_allclose(net.predict(x[:3]), data.targets[:3], atol=1e-2)


def test_l2_pulls_weights_but_not_biases_towards_zero_and_leaves_the_shown_loss_alone() -> None:
    strength = 0.5

    def after_one_step(**plan: Any) -> tuple[Trainer, StepEnd]:
        trainer = small_trainer(
            samples=32, epochs=1, augmentation=(), optimizer=SGD(learning_rate=0.1), schedule=Constant(), **plan
        )
        return trainer, of_kind(drain(trainer), StepEnd)[0]

    plain, plain_step = after_one_step()
    priced, priced_step = after_one_step(regularization=(L2(strength=strength),))
    initial = small_network().state_dict()
    plain_after = plain.network.vector_as_dict(np.array(plain.state().snapshot.weights))
    priced_after = priced.network.vector_as_dict(np.array(priced.state().snapshot.weights))
    for name, value in initial.items():
        pull = 0.1 * strength * value if name.endswith("weights") else 0
        np.testing.assert_allclose(priced_after[name], plain_after[name] - pull, atol=1e-6)
    assert priced_step.loss == plain_step.loss


def test_seconds_are_those_of_training_alone() -> None:
    trainer = small_trainer(epochs=1)
    slept = 0.0
    for event in trainer.fit():
        if isinstance(event, StepEnd):
            time.sleep(0.05)
            slept += 0.05
        if isinstance(event, EpochEnd):
            assert event.seconds < slept
            assert event.seconds == pytest.approx(trainer.seconds)
