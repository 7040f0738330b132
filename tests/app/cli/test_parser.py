"""What can be typed, and that mistakes in it end with status 2 before anything else happens."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nn_engine
from app.cli.parser import VERSION, parse
from app.kernels import NEEDS, can_use
from tests.app.cli.starting import ROOT, Start


def test_version(start: Start) -> None:
    done = start("--version")
    assert (done.status, done.out, done.err) == (0, f"Backprop Studio {VERSION}\n", "")
    assert nn_engine.__version__ == VERSION
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "words", [[], ["train"], ["find-rate"], ["resume"], ["evaluate"], ["predict"], ["export"], ["presets"]]
)
def test_help(start: Start, words: list[str]) -> None:
    done = start(*words, "--help")
    assert done.status == 0
    assert done.err == ""
    assert done.out.startswith(f"usage: {' '.join(['main.py', *words])} ")


def test_usage_names_files_where_they_may_stand(start: Start) -> None:
    assert start("--help").out.startswith("usage: main.py [FILE]\n")
    assert " CHECKPOINT FILE [FILE ...]\n" in start("predict", "--help").out


def test_help_names_every_command_and_option(start: Start) -> None:
    everything = start("--help").out
    for name in ("train", "find-rate", "resume", "evaluate", "predict", "export", "presets"):
        assert f"\n    {name} " in everything
    train = start("train", "--help").out
    for option in (
        "preset",
        "experiment",
        "epochs",
        "batch-size",
        "learning-rate",
        "seed",
        "threads",
        "kernels",
        "set",
    ):
        assert f"--{option} " in train
    assert "--json" in train


def test_everything_that_train_takes() -> None:
    words = "train --preset p --epochs 3 --batch-size 5 --learning-rate 0.1 --seed 0 --threads 2 --output o --json"
    found = vars(parse([*words.split(), "--set", "a=1", "--set", "b.c==2"]))
    assert {name: found[name] for name in ("preset", "epochs", "batch_size", "learning_rate", "seed", "output")} == {
        **{"preset": "p", "epochs": "3", "batch_size": "5", "learning_rate": "0.1", "seed": "0", "output": "o"}
    }
    assert (found["threads"], found["settings"], found["json"]) == (2, ["a=1", "b.c==2"], True)


@pytest.mark.parametrize("name", ["fastest", "openblas", *filter(can_use, NEEDS)])
def test_kernels_that_can_be_chosen(name: str) -> None:
    assert parse(["train", "--kernels", name]).kernels == name
    assert parse(["train"]).kernels is None


def test_settings_do_not_pile_up_between_two_commands() -> None:
    parse(["train", "--set", "a=1"])
    assert parse(["train"]).settings == []


@pytest.mark.parametrize(
    "words",
    [
        "dance",
        "--epochs 3",
        "train --dance",
        "train extra",
        "train --epochs",
        "train --epoch 3",
        "train --set",
        "train --preset a --experiment b",
        "train --threads 0",
        "train --threads 1025",
        "train --threads two",
        "train --threads ²",
        "train --threads -1",
        f"train --threads {'9' * 5000}",
        "train --kernels",
        "train --kernels Magic",
        "train --kernels haswell",
        "find-rate extra",
        "find-rate --lowest 0",
        "find-rate --highest inf",
        "find-rate --highest high",
        "find-rate --steps 9",
        "find-rate --steps 1e3",
        "find-rate --output x",
        "resume",
        "resume a b",
        "resume a --batch-size 3",
        "evaluate",
        "evaluate a b",
        "evaluate a --draws 0",
        "evaluate a --draws x",
        "evaluate a --draws -1",
        "evaluate a --draws 1e3",
        "evaluate a --draws 99999",
        "predict",
        "predict checkpoint",
        "predict --json",
        "presets extra",
    ],
)
def test_wrong_usage(start: Start, words: str) -> None:
    done = start(*words.split())
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("usage: main.py")
    assert "main.py" in done.err.splitlines()[-1]
    assert "error: " in done.err


@pytest.mark.parametrize(
    ("words", "usage", "sentence"),
    [
        ("trian", "main.py [FILE]", "there is no command 'trian': expected one of train, find-rate"),
        ("trian --preset cnn", "main.py [FILE]", "or --help. Did you mean train?"),
        ("help", "main.py [FILE]", "there is no command 'help'"),
        ("none.npz", "main.py [FILE]", "there is no file none.npz"),
        ("train --epoch 3", "main.py train ", "there is no option --epoch. Did you mean --epochs?"),
        ("train --epoch=3", "main.py train ", "there is no option --epoch. Did you mean --epochs?"),
        ("evaluate a --per-clas", "main.py evaluate ", "there is no option --per-clas. Did you mean --per-class?"),
        ("evaluate a b", "main.py evaluate ", "nothing more was expected; received 'b'"),
        ("--json presets", "main.py presets ", "--json belongs behind the command"),
    ],
)
def test_a_mistake_is_told_with_what_may_be_meant(start: Start, words: str, usage: str, sentence: str) -> None:
    done = start(*words.split())
    assert done.status == 2
    assert done.err.startswith(f"usage: {usage}")
    assert sentence in done.err.splitlines()[-1]


def test_mistakes_are_found_without_numpy() -> None:
    code = """
import sys
from main import main
try:
    main(["train", "--epoch", "3"])
except SystemExit as end:
    print(end.code, "numpy" in sys.modules, "nn_engine" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "2 False False\n"
