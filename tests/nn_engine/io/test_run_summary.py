"""What a run's folder tells at a glance, and which run was interrupted."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from nn_engine import Trainer
from nn_engine.io.run_folder import RunFolder
from nn_engine.io.run_summary import find_interrupted, summarize
from tests.nn_engine.io.runs import STEPS_PER_EPOCH, tiny_trainer


def interrupted(path: Path, epochs: int = 2, at: float = 1000, run_id: str = "tiny") -> tuple[RunFolder, Trainer]:
    """A run that was left without a word after so many of three epochs, last written to at a certain time."""
    trainer = tiny_trainer(run_id=run_id, name="little")
    folder = RunFolder.create(path, trainer)
    trainer.observe(folder.record)
    events = trainer.fit()
    while len(trainer.history) < epochs or trainer.step % STEPS_PER_EPOCH:
        next(events)
    if epochs:
        next(events)  # the end of the epoch is written before it is told
    events.close()
    os.utime(folder.last, (at, at))
    return folder, trainer


def test_a_run_in_a_few_facts(tmp_path: Path) -> None:
    _, trainer = interrupted(tmp_path / "run")
    run = summarize(tmp_path / "run")
    assert (run.path, run.run_id, run.name) == (tmp_path / "run", "tiny", "little")
    assert (run.epochs_done, run.epochs_planned, run.end_reason) == (2, 3, "")
    assert run.best_accuracy == pytest.approx(max(epoch["val_accuracy"] for epoch in trainer.history))
    assert abs(datetime.datetime.now(datetime.UTC) - run.began) < datetime.timedelta(minutes=5)


def test_without_a_validation_set_the_best_is_that_of_training(tmp_path: Path) -> None:
    trainer = tiny_trainer(validation=False)
    folder = RunFolder.create(tmp_path / "run", trainer)
    trainer.observe(folder.record)
    list(trainer.fit())
    run = summarize(tmp_path / "run")
    assert run.best_accuracy == pytest.approx(max(epoch["accuracy"] for epoch in trainer.history))
    assert run.end_reason == "completed"


def test_a_changed_number_of_epochs_and_a_line_cut_short(tmp_path: Path) -> None:
    interrupted(tmp_path / "run")
    with (tmp_path / "run" / "events.jsonl").open("a") as stream:
        stream.write('{"event": "setting_changed", "path": "epochs", "old": "3", "new": "40"}\n{"event": "train_e')
    run = summarize(tmp_path / "run")
    assert (run.epochs_planned, run.end_reason) == (40, "")


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises((OSError, ValueError)):
        summarize(tmp_path)


def test_the_newest_run_that_was_interrupted_is_found(tmp_path: Path) -> None:
    assert find_interrupted(tmp_path) is None
    interrupted(tmp_path / "old", at=1000)
    interrupted(tmp_path / "new", at=2000)
    interrupted(tmp_path / "without an epoch", epochs=0, at=3000)
    broken, _ = interrupted(tmp_path / "broken", at=4000)
    (broken.path / "run.json").write_text("{")
    interrupted(tmp_path / ".new.123.partial", at=5000)
    found = find_interrupted(tmp_path)
    assert found is not None
    assert found.path == tmp_path / "new"


def test_a_run_that_ended_or_is_being_trained_was_not_interrupted(tmp_path: Path) -> None:
    folder, trainer = interrupted(tmp_path / "run")
    with folder:
        assert RunFolder(folder.path).in_use()
        assert find_interrupted(tmp_path) is None
    assert not RunFolder(folder.path).in_use()
    assert find_interrupted(tmp_path) is not None
    list(trainer.fit())
    assert find_interrupted(tmp_path) is None
