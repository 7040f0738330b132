"""``train`` does what was typed, tells it strictly, and leaves a run that can go on whatever happens."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import signal
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli.parser import parse
from app.cli.session import stopping_on_signals
from app.cli.train import chosen_experiment, new_run_path
from nn_engine import PRESETS, Adam, Experiment, Rotation, preset
from nn_engine.declarations.paths import all_paths, get_path
from nn_engine.io import files
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.io.experiment_file import load_experiment, save_experiment
from nn_engine.io.metric_files import read_steps
from nn_engine.io.run_folder import RunFolder
from tests.app.cli.starting import Start, command, environment, start_process, strict_lines
from tests.nn_engine.io.damage import JUNK, nested_blocks
from tests.nn_engine.io.runs import tiny_trainer

NUMBERS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


def experiment_of(*words: str) -> Experiment:
    """The experiment that these arguments of ``train`` describe."""
    return chosen_experiment(parse(["train", *words]))


class TestExperiment:
    def test_the_default_is_a_preset(self) -> None:
        assert experiment_of() == preset("mnist-300")

    @pytest.mark.parametrize("name", PRESETS)
    def test_presets(self, name: str) -> None:
        assert experiment_of("--preset", name) == PRESETS[name].experiment

    def test_a_file(self, tmp_path: Path) -> None:
        save_experiment(tmp_path / "a.json", Experiment(name="mine", epochs=7))
        assert experiment_of("--experiment", "a.json") == Experiment(name="mine", epochs=7)
        assert experiment_of("--experiment", "a.json", "--epochs", "8").epochs == 8

    def test_options(self) -> None:
        found = experiment_of("--epochs", "3", "--batch-size", "64", "--learning-rate", "0.05", "--seed", "0")
        expected = preset("mnist-300")
        assert found == expected.replace(
            epochs=3, batch_size=64, seed=0, optimizer=expected.optimizer.replace(learning_rate=0.05)
        )

    def test_settings_are_applied_in_order(self) -> None:
        settings = (
            "optimizer=adam",
            "optimizer.learning_rate=0.01",
            "layers.1.units=77",
            "layers.1.units=78",
            "augmentation.rotation.degrees=15",
            "name=a=b",
            "monitor=val_loss",
        )
        found = experiment_of(*(word for setting in settings for word in ("--set", setting)))
        assert found.optimizer == Adam(learning_rate=0.01)
        assert found.layers[1].values()["units"] == 78
        assert found.augmentation == (Rotation(degrees=15),)
        assert (found.name, found.monitor) == ("a=b", "val_loss")

    @pytest.mark.parametrize("name", PRESETS)
    def test_every_setting_can_be_set_to_what_it_is(self, name: str) -> None:
        experiment = preset(name)
        paths = all_paths(experiment)
        assert len(paths) > 25
        for path, spec in paths:
            value = spec.kind.to_json(get_path(experiment, path))
            text = "none" if value is None else value if isinstance(value, str) else json.dumps(value)
            assert experiment_of("--preset", name, "--set", f"{path}={text}") == experiment, path

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            (["--preset", "none"], "There is no preset 'none'"),
            (["--set", "epochs"], "--set epochs: expected PATH=VALUE"),
            (["--set", "=3"], "--set =3: expected PATH=VALUE"),
            (["--set", "magic=3"], "magic"),
            (["--set", "epoch=3"], "Did you mean 'epochs'?"),
            (["--set", "optimizer.magic=3"], "magic"),
            (["--set", "optimizer=magic"], "magic"),
            (["--set", "layers.9.units=3"], "layers.9.units"),
            (["--set", "layers.²=3"], "²"),
            (["--set", "layers.1=" + "[" * 50_000], "layers.1"),
            (["--set", "epochs.deeper=3"], "epochs.deeper"),
            (["--set", "epochs="], "epochs"),
            (["--set", "batch_size=1.5"], "batch_size"),
            (["--set", "seed=99999999999999999999"], "seed"),
            (["--set", "optimizer.learning_rate=NaN"], "learning_rate"),
            (["--set", "name=two\nlines"], "name"),
            (["--epochs", "0"], "epochs"),
            (["--epochs", "many"], "epochs"),
            (["--batch-size", "-5"], "batch_size"),
            (["--learning-rate", "1e400"], "learning_rate"),
            (["--learning-rate", ""], "learning_rate"),
            (["--seed", "-1"], "seed"),
            (["--seed", "0x10"], "seed"),
        ],
    )
    def test_what_is_typed_wrongly(self, start: Start, words: list[str], fault: str) -> None:
        done = start("train", *words)
        done.refused(fault, status=2)
        assert done.out == ""
        assert os.listdir() == []

    @pytest.mark.parametrize(
        ("settings", "fault"),
        [
            (["layers.2.units=9"], "10"),
            (["layers.0.units=783"], "784"),
            (["monitor=magic"], "magic"),
            (["data.folder=nowhere"], "nowhere: expected the file train-images-idx3-ubyte"),
        ],
    )
    def test_what_does_not_fit_together(self, start: Start, little: list[str], settings: list[str], fault: str) -> None:
        words = [word for setting in settings for word in ("--set", setting)]
        done = start("train", *little, *words)
        done.refused(fault)
        assert done.out == ""
        assert os.listdir() == []

    @pytest.mark.parametrize("kind", JUNK)
    def test_damaged_experiments(self, start: Start, kind: str) -> None:
        Path("a.json").write_bytes(JUNK[kind])
        start("train", "--experiment", "a.json").refused("a.json: ")
        assert os.listdir() == ["a.json"]

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ('{"format": "backprop-studio-experiment", "version": 1, "experiment": {"epochs": 0}}', "epochs"),
            ('{"format": "backprop-studio-experiment", "version": 2}', "newer version"),
            ('{"format": "backprop-studio-experiment", "version": 1, "experiment": {"seed": NaN}}', "NaN"),
            ("[" * 100_000, "not readable as JSON"),
            (
                '{"format": "backprop-studio-experiment", "version": 1, "experiment": {"layers": ['
                + json.dumps(nested_blocks(200))
                + "]}}",
                "nested too deeply",
            ),
            (" " * 5_000_000, "more than 4,194,304 bytes"),
        ],
    )
    def test_other_faults_of_experiments(self, start: Start, text: str, fault: str) -> None:
        Path("a.json").write_text(text)
        start("train", "--experiment", "a.json").refused("a.json: ", fault)

    def test_layers_nested_without_end_as_a_setting(self, start: Start) -> None:
        start("train", "--set", f"layers={json.dumps([nested_blocks(200)])}").refused("nested too deeply", status=2)

    def test_missing_files_and_folders(self, start: Start) -> None:
        start("train", "--experiment", "none.json").refused("none.json: there is no such file")
        start("train", "--experiment", ".").refused("expected a file; this is a folder")

    @pytest.mark.parametrize("kind", JUNK)
    def test_damaged_data(self, start: Start, little: list[str], little_data: Path, kind: str) -> None:
        for file in little_data.iterdir():
            Path(file.name).write_bytes(file.read_bytes())
        Path("t10k-labels-idx1-ubyte").write_bytes(JUNK[kind])
        done = start("train", *little, "--set", "data.folder=.", "--output", "run")
        done.refused("t10k-labels-idx1-ubyte: ")
        assert not Path("run").exists()


class TestEvents:
    def test_json_is_all_that_is_printed(self, start: Start, little: list[str]) -> None:
        done = start("train", "--json", "--output", "run", *little)
        assert done.status == 0
        begin, *epochs, end = done.events
        assert (begin["event"], begin["run"], begin["epoch"], begin["step"]) == ("train_begin", "run", 1, 0)
        assert [(event["event"], event["epoch"]) for event in epochs] == [("epoch_end", 1), ("epoch_end", 2)]
        for event in epochs:
            assert all(isinstance(event[name], float) for name in NUMBERS)
            assert 0 <= event["val_accuracy"] <= 1
            assert 0 < event["seconds"] < 10
        assert (end["event"], end["reason"]) == ("train_end", "completed")
        best = max(epochs, key=lambda event: (event["val_accuracy"], -event["epoch"]))
        assert (end["best_epoch"], end["best_val_accuracy"]) == (best["epoch"], best["val_accuracy"])
        assert 0 < end["test_accuracy"] < 1
        assert end["checkpoint"] == str(Path("run", "checkpoints", "best.npz"))
        checkpoint = load_checkpoint(Path(end["checkpoint"]))
        assert checkpoint.epochs_done == best["epoch"]

    def test_the_folder_tells_the_same(self, start: Start, little: list[str]) -> None:
        events = start("train", "--json", "--output", "run", *little).events
        with Path("run/metrics.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [int(row["epoch"]) for row in rows] == [1, 2]
        for row, event in zip(rows, events[1:3], strict=True):
            for name in NUMBERS:
                assert float(row[name]) == pytest.approx(event[name], abs=1e-6)
        told = strict_lines(Path("run/events.jsonl").read_text("utf-8"))
        assert [event["event"] for event in told] == [event["event"] for event in events]
        assert load_experiment(Path("run/experiment.json")).epochs == 2

    def test_without_validation(self, start: Start, little: list[str]) -> None:
        events = start("train", "--json", *little, "--set", "validation_share=0").events
        assert "val_loss" not in events[1]
        assert events[-1]["best_val_accuracy"] is None
        assert events[-1]["best_epoch"] in (1, 2)

    def test_without_a_test_set(self, start: Start, little: list[str], little_data: Path) -> None:
        for file in little_data.glob("train-*"):
            Path(file.name).write_bytes(file.read_bytes())
        Path("t10k-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, 0, 28, 28))
        Path("t10k-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 0))
        done = start("train", "--json", "--output", "run", *little, "--set", "data.folder=.")
        assert (done.status, done.err) == (0, "")
        end = done.events[-1]
        assert (end["event"], end["test_accuracy"], end["test_loss"]) == ("train_end", None, None)
        start("evaluate", end["checkpoint"]).refused("the data has no samples")

    def test_for_a_person(self, start: Start, little: list[str]) -> None:
        done = start("train", "--output", "run", *little)
        assert (done.status, done.err) == (0, "")
        assert "\nThe run is kept in run.\n" in done.out
        assert re.search(r"^epoch 1/2  loss \d\.\d{4}  accuracy +[\d.]+ %  val loss", done.out, re.MULTILINE)
        assert re.search(r"^best epoch: \d, val accuracy [\d.]+ %$", done.out, re.MULTILINE)
        assert re.search(r"^test accuracy [\d.]+ %$", done.out, re.MULTILINE)
        assert done.out.endswith("checkpoint: run/checkpoints/best.npz\n")
        assert "DenseLayer(units=12" in done.out
        assert "\x1b" not in done.out + done.err, "moves the cursor, and there is no terminal"

    def test_the_same_seed_trains_the_same(self, start: Start, little: list[str]) -> None:
        def numbers(*words: str) -> list[Any]:
            events = start("train", "--json", *little, *words).events
            return [[event[name] for name in NUMBERS[:-1]] for event in events if event["event"] == "epoch_end"]

        assert numbers("--seed", "0") == numbers("--seed", "0") == numbers()
        assert numbers("--seed", "0") != numbers("--seed", "1")

    def test_the_data_that_comes_along(self, start: Start) -> None:
        done = start("train", "--json", "--set", "train_size=400", "--epochs", "1")
        assert done.status == 0
        assert done.events[-1]["test_accuracy"] > 0.2


class TestFolder:
    def test_a_new_one_by_default(self, start: Start, little: list[str]) -> None:
        for _ in range(3):
            assert start("train", "--json", *little).status == 0
        runs = sorted(Path("runs").iterdir())
        assert len(runs) == 3
        for run in runs:
            assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}-mnist-300(-\d)?", run.name)

    @pytest.mark.parametrize(
        ("name", "ending"), [("a b/c\\d", "a-b-c-d"), ("../..", "run"), ("größe", "größe"), ("", "run"), ("...", "run")]
    )
    def test_names_that_are_no_file_names(self, name: str, ending: str) -> None:
        path = new_run_path(name)
        assert path.parent == Path("runs")
        assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d-\d{{6}}-{ending}", path.name)

    def test_a_folder_that_is_taken(self, start: Start, little: list[str], trained: Path) -> None:
        before = (trained / "metrics.csv").read_bytes()
        start("train", "--output", trained, *little).refused(trained, "is not empty: choose another folder")
        assert (trained / "metrics.csv").read_bytes() == before

    def test_an_empty_name_is_no_name(self, start: Start, little: list[str]) -> None:
        start("train", "--preset", "", *little).refused("There is no preset ''", status=2)
        start("train", "--experiment", "", *little).refused("expected a file; this is a folder")
        Path("mine").touch()
        start("train", "--output", "", *little).refused("is not empty")
        assert os.listdir() == ["mine"]

    def test_a_folder_below_a_file(self, start: Start, little: list[str]) -> None:
        Path("file").touch()
        start("train", "--output", "file/run", *little).refused("file: expected a folder")
        start("train", "--output", "file", *little).refused("file is a file: choose another name")
        assert os.listdir() == ["file"]

    def test_the_working_folder(self, start: Start, little: list[str]) -> None:
        assert start("train", "--json", "--output", ".", *little).status == 0
        assert load_checkpoint(Path("checkpoints/best.npz")).epochs_done in (1, 2)
        assert start("resume", "--json", ".").status == 0


class TestFailures:
    def test_divergence_is_told_and_leaves_a_run_to_go_on_with(self, start: Start, little: list[str]) -> None:
        words = ["--learning-rate", "1000", "--batch-size", "2", "--output", "run"]
        done = start("train", "--json", *little, *words)
        assert done.refused().startswith("Training diverged in epoch 1: ")
        end = done.events[-1]
        assert (end["event"], end["reason"], end["test_accuracy"]) == ("train_end", "diverged", None)
        _, checkpoint = RunFolder.open(Path("run"))
        assert np.isfinite(checkpoint.network.state).all()
        assert (checkpoint.epochs_done, checkpoint.step) == (0, 0)

    def test_numbers_that_overflow_cause_no_warnings(self, start: Start, little: list[str]) -> None:
        words = ["--learning-rate", "1e6", "--batch-size", "2", "--set", "regularization=[]"]
        start("train", "--json", *little, *words).refused("Training diverged in epoch 1: ")

    @pytest.mark.parametrize("writes", range(8, 40, 3))
    def test_a_full_disk(self, start: Start, little: list[str], monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
        write, done = files.write, 0

        def fill(descriptor: int, data: bytes) -> None:
            nonlocal done
            done += 1
            if done > writes:
                os.write(descriptor, data[:10])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            write(descriptor, data)

        with monkeypatch.context() as patch:
            patch.setattr(files, "write", fill)
            failed = start("train", "--json", "--output", "run", *little, "--epochs", "8")
        assert re.fullmatch(
            r"run/[\w./-]+: No space left on device; make room, then go on with: python3 main\.py resume run\.",
            failed.refused(),
        )
        told = [event for event in failed.events if event["event"] == "epoch_end"]
        _, checkpoint = RunFolder.open(Path("run"))
        assert checkpoint.epochs_done == len(told) < 8
        assert not list(Path("run").rglob("*.partial"))
        events = start("resume", "--json", "run").events
        assert [event["epoch"] for event in events if event["event"] == "epoch_end"] == list(
            range(checkpoint.epochs_done + 1, 9)
        )

    def test_a_disk_that_is_full_from_the_start(
        self, start: Start, little: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(files, "write", full)
        start("train", "--output", "run", *little).refused("No space left on device")
        assert os.listdir() == []


def endless(little: list[str]) -> list[str]:
    """Arguments for a training that ends only when it is told to."""
    return ["train", "--json", "--output", "run", *little, "--epochs", "100000"]


def running(words: list[str]) -> subprocess.Popen[str]:
    """A command that has been started as a process of its own."""
    return subprocess.Popen(
        command(*words), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def read_until_epoch(process: subprocess.Popen[str], epoch: int) -> list[str]:
    """What a training prints up to the end of an epoch."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if f'"epoch_end", "epoch": {epoch},' in line:
            return lines
    raise AssertionError("".join(lines))


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_state_is_saved_and_can_be_gone_on_with(
        self, start: Start, little: list[str], number: signal.Signals
    ) -> None:
        with running(endless(little)) as process:
            lines = read_until_epoch(process, 2)
            process.send_signal(number)
            rest, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err == "Go on with: python3 main.py resume run\n"
        *_, last_epoch, end = strict_lines("".join(lines) + rest)
        assert (end["event"], end["reason"], end["test_accuracy"]) == ("train_end", "interrupted", None)
        _, checkpoint = RunFolder.open(Path("run"))
        assert checkpoint.epochs_done == last_epoch["epoch"]
        assert read_steps(Path("run/steps.bin"))["step"].tolist() == list(range(1, checkpoint.step + 1))

    def test_a_second_signal_ends_at_once(self, little: list[str]) -> None:
        with running(endless(little)) as process:
            read_until_epoch(process, 1)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert RunFolder.open(Path("run"))[1].epochs_done >= 1

    def test_first_asks_then_insists_and_leaves_no_trace(self) -> None:
        trainer = tiny_trainer(epochs=1000)
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        with stopping_on_signals(trainer):
            events = trainer.fit()
            next(events)
            os.kill(os.getpid(), signal.SIGTERM)
            reasons = [getattr(event, "reason", "") for event in events]
            assert reasons[-1] == "interrupted"
            assert len(reasons) < 5
            for number in (signal.SIGTERM, signal.SIGINT):
                with pytest.raises(KeyboardInterrupt):
                    os.kill(os.getpid(), number)
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before

    def test_killed_without_a_word(self, start: Start, little: list[str]) -> None:
        with running(endless(little)) as process:
            read_until_epoch(process, 3)
            process.kill()
        assert RunFolder.open(Path("run"))[1].epochs_done >= 3


