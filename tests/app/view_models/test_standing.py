from __future__ import annotations

import pytest

from app.view_models.document import ExperimentDocument
from app.view_models.standing import FAILURES, about, standing
from app.view_models.transport import Transport
from nn_engine import Experiment
from nn_engine.training import EpochEnd, StepEnd, TrainBegin, TrainEnd


@pytest.fixture
def transport(qapp: object) -> Transport:
    made = Transport()
    made.plan(steps_per_epoch=10, epochs=2, monitor="val_accuracy")
    made.set_worker_state("paused")
    return made


@pytest.fixture
def document(qapp: object, small: Experiment) -> ExperimentDocument:
    return ExperimentDocument(small)


def step(number: int) -> StepEnd:
    return StepEnd("run", (number - 1) // 10, number, 0.5, {}, 0.1, 32, 0.01)


def test_before_training_it_says_what_will_be_trained(transport: Transport, document: ExperimentDocument) -> None:
    assert standing(transport, document) == ("Ready to train a new network", "2 epochs")
    transport.set_worker_state("preparing")
    assert standing(transport, document) == ("Getting ready", "The data is being loaded.")
    transport.block("The last layer has 9 units.")
    assert standing(transport, document) == ("This cannot be trained yet", "The last layer has 9 units.")


def test_how_long_it_takes_is_said_once_it_was_measured(transport: Transport, document: ExperimentDocument) -> None:
    transport.expect(0.6)
    assert standing(transport, document) == ("Ready to train a new network", "2 epochs, about a second here")
    document.set("epochs", "100")
    assert standing(transport, document) == ("Ready to train a new network", "100 epochs, about a minute here")
    document.set("epochs", "1")
    transport.clear()
    assert standing(transport, document) == ("Ready to train a new network", "1 epoch")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.01, "a second"),
        (1.6, "2 seconds"),
        (9.7, "10 seconds"),
        (12.4, "10 seconds"),
        (38.0, "40 seconds"),
        (54.9, "55 seconds"),
        (70.0, "a minute"),
        (140.0, "2 minutes"),
        (47 * 60.0, "45 minutes"),
        (70 * 60.0, "an hour"),
        (1000 * 3600.0, "1,000 hours"),
    ],
)
def test_times_are_no_finer_than_they_are_known(seconds: float, words: str) -> None:
    assert about(seconds) == f"about {words}"


def test_while_it_goes_well_the_progress_says_more(transport: Transport, document: ExperimentDocument) -> None:
    transport.set_worker_state("running")
    assert standing(transport, document) is None
    transport.ingest([TrainBegin("run", 0, 0, 2, 10), step(1)])
    transport.set_worker_state("paused")
    assert standing(transport, document) is None


@pytest.mark.parametrize(
    ("epochs_done", "first", "second"),
    [
        (0, "Training diverged in epoch 1", "Train begins again from the initial weights."),
        (1, "Training diverged in epoch 2", "Train goes on after epoch 1."),
    ],
)
def test_divergence_is_said_with_what_train_does(
    transport: Transport, document: ExperimentDocument, epochs_done: int, first: str, second: str
) -> None:
    transport.ingest([TrainBegin("run", 0, 0, 2, 10), *(step(number) for number in range(1, 13))])
    if epochs_done:
        transport.ingest([EpochEnd("run", 0, 10, {"val_accuracy": 0.5}, 0.1, 1.0, True)])
    transport.ingest([TrainEnd("run", epochs_done, 10 * epochs_done, "diverged", "It diverged.", None, {})])
    assert standing(transport, document) == (first, f"{second} Lower the learning rate first.")


def test_a_failure_is_said_with_what_train_does(transport: Transport, document: ExperimentDocument) -> None:
    transport.fail(FAILURES["beginning"], "The disk is full.")
    assert standing(transport, document) == (
        "The run could not be started",
        "Train begins again from the initial weights. The disk is full.",
    )
    transport.ingest([TrainBegin("run", 0, 0, 2, 10), *(step(number) for number in range(1, 5))])
    assert standing(transport, document) is None, "it goes on"
    transport.fail(FAILURES["training"], "The disk is full.")
    assert standing(transport, document) == (
        "Training was interrupted",
        "Train goes on from step 4. The disk is full.",
    )
    transport.clear()
    transport.fail(FAILURES["data"], "There is no such file.")
    assert standing(transport, document) == (
        "The data could not be read",
        "Train tries again. There is no such file.",
    )
    transport.plan(10, 2, "val_accuracy")
    assert standing(transport, document) == ("Ready to train a new network", "2 epochs")
