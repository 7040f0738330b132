"""``resume`` goes on with a run, or says in a sentence why it cannot."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from main import main
from nn_engine.experiments import assemble
from nn_engine.io.checkpoint import load_checkpoint, save_best, save_checkpoint
from nn_engine.io.metric_files import read_steps
from nn_engine.io.run_folder import RunFolder
from nn_engine.optimizers import AdamW
from nn_engine.regularizers import L2
from tests.app.cli.starting import ROOT, Start, start_process
from tests.nn_engine.io.damage import JUNK
from tests.nn_engine.io.runs import tiny_trainer


@pytest.fixture(scope="session")
def interrupted_once(tmp_path_factory: pytest.TempPathFactory, little: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("interrupted") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cli.progress.JsonProgress.show", _interrupt_in_the_second_epoch)
        assert main(["train", "--json", "--output", str(folder), *little, "--batch-size", "50"]) == 130
    return folder


def _interrupt_in_the_second_epoch(_: object, event: object) -> None:
    import os
    import signal

    if getattr(event, "step", 0) == 7:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def interrupted(interrupted_once: Path, tmp_path: Path) -> Path:
    """The folder of a run of two epochs, five steps each, that was interrupted after its seventh step."""
    return Path(shutil.copytree(interrupted_once, tmp_path / "interrupted"))


def test_an_old_run_with_two_decays_goes_on(start: Start, interrupted: Path, tmp_path: Path) -> None:
    """No new one is begun with them."""
    asked = RunFolder.open(interrupted)[1].experiment
    assert asked is not None
    asked = asked.replace(optimizer=AdamW(), regularization=(L2(),))
    RunFolder.create(tmp_path / "old", assemble(asked, to_restore=True).trainer)
    done = start("resume", "--json", tmp_path / "old")
    assert done.status == 0
    assert done.events[-1]["reason"] == "completed"


def test_goes_on_where_it_was(start: Start, interrupted: Path, little: list[str]) -> None:
    assert RunFolder.open(interrupted)[1].step == 7
    assert (interrupted / "metrics.csv").read_text().count("\n") == 2
    done = start("resume", "--json", interrupted)
    assert done.status == 0
    begin, epoch, end = done.events
    assert (begin["event"], begin["epoch"], begin["step"]) == ("train_begin", 2, 7)
    assert (epoch["event"], epoch["epoch"]) == ("epoch_end", 2)
    assert (end["event"], end["reason"]) == ("train_end", "completed")
    # As if it had not been interrupted.
    whole = start("train", "--json", "--output", "whole", *little, "--batch-size", "50")
    assert {**whole.events[2], "seconds": 0} == {**epoch, "seconds": 0}
    for name in ("best.npz", "last.npz"):
        found, expected = (load_checkpoint(folder / "checkpoints" / name) for folder in (interrupted, Path("whole")))
        np.testing.assert_array_equal(found.network.state, expected.network.state)
    assert read_steps(interrupted / "steps.bin").tobytes() == read_steps(Path("whole/steps.bin")).tobytes()


def test_as_a_process_of_its_own(interrupted: Path) -> None:
    done = start_process("resume", "--json", interrupted, OPENBLAS_NUM_THREADS="1")
    assert done.status == 0
    assert [event["event"] for event in done.events] == ["train_begin", "epoch_end", "train_end"]


def test_for_a_person(start: Start, interrupted: Path) -> None:
    done = start("resume", interrupted)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Going on from epoch 2, step 7.\nepoch 2/2  loss ")


def test_a_finished_run_is_left_as_it_is(start: Start, trained: Path) -> None:
    before = (trained / "metrics.csv").read_bytes(), (trained / "steps.bin").read_bytes()
    done = start("resume", "--json", trained)
    assert done.status == 0
    assert [event["event"] for event in done.events] == ["train_begin", "train_end"]
    assert done.err == "No planned epoch was left; --epochs 3, or more, goes on past the end.\n"
    assert done.events[-1]["test_accuracy"] > 0
    assert ((trained / "metrics.csv").read_bytes(), (trained / "steps.bin").read_bytes()) == before


def test_what_a_crash_left_behind_is_cut_off(start: Start, interrupted: Path) -> None:
    for name, torn in (("metrics.csv", b"2,1"), ("steps.bin", b"\x08\0\0"), ("events.jsonl", b'{"event": "epo')):
        with (interrupted / name).open("ab") as stream:
            stream.write(torn)
    (interrupted / "checkpoints" / ".last.npz.1.partial").write_bytes(b"half a check")
    assert start("resume", "--json", interrupted).status == 0
    assert read_steps(interrupted / "steps.bin")["step"].tolist() == list(range(1, 11))
    assert [line.split(",")[0] for line in (interrupted / "metrics.csv").read_text().splitlines()] == [
        "epoch",
        "1",
        "2",
    ]
    for line in (interrupted / "events.jsonl").read_text().splitlines():
        json.loads(line)
    assert not list(interrupted.rglob("*.partial"))


def test_no_run(start: Start, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", Path(__file__)):
        start("resume", path).refused(path, "there is no run here (expected a file run.json in it)")


@pytest.mark.parametrize("name", ["checkpoints/last.npz", "run.json", "metrics.csv", "steps.bin"])
@pytest.mark.parametrize("kind", [kind for kind in JUNK if kind != "text"])
def test_damaged_files(start: Start, trained: Path, name: str, kind: str) -> None:
    path = trained / name
    path.write_bytes(JUNK[kind])
    done = start("resume", trained)
    done.refused(f"{path}: ")
    assert done.out == ""
    assert path.read_bytes() == JUNK[kind]


@pytest.mark.parametrize("name", ["checkpoints/last.npz", "run.json"])
def test_truncated_files(start: Start, trained: Path, name: str) -> None:
    path = trained / name
    data = path.read_bytes().rstrip()
    for length in (1, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        start("resume", trained).refused(f"{path}: ")


def test_missing_checkpoint(start: Start, trained: Path) -> None:
    (trained / "checkpoints" / "last.npz").unlink()
    start("resume", trained).refused(f"{trained / 'checkpoints' / 'last.npz'}: there is no such file")


def test_checkpoints_that_nobody_can_go_on_from(start: Start, trained: Path) -> None:
    last = trained / "checkpoints" / "last.npz"
    shutil.copy(trained / "checkpoints" / "best.npz", last)
    start("resume", trained).refused(last, "holds a network but not the training")
    save_checkpoint(last, tiny_trainer(run_id="stranger"))
    start("resume", trained).refused(last, "of another run")
    trainer = tiny_trainer()
    for _ in trainer.fit():
        pass
    save_best(last, trainer)
    start("resume", trained).refused(last)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--epochs", "many"], "epochs"),
        (["--epochs", "0"], "epochs"),
        (["--set", "epochs"], "expected PATH=VALUE"),
        (["--set", "magic=1"], "magic"),
        (["--set", "seed=5"], "cannot change while training runs"),
    ],
)
def test_what_is_typed_wrongly(start: Start, interrupted: Path, words: list[str], fault: str) -> None:
    before = {path: path.read_bytes() for path in interrupted.rglob("*") if path.is_file() and path.name != ".lock"}
    done = start("resume", interrupted, *words)
    done.refused(fault, status=2)
    assert done.out == ""
    assert {path: path.read_bytes() for path in before} == before


def test_past_the_planned_end(start: Start, trained: Path) -> None:
    done = start("resume", "--json", trained, "--epochs", "4")
    events, told = done.events, done.err
    assert told == ""
    assert [event["epoch"] for event in events if event["event"] == "epoch_end"] == [3, 4]
    rows = (trained / "metrics.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows] == ["epoch", "1", "2", "3", "4"]


def test_data_that_is_gone(start: Start, tmp_path: Path, little_data: Path, little: list[str]) -> None:
    shutil.copytree(little_data, tmp_path / "data")
    start("train", "--output", "run", *little, "--set", f"data.folder={tmp_path / 'data'}")
    shutil.rmtree(tmp_path / "data")
    start("resume", "run").refused(tmp_path / "data", "train-images-idx3-ubyte")


def test_another_environment_is_told_of(start: Start, interrupted: Path) -> None:
    path = interrupted / "run.json"
    about = json.loads(path.read_text())
    about["environment"]["numpy"] = "1.0.0"
    path.write_text(json.dumps(about))
    done = start("resume", "--json", interrupted)
    assert done.status == 0
    assert f"numpy 1.0.0 then, {np.__version__} now" in done.err
    assert done.events[-1]["event"] == "train_end"


def test_two_at_once(start: Start, interrupted: Path) -> None:
    code = "import sys; from pathlib import Path; from nn_engine.io.run_folder import RunFolder\n"
    code += "with RunFolder(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(interrupted)]
    before = {path: path.read_bytes() for path in interrupted.rglob("*") if path.is_file()}
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        start("resume", interrupted).refused(interrupted, "another process is training this run")
        assert {path: path.read_bytes() for path in before} == before
        process.kill()
    assert start("resume", interrupted).status == 0