class TestOutput:
    def test_a_reader_that_leaves(self, little: list[str]) -> None:
        with running(endless(little)) as process:
            read_until_epoch(process, 1)
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            err = process.stderr.read()
            assert process.wait(timeout=60) == 1
        assert err == ""
        assert RunFolder.open(Path("run"))[1].epochs_done >= 1

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_an_output_that_is_full(self, little: list[str]) -> None:
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command(*endless(little)),
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr == "No space left on device.\n"
        RunFolder.open(Path("run"))

    def test_no_standard_streams_at_all(self, little: list[str]) -> None:
        words = " ".join(f"'{word}'" for word in command("train", "--output", "run", *little))
        done = subprocess.run(f"exec {words} >&- 2>&- <&-", shell=True, env=environment(), check=False)
        assert done.returncode == 0
        assert RunFolder.open(Path("run"))[1].epochs_done == 2

    def test_nothing_for_people_gets_into_the_json_where_standard_error_is_closed(self, little: list[str]) -> None:
        words = " ".join(f"'{word}'" for word in command("train", "--json", "--output", "run", *little))
        done = subprocess.run(
            f"exec {words} 2>&-", shell=True, env=environment(), stdout=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 0
        assert strict_lines(done.stdout)[-1]["event"] == "train_end"

    @pytest.mark.parametrize("as_json", [False, True])
    def test_names_that_cannot_be_printed(self, little: list[str], as_json: bool) -> None:
        words = ["--json"] if as_json else []
        name = os.fsdecode(b"run-\xff-\xc3\xa4")
        done = start_process("train", "--output", name, *words, *little, PYTHONIOENCODING="ascii")
        assert (done.status, done.err) == (0, "")
        if as_json:
            assert done.events[-1]["checkpoint"] == f"{name}/checkpoints/best.npz"
        else:
            assert "\nThe run is kept in run-\\udcff-\\xe4.\n" in done.out
            assert done.out.endswith("checkpoint: run-\\udcff-\\xe4/checkpoints/best.npz\n")

    def test_events_come_as_they_happen(self, little: list[str]) -> None:
        with running(endless(little)) as process:
            read_until_epoch(process, 1)
            assert process.poll() is None  # it would never get here if a hundred thousand epochs had to end first
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            assert time.monotonic() - started < 5
