"""A training that was interrupted and resumed equals the one that nobody disturbed, bit for bit."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import SGD, Adam, EarlyStopping, Optimizer, Trainer
from nn_engine.io.checkpoint import load_checkpoint, save_checkpoint
from nn_engine.training import EpochEnd, Event, ShardEnd, StepEnd, TrainerState
from tests.nn_engine.training.small import drain, small_trainer

OPTIMIZERS: list[Optimizer] = [
    SGD(learning_rate=0.1, momentum=0.9),
    SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    Adam(learning_rate=0.01),
]
PLACES: dict[str, Callable[[Event], bool]] = {
    "before the first step": lambda event: event.step == 0,
    "in the middle of an epoch": lambda event: isinstance(event, StepEnd) and event.step == 8,
    "at the last step of an epoch": lambda event: isinstance(event, StepEnd) and event.step == 10,
    "in the middle of an evaluation": lambda event: isinstance(event, ShardEnd) and event.step == 10,
    "at the end of an epoch": lambda event: isinstance(event, EpochEnd) and event.epoch == 1,
}


def new_trainer(optimizer: Optimizer) -> Trainer:
    # 1,500 samples to validate by, so that an evaluation has two shards and can be stopped between them
    return small_trainer(validation=1500, optimizer=optimizer, callbacks=(EarlyStopping(patience=50),))


def assert_same(found: TrainerState, expected: TrainerState) -> None:
    np.testing.assert_array_equal(found.snapshot.weights, expected.snapshot.weights)
    for name, slot in expected.slots.items():
        np.testing.assert_array_equal(found.slots[name], slot)
    assert found.history == expected.history
    assert found.recent_losses == expected.recent_losses
    assert found.callback_memories == expected.callback_memories
    assert found.best is not None
    assert expected.best is not None
    assert (found.best.epoch, found.best.value) == (expected.best.epoch, expected.best.value)
    np.testing.assert_array_equal(found.best.weights, expected.best.weights)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_stopped_saved_loaded_and_resumed_is_the_undisturbed_run(
    place: str, optimizer: Optimizer, tmp_path: Path
) -> None:
    undisturbed = new_trainer(optimizer)
    drain(undisturbed)

    first = new_trainer(optimizer)
    for event in first.fit():
        if PLACES[place](event):
            first.request_stop()
    assert first.state().snapshot.step < undisturbed.state().snapshot.step
    save_checkpoint(tmp_path / "last.npz", first)

    second = new_trainer(optimizer)
    state = load_checkpoint(tmp_path / "last.npz").state
    assert state is not None
    second.restore(state)
    drain(second)
    assert_same(second.state(), undisturbed.state())
    np.testing.assert_array_equal(second.network.state, undisturbed.network.state)


def test_stopping_after_every_single_step_changes_nothing() -> None:
    undisturbed = new_trainer(OPTIMIZERS[2])
    drain(undisturbed)
    trainer = new_trainer(OPTIMIZERS[2])
    while trainer.epoch < trainer.plan.epochs:
        for event in trainer.fit():
            if isinstance(event, StepEnd | EpochEnd):
                trainer.request_stop()
    assert_same(trainer.state(), undisturbed.state())


def test_a_branch_from_the_middle_leaves_the_original_alone() -> None:
    trainer = new_trainer(OPTIMIZERS[0])
    for event in trainer.fit():
        if isinstance(event, StepEnd) and event.step == 7:
            middle = trainer.state()
    expected = trainer.state().snapshot.weights
    branch = new_trainer(OPTIMIZERS[0])
    branch.restore(middle)
    branch.change("optimizer.learning_rate", 0.001)
    drain(branch)
    assert not np.array_equal(branch.state().snapshot.weights, expected)
    same = new_trainer(OPTIMIZERS[0])
    same.restore(middle)
    drain(same)
    np.testing.assert_array_equal(same.state().snapshot.weights, expected)


def test_a_changed_rate_and_dropout_survive_a_resume(tmp_path: Path) -> None:
    def with_change(stop: bool) -> Trainer:
        trainer = new_trainer(OPTIMIZERS[0])
        for event in trainer.fit():
            if isinstance(event, StepEnd) and event.step == 6:
                trainer.change("optimizer.learning_rate", 0.03)
            if stop and isinstance(event, StepEnd) and event.step == 7:
                trainer.request_stop()
        return trainer

    save_checkpoint(tmp_path / "last.npz", with_change(stop=True))
    resumed = new_trainer(OPTIMIZERS[0])
    state = load_checkpoint(tmp_path / "last.npz").state
    assert state is not None
    resumed.restore(state)
    drain(resumed)
    assert resumed.state().changes == ({"step": 6, "path": "optimizer.learning_rate", "old": "0.1", "new": "0.03"},)
    assert_same(resumed.state(), with_change(stop=False).state())


# -- in new processes ---------------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[3]
LAYERS = [
    {"type": "input", "units": 784},
    {"type": "dense", "units": 24, "fn": "relu"},
    {"type": "dropout", "rate": 0.2},
    {"type": "dense", "units": 10, "fn": "softmax"},
]
EPOCHS = 6


def words(folder: Path, optimizer: str) -> list[str]:
    settings = [
        f"layers={json.dumps(LAYERS)}",
        f"optimizer={optimizer}",
        "schedule=one_cycle",
        "train_size=6000",
        "batch_size=16",
        "augmentation.rotation=on",
        "augmentation.scaling=on",
    ]
    chosen = [word for setting in settings for word in ("--set", setting)]
    return ["train", "--epochs", str(EPOCHS), "--json", "--output", str(folder), *chosen]


def start(arguments: list[str]) -> subprocess.Popen[str]:
    environment = os.environ | {"BACKPROP_STUDIO_NO_BOOTSTRAP": "1"}
    command = [sys.executable, "main.py", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def result(folder: Path) -> tuple[dict[str, bytes], list[list[str]], bytes]:
    with np.load(folder / "checkpoints" / "last.npz") as archive:
        arrays = {name: archive[name].tobytes() for name in archive.files if name != "manifest"}
    with (folder / "metrics.csv").open(newline="") as stream:
        rows = [row[:-1] for row in csv.reader(stream)]  # all but the seconds
    return arrays, rows, (folder / "steps.bin").read_bytes()


SGD_WITH_MOMENTUM = '{"type": "sgd", "learning_rate": 0.05, "momentum": 0.9}'


@pytest.fixture(scope="module", params=[SGD_WITH_MOMENTUM, "adam"], ids=["momentum", "adam"])
def undisturbed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    process = start(words(folder, request.param))
    process.communicate()
    assert process.returncode == 0
    return request.param, result(folder)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("signal_number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130)]
)
def test_a_signal_and_a_resume_in_a_new_process(
    undisturbed: tuple[str, Any], signal_number: int, status: int, tmp_path: Path
) -> None:
    optimizer, expected = undisturbed
    folder = tmp_path / "run"
    with start(words(folder, optimizer)) as process:
        assert process.stdout is not None
        ended = 0
        for line in process.stdout:
            ended += json.loads(line)["event"] == "epoch_end"
            if ended == 2:
                break
        process.send_signal(signal_number)  # somewhere in the third epoch
        last = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert process.returncode == status
    if status == 130:
        assert last[-1]["event"] == "train_end"
        assert last[-1]["reason"] == "interrupted"

    resumed = start(["resume", str(folder), "--json"])
    told = [json.loads(line) for line in resumed.communicate()[0].splitlines()]
    assert resumed.returncode == 0
    assert told[0]["epoch"] == 3
    assert told[-1]["reason"] == "completed"
    assert result(folder) == expected
