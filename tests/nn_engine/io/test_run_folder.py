"""A run's folder can be read without the studio, agrees with its checkpoint, and survives whatever fails."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import SGD, Adam, CheckpointEvery, CheckpointTopK, Trainer
from nn_engine.environment import describe_environment
from nn_engine.io import files, metric_files, run_folder
from nn_engine.io.checkpoint import CheckpointError, load_checkpoint, save_best, save_checkpoint
from nn_engine.io.experiment_file import load_experiment
from nn_engine.io.metric_files import read_steps
from nn_engine.io.run_folder import RunFolder, RunFolderError
from nn_engine.training import EpochEnd, StepEnd
from tests.nn_engine.io.damage import JUNK
from tests.nn_engine.io.runs import STEPS_PER_EPOCH, advance, assert_same_state, refused, tiny_trainer
from tests.nn_engine.training.small import drain, small_trainer

ROOT = Path(__file__).parents[3]
EVERYTHING = {"checkpoints", "events.jsonl", "experiment.json", "metrics.csv", "run.json", "steps.bin"}

Numbers = dict[str, Any]


def begin(path: Path, **settings: Any) -> tuple[RunFolder, Trainer]:
    """A new run and its trainer, not trained yet."""
    trainer = tiny_trainer(**{"optimizer": Adam(), **settings})
    folder = RunFolder.create(path, trainer)
    trainer.observe(folder.record)
    return folder, trainer


def go_on(path: Path, **settings: Any) -> Trainer:
    """The trainer of an interrupted run, with the files cut back."""
    folder, checkpoint = RunFolder.open(path)
    assert checkpoint.state is not None
    trainer = tiny_trainer(**{"optimizer": Adam(), "run_id": checkpoint.run_id, **settings})
    trainer.restore(checkpoint.state)
    folder.cut_back(trainer)
    trainer.observe(folder.record)
    return trainer


def numbers(path: Path) -> Numbers:
    """Everything in a run's folder that must not depend on whether it was disturbed."""
    loaded = {name: load_checkpoint(path / "checkpoints" / f"{name}.npz") for name in ("last", "best")}
    with (path / "metrics.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    events = [json.loads(line) for line in (path / "events.jsonl").read_text().splitlines()]
    return {
        "weights": {name: checkpoint.network.state.tobytes() for name, checkpoint in loaded.items()},
        "places": {name: (checkpoint.epochs_done, checkpoint.step) for name, checkpoint in loaded.items()},
        "steps": read_steps(path / "steps.bin").tobytes(),
        "rows": [{name: value for name, value in row.items() if name != "seconds"} for row in rows],
        "epochs": [(event["epoch"], event["val_loss"]) for event in events if event["event"] == "epoch_end"],
    }


def contents(path: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that went to its end."""
    path = tmp_path_factory.mktemp("runs") / "undisturbed"
    drain(begin(path)[1])
    return path


class TestLayout:
    def test_everything_is_there_from_the_start(self, tmp_path: Path) -> None:
        _, trainer = begin(tmp_path / "deep" / "down" / "run")
        path = tmp_path / "deep" / "down" / "run"
        assert {entry.name for entry in path.iterdir()} == EVERYTHING
        assert os.listdir(path.parent) == ["run"]
        assert os.listdir(path / "checkpoints") == ["last.npz"]
        loaded = load_checkpoint(path / "checkpoints" / "last.npz")
        assert loaded.state is not None
        assert_same_state(loaded.state, trainer.state())
        assert load_experiment(path / "experiment.json") == trainer.plan

    def test_json_tells_what_it_is(self, undisturbed: Path) -> None:
        about = json.loads((undisturbed / "run.json").read_text("utf-8"))
        assert (about["format"], about["version"]) == ("backprop-studio-run", 1)
        assert (about["run_id"], about["parent"]) == ("tiny", None)
        assert about["environment"] == describe_environment()
        assert about["began"].endswith("+00:00")
        assert RunFolder(undisturbed).about()["environment"] == describe_environment()

    def test_rows_count_epochs_from_1(self, undisturbed: Path) -> None:
        text = (undisturbed / "metrics.csv").read_text()
        names = "epoch,step,loss,accuracy,val_loss,val_accuracy,val_macro_f1,learning_rate,seconds"
        assert text.startswith(f"{names}\n1,3,")
        rows = list(csv.DictReader(text.splitlines()))
        assert [(row["epoch"], row["step"]) for row in rows] == [("1", "3"), ("2", "6"), ("3", "9")]
        history = load_checkpoint(undisturbed / "checkpoints" / "last.npz").state
        assert history is not None
        for row, metrics in zip(rows, history.history, strict=True):
            assert {name: float(row[name]) for name in metrics} == metrics

    def test_a_run_keeps_the_columns_it_began_with(self, tmp_path: Path) -> None:
        """A run that an earlier version began knows nothing of metrics that came later."""
        folder, trainer = begin(tmp_path / "run", epochs=2)
        (folder.path / "metrics.csv").write_text("epoch,step,loss,gone,val_accuracy,learning_rate,seconds\n")
        (folder.path / "steps.bin").write_bytes(
            metric_files.steps_header([("step", "<u8"), ("loss", "<f4"), ("learning_rate", "<f4"), ("gone", "<f4")])
        )
        drain(trainer)
        rows = list(csv.DictReader((folder.path / "metrics.csv").read_text().splitlines()))
        for row, metrics in zip(rows, trainer.history, strict=True):
            assert (float(row["loss"]), float(row["val_accuracy"])) == (metrics["loss"], metrics["val_accuracy"])
            assert row["gone"] == ""
        steps = read_steps(folder.path / "steps.bin")
        assert len(steps) == 2 * STEPS_PER_EPOCH
        assert np.isnan(steps["gone"]).all()

    def test_steps_hold_every_step(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run", epochs=2)
        events = [event for event in drain(trainer) if isinstance(event, StepEnd)]
        steps = read_steps(folder.path / "steps.bin")
        assert steps["step"].tolist() == list(range(1, 2 * STEPS_PER_EPOCH + 1)) == [event.step for event in events]
        np.testing.assert_array_equal(steps["loss"], np.array([event.loss for event in events], np.float32))
        np.testing.assert_array_equal(
            steps["accuracy"], np.array([event.metrics["accuracy"] for event in events], np.float32)
        )
        np.testing.assert_array_equal(
            steps["learning_rate"], np.array([event.learning_rate for event in events], np.float32)
        )

    def test_events_tell_the_story(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run", epochs=1)
        advance(trainer, 1)
        trainer.change("optimizer.learning_rate", 0.03)
        drain(trainer)
        told = [json.loads(line) for line in (folder.path / "events.jsonl").read_text().splitlines()]
        begun, again, changed, epoch_end, train_end = told
        assert {event["event"] for event in (begun, again)} == {"train_begin"}
        assert (changed["event"], changed["path"], changed["new"]) == (
            "setting_changed",
            "optimizer.learning_rate",
            "0.03",
        )
        assert (epoch_end["event"], epoch_end["epoch"], epoch_end["step"]) == ("epoch_end", 1, 3)
        assert epoch_end["val_accuracy"] == trainer.history[0]["val_accuracy"]
        assert (train_end["event"], train_end["reason"]) == ("train_end", "completed")

    def test_a_run_without_validation(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run", validation=False)
        drain(trainer)
        assert (
            (folder.path / "metrics.csv").read_text().startswith("epoch,step,loss,accuracy,learning_rate,seconds\n1,")
        )

    def test_the_parent_is_recorded(self, tmp_path: Path) -> None:
        assert RunFolder.create(tmp_path / "run", tiny_trainer(), parent="before").about()["parent"] == "before"

    def test_the_best_is_the_best(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run", optimizer=SGD(learning_rate=0.5), epochs=6)
        weights: dict[int, bytes] = {}
        for event in trainer.fit():
            if isinstance(event, EpochEnd):
                weights[event.epoch] = trainer.network.state.tobytes()
        assert trainer.best is not None
        assert trainer.best.epoch < 5, "the last epoch is the best, so this test shows nothing"
        assert load_checkpoint(folder.best).network.state.tobytes() == weights[trainer.best.epoch]
        assert load_checkpoint(folder.last).network.state.tobytes() == weights[5]


class TestCreate:
    def test_an_empty_folder_becomes_the_run(self, tmp_path: Path) -> None:
        before = os.stat(tmp_path).st_ino
        begin(tmp_path)
        assert {entry.name for entry in tmp_path.iterdir()} == EVERYTHING
        assert os.stat(tmp_path).st_ino == before, "the folder is another one: who stood in it stands nowhere"
        RunFolder.open(tmp_path)

    def test_the_working_folder_can_be_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        begin(Path())
        assert set(os.listdir()) == EVERYTHING
        RunFolder.open(Path())

    @pytest.mark.parametrize("name", ["run.json", ".hidden", "notes.txt"])
    def test_a_folder_with_anything_in_it_is_refused(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("mine")
        with pytest.raises(RunFolderError) as caught:
            begin(tmp_path)
        assert "is not empty: choose another folder" in refused(caught, tmp_path)
        assert contents(tmp_path) == {name: b"mine"}

    def test_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "run").write_text("mine")
        with pytest.raises(RunFolderError, match="is a file"):
            begin(tmp_path / "run")
        assert contents(tmp_path) == {"run": b"mine"}

    def test_a_bare_plan_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(RunFolderError, match="needs an Experiment"):
            RunFolder.create(tmp_path / "run", small_trainer())
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("there", [False, True])
    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
    def test_all_or_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, error: BaseException
    ) -> None:
        failures = 0
        for number in range(1, 100):
            path = tmp_path / "run"
            if there:
                path.mkdir()
            with failing_at(number, error, monkeypatch) as failed, suppress(type(error)):
                begin(path)
            if not failed():
                break
            failures += 1
            # Only waiting for the folder's own name can fail when all is done.
            if (path / "run.json").exists():
                RunFolder.open(path)
            else:
                assert list(tmp_path.rglob("*")) == ([path] if there else [])
            shutil.rmtree(path, ignore_errors=True)
        assert failures > 15


@contextmanager
def failing_at(number: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], bool]]:
    """Let the ``number``-th write, sync or rename fail, a write half-way; yields whether it has come to that."""
    done = 0

    def counted(operation: Callable[..., None]) -> Callable[..., None]:
        def perform(*arguments: Any) -> None:
            nonlocal done
            done += 1
            if done == number:
                if operation is files.write:
                    os.write(arguments[0], arguments[1][: len(arguments[1]) // 2])
                raise error
            operation(*arguments)

        return perform

    with monkeypatch.context() as patch:
        for module, name in ((files, "write"), (files, "sync"), (files, "rename"), (run_folder, "rename")):
            patch.setattr(module, name, counted(getattr(module, name)))
        yield lambda: done >= number


class TestOpen:
    def test_no_run(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "none"):
            with pytest.raises(RunFolderError) as caught:
                RunFolder.open(path)
            assert "there is no run here (expected a file run.json in it)" in refused(caught, path)

    def test_no_checkpoint(self, tmp_path: Path) -> None:
        folder, _ = begin(tmp_path / "run")
        folder.last.unlink()
        with pytest.raises(FileNotFoundError) as caught:
            RunFolder.open(folder.path)
        assert caught.value.filename == str(folder.last)

    @pytest.mark.parametrize("kind", JUNK)
    def test_damaged_checkpoint(self, tmp_path: Path, kind: str) -> None:
        folder, _ = begin(tmp_path / "run")
        folder.last.write_bytes(JUNK[kind])
        before = contents(folder.path)
        with pytest.raises(CheckpointError) as caught:
            RunFolder.open(folder.path)
        refused(caught, folder.last)
        assert contents(folder.path) == before

    @pytest.mark.parametrize("kind", JUNK)
    def test_damaged_description(self, tmp_path: Path, kind: str) -> None:
        folder, _ = begin(tmp_path / "run")
        (folder.path / "run.json").write_bytes(JUNK[kind])
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(folder.path)
        refused(caught, folder.path / "run.json")

    @pytest.mark.parametrize(
        ("name", "value", "fault"),
        [
            ("run_id", 5, "run.run_id: expected text; found 5"),
            ("parent", 5, "run.parent: expected text; found 5"),
            ("began", None, "run.began: expected text"),
            ("environment", [], "run.environment: expected an object; found []"),
            ("environment", None, "run.environment: expected an object; found None"),
            ("magic", 1, "run: magic is not expected there"),
            ("version", 2, "newer version of the studio"),
        ],
    )
    def test_changed_description(self, tmp_path: Path, name: str, value: Any, fault: str) -> None:
        path = begin(tmp_path / "run")[0].path / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(path.parent)
        assert fault in refused(caught, path)

    def test_a_network_alone_is_nothing_to_go_on_with(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        drain(trainer)
        save_best(folder.last, trainer)
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(folder.path)
        assert "holds a network but not the training" in refused(caught, folder.last)

    def test_the_checkpoint_of_another_run(self, tmp_path: Path) -> None:
        folder, _ = begin(tmp_path / "run")
        save_checkpoint(folder.last, tiny_trainer(run_id="stranger"))
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(folder.path)
        assert "the checkpoint is of another run" in refused(caught, folder.last)


class TestGoingOn:
    @pytest.mark.parametrize("steps", range(3 * STEPS_PER_EPOCH + 1))
    def test_left_after_any_step(self, tmp_path: Path, undisturbed: Path, steps: int) -> None:
        folder, trainer = begin(tmp_path / "run")
        advance(trainer, steps)  # the generator is closed there: nothing is saved of the epoch that was begun
        trainer = go_on(folder.path)
        assert trainer.step == steps - steps % STEPS_PER_EPOCH - (STEPS_PER_EPOCH if _ends_epoch(steps) else 0)
        drain(trainer)
        assert numbers(folder.path) == numbers(undisturbed)

    @pytest.mark.parametrize("steps", range(3 * STEPS_PER_EPOCH))
    def test_stopped_after_any_step(self, tmp_path: Path, undisturbed: Path, steps: int) -> None:
        folder, trainer = begin(tmp_path / "run")
        for event in trainer.fit():
            if event.step == steps:
                trainer.request_stop("interrupted")
        assert RunFolder.open(folder.path)[1].step == steps
        trainer = go_on(folder.path)
        assert trainer.step == steps
        drain(trainer)
        assert numbers(folder.path) == numbers(undisturbed)

    def test_an_older_checkpoint_cuts_the_files_back(self, tmp_path: Path, undisturbed: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        older: dict[int, bytes] = {}
        for event in trainer.fit():
            if isinstance(event, EpochEnd):
                older[event.epoch + 1] = folder.last.read_bytes()
        for epochs, checkpoint in older.items():
            folder.last.write_bytes(checkpoint)
            trainer = go_on(folder.path)
            found = numbers(folder.path)
            assert [row["epoch"] for row in found["rows"]] == [str(epoch) for epoch in range(1, epochs + 1)]
            assert read_steps(folder.path / "steps.bin")["step"].tolist() == list(
                range(1, epochs * STEPS_PER_EPOCH + 1)
            )
            assert [epoch for epoch, _ in found["epochs"]] == list(range(1, epochs + 1))
            assert trainer.best is not None
            assert found["places"]["best"][0] == trainer.best.epoch + 1 <= epochs
            drain(trainer)
            assert numbers(folder.path) == numbers(undisturbed)

    def test_back_to_the_start_there_is_no_best(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        start = folder.last.read_bytes()
        drain(trainer)
        folder.last.write_bytes(start)
        go_on(folder.path)
        assert not folder.best.exists()

    def test_back_to_an_earlier_moment_in_the_same_process(self, tmp_path: Path, undisturbed: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        earlier = trainer.state()
        for steps in (1, STEPS_PER_EPOCH + 2, 2):
            advance(trainer, steps)  # with steps made that are not yet in the file
            trainer.restore(earlier)
        drain(trainer)
        assert numbers(folder.path) == numbers(undisturbed)

    def test_leftovers_of_a_crash_are_cleared_away(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        drain(trainer)
        (folder.path / ".events.jsonl.123.partial").write_bytes(b"x")
        (folder.path / "checkpoints" / ".last.npz.123.partial").write_bytes(b"x")
        go_on(folder.path)
        assert not list(folder.path.rglob(".*.partial"))

    @pytest.mark.parametrize("name", ["metrics.csv", "steps.bin", "events.jsonl"])
    def test_a_missing_file_of_numbers_is_begun_anew(self, tmp_path: Path, name: str) -> None:
        folder, trainer = begin(tmp_path / "run")
        for event in trainer.fit():
            if event.step == STEPS_PER_EPOCH + 1:
                trainer.request_stop()
        beginning = (folder.path / name).read_bytes()[: 512 if name == "steps.bin" else 6]
        (folder.path / name).unlink()
        drain(go_on(folder.path))
        assert (folder.path / name).read_bytes().startswith(beginning)
        steps = read_steps(folder.path / "steps.bin")["step"].tolist()
        assert steps == list(range(STEPS_PER_EPOCH + 2 if name == "steps.bin" else 1, 3 * STEPS_PER_EPOCH + 1))

    def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run")
        drain(trainer)
        for name, fault in (("metrics.csv", "not a file of metrics"), ("steps.bin", "not a file of training steps")):
            whole = (folder.path / name).read_bytes()
            (folder.path / name).write_bytes(b"mine\n" + whole)
            with pytest.raises(ValueError, match=fault) as caught:
                go_on(folder.path)
            refused(caught, folder.path / name)
            assert (folder.path / name).read_bytes() == b"mine\n" + whole
            (folder.path / name).write_bytes(whole)

    def test_whatever_fails_the_run_can_go_on(
        self, tmp_path: Path, undisturbed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected, failures = numbers(undisturbed), 0
        for number in range(1, 200):
            folder, trainer = begin(tmp_path / "run")
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with failing_at(number, error, monkeypatch) as failed, suppress(OSError):
                drain(trainer)
            if not failed():
                break
            failures += 1
            assert Path(error.filename).is_relative_to(folder.path)
            assert not list(folder.path.rglob(".*.partial"))
            drain(go_on(folder.path))
            assert numbers(folder.path) == expected, f"after operation {number}"
            shutil.rmtree(folder.path)
        assert failures > 40


def _ends_epoch(steps: int) -> bool:
    """Whether the last of these steps is an epoch's, so that a generator closed there has not yet ended the epoch."""
    return steps > 0 and steps % STEPS_PER_EPOCH == 0


class TestKeptEpochs:
    def test_without_a_wish_all_are_kept(self, tmp_path: Path) -> None:
        folder, trainer = begin(tmp_path / "run", epochs=5)
        drain(trainer)
        assert folder.kept_epoch_numbers() == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("stopped_at", [None, 2, 3])
    def test_every_second(self, tmp_path: Path, stopped_at: int | None) -> None:
        folder, trainer = begin(tmp_path / "run", epochs=5, callbacks=(CheckpointEvery(epochs=2),))
        if stopped_at is not None:
            for event in trainer.fit():
                if isinstance(event, EpochEnd) and event.epoch + 1 == stopped_at:
                    trainer.request_stop()
            assert folder.kept_epoch_numbers() == [2]
            trainer = go_on(folder.path)
        drain(trainer)
        assert folder.kept_epoch_numbers() == [2, 4]
        assert load_checkpoint(folder.epoch_file(4)).epochs_done == 4

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_the_best_by_a_metric(self, tmp_path: Path, count: int) -> None:
        folder, trainer = begin(tmp_path / "run", epochs=6, callbacks=(CheckpointTopK(monitor="loss", count=count),))
        losses = [event.metrics["loss"] for event in drain(trainer) if isinstance(event, EpochEnd)]
        ranked = sorted(range(6), key=lambda epoch: losses[epoch])
        assert folder.kept_epoch_numbers() == sorted(epoch + 1 for epoch in ranked[:count])

    def test_several_wishes_are_all_granted(self, tmp_path: Path) -> None:
        wishes = (CheckpointEvery(epochs=4), CheckpointTopK(monitor="accuracy", count=1), CheckpointEvery(epochs=3))
        folder, trainer = begin(tmp_path / "run", epochs=6, callbacks=wishes)
        accuracies = [event.metrics["accuracy"] for event in drain(trainer) if isinstance(event, EpochEnd)]
        best = accuracies.index(max(accuracies)) + 1
        assert folder.kept_epoch_numbers() == sorted({3, 4, 6, best})


class TestLock:
    HOLDER = """
import sys
from pathlib import Path
from nn_engine.io.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

    def test_a_second_process_is_kept_out_until_the_first_is_gone(self, tmp_path: Path) -> None:
        path = begin(tmp_path / "run")[0].path
        command = [sys.executable, "-c", self.HOLDER, str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            with pytest.raises(RunFolderError) as caught, RunFolder(path):
                pytest.fail("both hold it")
            assert "another process is training this run" in refused(caught, path)
            process.kill()
            process.wait()
            with RunFolder(path), pytest.raises(RunFolderError), RunFolder(path):
                pytest.fail("both hold it")
        with RunFolder(path):
            pass
        assert {entry.name for entry in path.iterdir()} == {*EVERYTHING, ".lock"}
