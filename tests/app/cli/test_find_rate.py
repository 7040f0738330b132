"""``find-rate`` tries learning rates on a copy, shows the loss over them, and suggests some."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from nn_engine.experiments import try_rates
from nn_engine.io.experiment_file import load_experiment
from nn_engine.training.rate_curve import smooth, suggest
from tests.app.cli.starting import Start, command, environment

QUICK = ("--batch-size", "32")


def test_for_a_program(start: Start, little: list[str]) -> None:
    done = start("find-rate", *little, *QUICK, "--json")
    assert (done.status, done.err) == (0, "")
    (event,) = done.events
    assert event["event"] == "rate_search"
    assert event["learning_rate"] == 0.2
    np.testing.assert_allclose(event["rates"], np.geomspace(1e-6, 10, 100)[: len(event["rates"])])
    assert len(event["losses"]) == len(event["smoothed"]) == len(event["rates"]) > 30
    assert event["losses"][0] == event["smoothed"][0]
    assert event["rates"][0] < event["valley"] < event["rates"][-1]
    assert event["rates"][0] < event["steepest"] < event["rates"][-1]
    assert f"{event['valley']:.2g}" in event["message"]


def test_it_is_what_the_engine_finds_for_the_experiment(start: Start, little: list[str]) -> None:
    assert start("train", "--output", "run", *little, *QUICK, "--json").status == 0
    experiment = load_experiment(Path("run/experiment.json"))
    trials = list(try_rates(experiment, lowest=1e-4, highest=1.0, steps=40))
    words = ("--lowest", "1e-4", "--highest", "1", "--steps", "40", "--json")
    (event,) = start("find-rate", "--experiment", "run/experiment.json", *words).events
    assert event["losses"] == [trial.loss for trial in trials]
    assert event["smoothed"] == smooth(trials).tolist()
    assert event["valley"] == suggest(trials).valley


def test_for_a_person(start: Start, little: list[str]) -> None:
    done = start("find-rate", *little, *QUICK)
    assert (done.status, done.err) == (0, "")
    head, *lines = done.out.splitlines()
    assert head.split() == ["rate", "loss"]
    bars = [line for line in lines if "━" in line]
    assert 20 <= len(bars) <= 22
    assert all(float(line.split()[1]) > 0 for line in bars)
    rates = [float(line.split()[0]) for line in bars]
    assert rates == sorted(rates)
    (valley,) = (line for line in bars if "← valley" in line)
    (steepest,) = (line for line in bars if "steepest" in line)
    (event,) = start("find-rate", *little, *QUICK, "--json").events
    for line, name in ((valley, "valley"), (steepest, "steepest")):
        assert float(line.split()[0]) == pytest.approx(event[name], rel=0.15)
    said, scheduled, advice = lines[-3:]
    assert said == event["message"]
    assert f"(one cycle): the training begins with {event['valley'] / 25:.2g}"[:40] in scheduled
    assert f"reaches {event['valley']:.2g} at most" in scheduled
    assert advice.startswith("The experiment has 0.2; train with --learning-rate ")
    assert sorted(path.name for path in Path().iterdir()) == []  # nothing is written


def test_it_says_so_where_there_is_no_clear_valley(start: Start, little: list[str]) -> None:
    done = start("find-rate", *little, "--lowest", "1e-9", "--highest", "1e-8")
    assert done.status == 0
    last = done.out.splitlines()[-1]
    assert last.startswith("There is no clear valley: the loss hardly falls at any rate. Try a wider range")
    assert "←" not in done.out
    (event,) = start("find-rate", *little, "--lowest", "1e-9", "--highest", "1e-8", "--json").events
    assert event["valley"] is event["steepest"] is None


def test_a_loss_that_explodes_at_once(start: Start, little: list[str]) -> None:
    words = ("--set", "layers.2.fn=linear", "--set", "loss=mean_squared_error", "--lowest", "1e4", "--highest", "1e6")
    done = start("find-rate", *little, *words)
    assert (done.status, done.err) == (0, "")
    last = "There is no clear valley: the loss exploded at once. Begin with a smaller rate."
    assert done.out.splitlines()[-1] == last
    assert len(done.out.splitlines()) < 12


def test_a_loss_that_is_not_finite_with_the_initial_weights(start: Start, little: list[str]) -> None:
    deep = [{"type": "input", "units": 784}, *[{"type": "dense", "units": 64}] * 60]
    layers = json.dumps([*deep, {"type": "dense", "units": 10, "fn": "softmax"}])
    words = ("--set", f"layers={layers}", "--set", "weight_init=standard_normal_weights")
    done = start("find-rate", *little, *words)
    assert (done.status, done.err) == (0, "")
    sentence = "There is no clear valley: the loss is not finite with the initial weights. "
    assert done.out.startswith(sentence)
    assert len(done.out.splitlines()) == 1
    (event,) = start("find-rate", *little, *words, "--json").events
    assert event["rates"] == event["losses"] == event["smoothed"] == []
    assert event["message"].startswith(sentence)


def test_what_is_refused(start: Start, little: list[str]) -> None:
    start("find-rate", "--preset", "nope").refused("There is no preset 'nope'", status=2)
    start("find-rate", "--set", "optimizer.momentum=3").refused("momentum", status=2)
    start("find-rate", "--lowest", "3", "--highest", "1").refused("--lowest", "--highest", "1", "3", status=2)
    for highest in ("1e9", "1e300"):
        start("find-rate", *little, "--highest", highest).refused(
            "--highest: expected a number above 0 to 1000000; received 1e+", status=2
        )
    start("find-rate", *little, "--lowest", "1e8", "--highest", "1e9").refused("--lowest: expected", status=2)
    start("find-rate", "--set", "data.folder=missing").refused("missing")
    start("find-rate", "--experiment", "none.json").refused("none.json: there is no such file")


def test_ctrl_c_is_answered(little: list[str]) -> None:
    words = ("find-rate", *little, "--lowest", "1e-9", "--highest", "2e-9", "--steps", "100000", "--json")
    process = subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    time.sleep(3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, "", "Interrupted.")


def test_on_a_terminal_a_line_moves_and_goes_away(little: list[str]) -> None:
    ours, theirs = os.openpty()
    got: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 65536):
                got.append(piece)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        command("find-rate", *little), stdout=subprocess.PIPE, stderr=theirs, env=environment(), check=True
    )
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    moving = b"".join(got).decode()
    assert "loss 2." in moving
    assert "  10/100" in moving
    assert moving.endswith("\r\x1b[K")
    assert b"valley" in done.stdout
