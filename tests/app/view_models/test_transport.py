from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from app.view_models.transport import Transport
from nn_engine.training import EpochEnd, ShardEnd, StepEnd, TrainBegin, TrainEnd


@pytest.fixture
def transport(qapp: object) -> Transport:
    made = Transport()
    made.plan(steps_per_epoch=10, epochs=2, monitor="val_accuracy")
    made.set_worker_state("paused")
    return made


def step(number: int, rate: float = 0.1, samples: int = 32) -> StepEnd:
    return StepEnd("run", (number - 1) // 10, number, 0.5, {"accuracy": 0.8}, rate, samples, 0.01 * number)


def epoch(number: int, accuracy: float, improved: bool) -> EpochEnd:
    metrics = {"loss": 0.4, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": accuracy}
    return EpochEnd("run", number, 10 * (number + 1), metrics, 0.1, 1.0, improved)


def test_at_first_it_can_train_but_not_stop_or_rewind(transport: Transport) -> None:
    actions = transport.actions
    assert (actions.train, actions.step) == ("", "")
    assert actions.stop == "Nothing is being trained."
    assert actions.rewind == "The network still has its initial weights."
    assert actions.pause == "Nothing is being trained."
    assert not transport.begun
    assert transport.progress == 0


def test_while_the_data_is_loaded_nothing_can_be_done(transport: Transport) -> None:
    transport.set_worker_state("preparing")
    assert transport.actions.train == transport.actions.step == transport.actions.rewind == "The data is being loaded."


def test_what_is_done_before_the_first_step_is_said_in_words(transport: Transport, qtbot: QtBot) -> None:
    assert transport.busy == ""
    with qtbot.waitSignal(transport.changed):
        transport.ask("train", 1)
    assert transport.starting
    assert transport.actions.stop == ""
    assert transport.actions.train == transport.busy == "The training is about to begin."
    transport.set_worker_state("building")
    assert transport.actions.train == transport.busy == "The network is being built."
    transport.set_worker_state("paused")
    assert transport.starting, "the network is there, the training is still to begin"
    transport.set_worker_state("running", obeyed=1)
    assert transport.busy == "The first step is being made."
    with qtbot.waitSignal(transport.changed):
        transport.ingest([step(1)])
    assert (transport.busy, transport.starting) == ("", False)


def test_a_stop_is_acknowledged_before_it_has_come_about(transport: Transport) -> None:
    transport.ask("train", 1)
    transport.set_worker_state("building")
    transport.ask("stop", 2)
    assert transport.actions.stop == "It is being stopped."
    assert not transport.starting
    transport.set_worker_state("paused", obeyed=2)
    assert transport.wish == ""
    assert transport.actions.stop == "Nothing is being trained."


def test_what_was_asked_last_counts_until_the_worker_has_obeyed_it(transport: Transport) -> None:
    transport.ask("train", 1)
    transport.ask("pause", 2)
    assert not transport.will_run
    transport.set_worker_state("running", obeyed=1)
    transport.ingest([step(1)])
    assert transport.wish == "pause"
    transport.ask("train", 3)
    transport.ingest([step(2)])
    assert transport.starting, "the step belongs to the training before the pause"
    transport.set_worker_state("paused", obeyed=2)
    assert transport.starting, "the pause is over as soon as it has come about"
    transport.set_worker_state("running", obeyed=3)
    transport.ingest([step(3)])
    assert (transport.wish, transport.running) == ("", True)


def test_a_training_that_cannot_begin_is_not_waited_for(transport: Transport) -> None:
    transport.ask("train", 1)
    transport.set_worker_state("paused", obeyed=1)
    assert (transport.wish, transport.will_run) == ("", False)


def test_why_it_cannot_train_is_said_where_train_is(transport: Transport, qtbot: QtBot) -> None:
    with qtbot.waitSignal(transport.changed):
        transport.block("The last layer has 9 units.")
    assert transport.actions.train == "The last layer has 9 units."
    with qtbot.assertNotEmitted(transport.changed):
        transport.block("The last layer has 9 units.")
    transport.block("")
    assert transport.actions.train == ""


def test_running_it_can_pause_and_stop_but_not_step(transport: Transport) -> None:
    transport.set_worker_state("running")
    transport.ingest([TrainBegin("run", 0, 0, 2, 10), step(1)])
    assert transport.running
    assert transport.actions.pause == transport.actions.stop == transport.actions.rewind == ""
    assert transport.actions.step == "Pause first."


def test_steps_and_epochs_move_it_on(transport: Transport) -> None:
    transport.ingest([TrainBegin("run", 0, 0, 2, 10), *(step(number, 0.01 * number) for number in range(1, 6))])
    assert (transport.step, transport.epoch, transport.learning_rate) == (5, 0, 0.05)
    assert transport.progress == 0.25
    transport.ingest([epoch(0, 0.9, True)])
    assert (transport.epochs_done, transport.best_value, transport.best_epoch) == (1, 0.9, 1)
    assert transport.metrics["val_accuracy"] == 0.9
    transport.ingest([epoch(1, 0.8, False)])
    assert (transport.best_value, transport.best_epoch) == (0.9, 1)
    assert transport.finished
    assert transport.progress == 1


def test_it_tells_of_new_states_but_not_of_every_step(transport: Transport, qtbot: QtBot) -> None:
    with qtbot.waitSignal(transport.changed):
        transport.ingest([step(1)])  # from now on there is something to rewind
    with qtbot.assertNotEmitted(transport.changed):
        transport.ingest([step(2), ShardEnd("run", 0, 2, "training", 1, 4), step(3)])
    with qtbot.waitSignal(transport.changed):
        transport.ingest([epoch(0, 0.9, True)])


def test_a_smaller_loss_is_better(transport: Transport) -> None:
    transport.plan(10, 3, "val_loss")
    for number, loss in enumerate((0.5, 0.3, 0.4)):
        transport.ingest([EpochEnd("run", number, 10 * number + 10, {"val_loss": loss}, 0.1, 1.0, number < 2)])
    assert (transport.best_value, transport.best_epoch) == (0.3, 2)


def test_the_end_says_why_and_can_be_gone_past(transport: Transport) -> None:
    transport.ingest([step(3), TrainEnd("run", 0, 3, "stopped", "Stopped in epoch 1.", None, {})])
    assert (transport.end_reason, transport.end_message) == ("stopped", "Stopped in epoch 1.")
    assert transport.actions.stop == "Nothing is being trained."
    transport.ingest([TrainBegin("run", 0, 3, 2, 10)])
    assert transport.end_reason == ""


def test_speed_and_time_left(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert transport.speed is None
    assert transport.seconds_left is None
    for number in range(1, 6):
        transport.ingest([step(number)])
        now[0] += 0.5
    assert transport.speed == pytest.approx(64)
    assert transport.seconds_left == pytest.approx(15 * 32 / 64)
    transport.set_worker_state("paused")
    assert transport.speed is None


def test_only_the_last_seconds_count_for_the_speed(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for number in range(1, 100):
        transport.ingest([step(number, samples=32 if number < 50 else 320)])
        now[0] += 0.1
    assert transport.speed == pytest.approx(3200)


def test_clear_forgets_all(transport: Transport) -> None:
    transport.ingest([step(3), epoch(0, 0.9, True)])
    transport.clear()
    assert (transport.step, transport.epochs_done, transport.best_value, transport.metrics) == (0, 0, None, {})
    assert not transport.begun
    assert not transport.finished
